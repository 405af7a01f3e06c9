/** What must hold of every decision, over random clusters to which random things happen. */

import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import type { Node } from '#schema/core/node.ts';
import type { Pod } from '#schema/core/pod.ts';
import type { Change, Controller } from '../controller-runtime/controller.ts';
import { PlainWorld } from '../controller-runtime/plain-world.ts';
import { testCluster } from '../controller-runtime/testing.ts';
import { isFinished } from '../controllers/pod-state.ts';
import { createScheduler } from './scheduler.ts';
import { type NaiveWorld, refusalOf } from './testing/naive-checker.ts';
import { anySteps, type Step } from './testing/worlds.ts';

const BATCH = { namespace: '', name: 'batch' };

class Cluster extends PlainWorld {
  #count = 0;

  constructor() {
    super({ nowMs: Date.UTC(2030, 0, 1), cluster: testCluster });
  }

  pods(): readonly Pod[] {
    return this.cache.all<Pod>('core/pods');
  }

  naive(): NaiveWorld {
    const namespaces = this.cache.all('core/namespaces').map(({ metadata }) => [metadata.name, metadata.labels ?? {}]);
    return {
      nodes: this.cache.all<Node>('core/nodes'),
      placed: this.pods().filter((pod) => pod.spec.nodeName && !isFinished(pod)),
      namespaceLabels: Object.fromEntries(namespaces),
    };
  }

  do(step: Step): void {
    if (step.op === 'node') this.add(step.node.object);
    else if (step.op === 'pod') {
      const { namespace, labels, spec } = step.pod;
      const name = `p${this.#count++}`;
      this.add({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, labels, generation: 1 }, spec, status: { phase: 'Pending' } });
    } else if (step.op === 'namespace')
      this.add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: step.name, labels: { team: step.team } } });
    else this.#toSome(step.op, step.pick);
  }

  #toSome(op: string, pick: number): void {
    if (op === 'dropNode') {
      const nodes = this.cache.all('core/nodes');
      if (nodes.length > 0) this.cache.remove('core/nodes', '', nodes[pick % nodes.length]!.metadata.name!);
      return;
    }
    const pods = this.pods();
    if (pods.length === 0) return;
    const pod = pods[pick % pods.length]!;
    if (op === 'dropPod') this.cache.remove('core/pods', pod.metadata.namespace!, pod.metadata.name!);
    else if (op === 'finishPod') this.add({ ...pod, status: { ...pod.status, phase: 'Succeeded' } });
    else this.add({ ...pod, metadata: { ...pod.metadata, labels: { app: pod.metadata.labels?.app === 'x' ? 'y' : 'x' } } });
  }

  decideWith(scheduler: Controller): readonly Change[] {
    return this.decide(scheduler, BATCH).changes;
  }
}

const smallNode = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, uid: name, labels: { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': 'a', disk: 'ssd' } },
  status: { allocatable: { cpu: '2', memory: '8Gi', pods: '3', 'example.com/gpu': '2' } },
});

const binds = (changes: readonly Change[]): string[] =>
  changes.flatMap((c) =>
    c.op === 'update' && c.subresource === 'binding' ? `${c.object.metadata.name} -> ${c.object.spec.nodeName}` : [],
  );

describe('decisions', () => {
  it('bind no pod to a node that refuses it, refuse only what fits nowhere, and are those of a scheduler that starts anew', () => {
    let bound = 0;
    let refused = 0;
    fc.assert(
      fc.property(anySteps(), (rounds) => {
        const cluster = new Cluster();
        const kept = createScheduler();
        for (const steps of rounds) {
          for (const step of steps) cluster.do(step);
          for (let changes: readonly Change[] = [], turn = 0; turn === 0 || changes.length > 0; turn++) {
            cluster.nowMs += 20_000;
            changes = cluster.decideWith(kept);
            // later ones of a pass may lean on earlier ones, which the kept state hears of when they are committed
            expect(binds(changes)[0]).toEqual(binds(cluster.decideWith(createScheduler()))[0]);
            for (const change of changes) {
              const pod = change.object as Pod;
              const world = cluster.naive();
              if (pod.spec.nodeName) {
                const node = world.nodes.find(({ metadata }) => metadata.name === pod.spec.nodeName)!;
                expect(refusalOf(pod, node, world), `${pod.metadata.name} on ${node.metadata.name}`).toBeUndefined();
                bound++;
              }
              cluster.apply([change]);
            }
            expect(turn, 'comes to rest').toBeLessThan(20);
          }
          const world = cluster.naive();
          for (const pod of cluster.pods().filter((p) => !p.spec.nodeName && !isFinished(p))) {
            refused++;
            for (const node of world.nodes)
              expect(refusalOf(pod, node, world), `${pod.metadata.name} on ${node.metadata.name}`).toBeDefined();
          }
        }
      }),
      { numRuns: 250 },
    );
    expect(Math.min(bound, refused)).toBeGreaterThan(30);
  });

  it('make room only by ending pods of lower priority, where room is then', () => {
    let evictions = 0;
    fc.assert(
      fc.property(anySteps([0, 0, 5, 10]), (rounds) => {
        const cluster = new Cluster();
        for (const node of ['n0', 'n1']) cluster.add(smallNode(node));
        const kept = createScheduler();
        for (const steps of rounds) {
          for (const step of steps) if (step.op !== 'node' && step.op !== 'dropNode') cluster.do(step);
          for (let turn = 0; turn < 40; turn++) {
            cluster.nowMs += 20_000;
            const changes = cluster.decideWith(kept);
            if (changes.length === 0) break;
            for (const change of changes) {
              const pod = change.object as Pod;
              const world = cluster.naive();
              if (change.op === 'delete') {
                evictions++;
                const above = (p: Pod): boolean => (p.spec.priority ?? 0) > (pod.spec.priority ?? 0);
                expect(cluster.pods().some((p) => !p.spec.nodeName && above(p))).toBe(true);
                // nobody runs these pods: they are gone at once
                cluster.cache.remove('core/pods', pod.metadata.namespace!, pod.metadata.name!);
                continue;
              }
              if (change.op === 'update' && change.subresource === 'binding') {
                const node = world.nodes.find(({ metadata }) => metadata.name === pod.spec.nodeName)!;
                expect(refusalOf(pod, node, world), `${pod.metadata.name} on ${node.metadata.name}`).toBeUndefined();
              }
              cluster.apply([change]);
            }
            expect(turn, 'comes to rest').toBeLessThan(39);
          }
        }
      }),
      { numRuns: 25 },
    );
    expect(evictions).toBeGreaterThan(2);
  });
});
