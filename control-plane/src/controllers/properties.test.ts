/** What must hold of any rollout and of every reconciler, over random worlds. */

import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import { type Deployment, deployments } from '#schema/apps/deployment.ts';
import type { ReplicaSet } from '#schema/apps/replica-set.ts';
import type { Pod } from '#schema/core/pod.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import type { Controller, ObjectRef } from '../controller-runtime/controller.ts';
import { describeChange } from '../controller-runtime/engine.ts';
import { PlainWorld } from '../controller-runtime/plain-world.ts';
import { testCluster } from '../controller-runtime/testing.ts';
import { controllers } from './controllers.ts';
import { deployment } from './deployment/deployment.ts';
import { maxSurge, maxUnavailable } from './deployment/sizes.ts';
import { controllerOf } from './ownership.ts';
import { isActive, isReady } from './pod-state.ts';
import { replicaSet } from './replica-set/replica-set.ts';

const DEPLOYMENTS = 'apps/deployments';
const SETS = 'apps/replicasets';
const PODS = 'core/pods';
const web: ObjectRef = { namespace: 'default', name: 'web' };

const amount = fc.oneof(
  fc.nat({ max: 5 }),
  fc.nat({ max: 100 }).map((percent) => `${percent}%`),
);

const isZero = (value: number | string): boolean => value === 0 || value === '0%';

const strategy = fc
  .record({ maxSurge: amount, maxUnavailable: amount })
  .filter((both) => !(isZero(both.maxSurge) && isZero(both.maxUnavailable)))
  .map((rollingUpdate) => ({ type: 'RollingUpdate', rollingUpdate }));

const image = (n: number) => ({ metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: `nginx:${n}` }] } });

class Rollout {
  readonly world = new PlainWorld({ nowMs: Date.UTC(2030, 0, 1), cluster: testCluster });

  constructor(replicas: number, rolling: object) {
    this.world.add({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: { replicas, strategy: rolling, selector: { matchLabels: { app: 'web' } }, template: image(1) },
    });
  }

  get deployment(): Deployment {
    return this.world.cache.get<Deployment>(DEPLOYMENTS, 'default', 'web')!;
  }

  get sets(): readonly ReplicaSet[] {
    return this.world.cache.inNamespace<ReplicaSet>(SETS, 'default');
  }

  get pods(): readonly Pod[] {
    return this.world.cache.inNamespace<Pod>(PODS, 'default');
  }

  /** Decides one key and applies it. True when something changed. */
  run(controller: Controller, ref: ObjectRef): boolean {
    const { changes } = this.world.decide(controller, ref);
    // what one round may not write twice waits for the next decision
    const seen = new Set<string>();
    this.world.apply(
      changes.filter(({ object: { kind, metadata } }) => {
        const key = `${kind}/${metadata.name}`;
        return !seen.has(key) && seen.add(key);
      }),
    );
    return changes.length > 0;
  }

  runSet(pick: number): boolean {
    const { sets } = this;
    const set = sets[pick % Math.max(1, sets.length)];
    return set ? this.run(replicaSet, { namespace: 'default', name: set.metadata.name! }) : false;
  }

  setTemplate(n: number): void {
    this.world.apply([
      { op: 'update', definition: deployments, object: { ...this.deployment, spec: { ...this.deployment.spec, template: image(n) } } },
    ]);
  }

  /** A pod gets ready, or a terminating one is gone. */
  movePod(pick: number): void {
    const moving = this.pods.filter((pod) => !isReady(pod));
    const pod = moving[pick % Math.max(1, moving.length)];
    if (!pod) return;
    const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: toRfc3339(this.world.nowMs) }];
    this.world.add({ ...pod, status: { ...pod.status, phase: 'Running', conditions } });
  }

  /** Until neither controllers nor pods move. */
  complete(): void {
    for (let i = 0; i < 300; i++) {
      let moved = this.run(deployment, web);
      this.sets.forEach((_, n) => {
        moved = this.runSet(n) || moved;
      });
      const waiting = this.pods.some((pod) => isActive(pod) && !isReady(pod));
      if (waiting) this.movePod(i);
      if (!moved && !waiting) return;
    }
    throw new Error('the rollout does not end');
  }
}

describe('a rolling update', () => {
  it('never has more pods than surge allows, nor fewer available ones than it may miss, and ends', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.constant({ kind: 'deployment' as const, n: 0 }) },
      { weight: 6, arbitrary: fc.nat().map((n) => ({ kind: 'set' as const, n })) },
      { weight: 6, arbitrary: fc.nat().map((n) => ({ kind: 'pod' as const, n })) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }).map((n) => ({ kind: 'template' as const, n })) },
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        strategy,
        fc.array(step, { minLength: 30, maxLength: 150, size: 'max' }),
        (replicas, rolling, steps) => {
          const rollout = new Rollout(replicas, rolling);
          rollout.complete();
          const surge = maxSurge(rollout.deployment);
          const missing = maxUnavailable(rollout.deployment);
          const check = (): void => {
            const active = rollout.pods.filter(isActive);
            // what is asked of the ReplicaSets is bounded at each moment; the pods are as soon as each has done what it was asked
            const asked = (set: ReplicaSet): boolean =>
              active.filter((pod) => controllerOf(pod)?.uid === set.metadata.uid).length === set.spec.replicas;
            if (rollout.sets.every(asked)) expect(active.length).toBeLessThanOrEqual(replicas + surge);
            expect(active.filter(isReady).length).toBeGreaterThanOrEqual(replicas - missing);
            expect(rollout.sets.reduce((sum, set) => sum + set.spec.replicas!, 0)).toBeLessThanOrEqual(replicas + surge);
          };
          check();
          for (const { kind, n } of steps) {
            if (kind === 'deployment') rollout.run(deployment, web);
            else if (kind === 'set') rollout.runSet(n);
            else if (kind === 'pod') rollout.movePod(n);
            else rollout.setTemplate(n);
            check();
          }
          rollout.complete();
          const { image: wanted } = rollout.deployment.spec.template.spec!.containers[0]!;
          expect(rollout.pods.filter(isActive).map((pod) => pod.spec.containers[0]!.image)).toEqual(Array(replicas).fill(wanted));
          expect(rollout.deployment.status).toMatchObject({ replicas, updatedReplicas: replicas, availableReplicas: replicas });
        },
      ),
      { numRuns: 150 },
    );
  });

  it('numbers its revisions upwards, also when it goes back to an old template', () => {
    const rollout = new Rollout(2, { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } });
    rollout.complete();
    const revision = (): string | undefined => rollout.deployment.metadata.annotations?.['deployment.kubernetes.io/revision'];
    const seen = [revision()];
    for (const n of [2, 3, 1]) {
      rollout.setTemplate(n);
      rollout.complete();
      seen.push(revision());
    }
    expect(seen).toEqual(['1', '2', '3', '4']);
    expect(rollout.sets).toHaveLength(3);
    const back = rollout.sets.find((set) => set.spec.replicas === 2)!;
    expect(back.metadata.annotations?.['deployment.kubernetes.io/revision-history']).toBe('1');
  });
});

const meta = (name: string, extra: object = {}) => ({ name, ...extra });

const anyPod = fc
  .record({
    name: fc.constantFrom('p1', 'p2', 'p3', 'p4'),
    app: fc.constantFrom('web', 'db'),
    node: fc.option(fc.constantFrom('n1', 'n2', 'gone')),
    phase: fc.constantFrom('Pending', 'Running', 'Failed', 'Succeeded'),
    ready: fc.boolean(),
    deleting: fc.boolean(),
    ip: fc.boolean(),
    owner: fc.option(fc.constantFrom('uid-rs', 'uid-rc', 'uid-nobody')),
  })
  .map(({ name, app, node, phase, ready, deleting, ip, owner }) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: meta(name, {
      labels: { app },
      ...(deleting ? { deletionTimestamp: '2030-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 } : {}),
      ...(owner
        ? {
            ownerReferences: [
              {
                apiVersion: owner === 'uid-rc' ? 'v1' : 'apps/v1',
                kind: owner === 'uid-rc' ? 'ReplicationController' : 'ReplicaSet',
                name: owner.slice(4),
                uid: owner,
                controller: true,
                blockOwnerDeletion: true,
              },
            ],
          }
        : {}),
    }),
    spec: { ...(node ? { nodeName: node } : {}), containers: [{ name: 'c', image: 'i' }] },
    status: { phase, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }], ...(ip ? { podIP: '10.42.0.2' } : {}) },
  }));

const anyNode = fc
  .record({
    name: fc.constantFrom('n1', 'n2', 'n3'),
    ready: fc.option(fc.constantFrom('True', 'False', 'Unknown')),
    pressure: fc.boolean(),
    unschedulable: fc.boolean(),
    room: fc.boolean(),
  })
  .map(({ name, ready, pressure, unschedulable, room }) => ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: meta(name),
    spec: unschedulable ? { unschedulable } : {},
    status: {
      allocatable: { cpu: '1', memory: '1Gi', pods: room ? '10' : '1' },
      conditions: [...(ready ? [{ type: 'Ready', status: ready }] : []), { type: 'MemoryPressure', status: pressure ? 'True' : 'False' }],
    },
  }));

const workload = (apiVersion: string, kind: string, name: string, selector: object) =>
  fc
    .record({ replicas: fc.nat({ max: 3 }), app: fc.constantFrom('web', 'db'), deleting: fc.boolean() })
    .map(({ replicas, app, deleting }) => ({
      apiVersion,
      kind,
      metadata: meta(name, deleting ? { deletionTimestamp: '2030-01-01T00:00:00Z', finalizers: ['foregroundDeletion'] } : {}),
      spec: {
        replicas,
        selector: 'matchLabels' in selector ? { matchLabels: { app } } : { app },
        template: { metadata: { labels: { app } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
    }));

const anyJob = fc
  .record({ completions: fc.integer({ min: 1, max: 3 }), app: fc.constantFrom('web', 'db'), indexed: fc.boolean(), suspend: fc.boolean() })
  .map(({ completions, app, indexed, suspend }) => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: meta('job'),
    spec: {
      completions,
      suspend,
      ...(indexed ? { completionMode: 'Indexed', backoffLimitPerIndex: 1 } : {}),
      selector: { matchLabels: { app } },
      template: { metadata: { labels: { app } }, spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } },
    },
  }));

const anyBudget = fc.constantFrom({ minAvailable: 1 }, { maxUnavailable: '50%' }).map((spec) => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: meta('pdb'),
  spec: { ...spec, selector: { matchLabels: { app: 'web' } } },
}));

const anyService = fc.constantFrom('web', 'db').map((app) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: meta(`svc-${app}`),
  spec: { clusterIP: '10.43.0.7', selector: { app }, ports: [{ port: 80, protocol: 'TCP' }] },
}));

const namespaceObject = fc.boolean().map((deleting) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: meta('default', deleting ? { deletionTimestamp: '2030-01-01T00:00:00Z' } : {}),
  spec: { finalizers: ['kubernetes'] },
}));

const anyWorld = fc.record({
  heardSecondsAgo: fc.nat({ max: 600 }),
  objects: fc
    .tuple(
      fc.array(anyPod, { maxLength: 6 }),
      fc.array(anyNode, { maxLength: 3 }),
      fc.array(workload('apps/v1', 'Deployment', 'web', { matchLabels: 1 }), { maxLength: 1 }),
      fc.array(workload('apps/v1', 'ReplicaSet', 'rs', { matchLabels: 1 }), { maxLength: 1 }),
      fc.array(workload('v1', 'ReplicationController', 'rc', {}), { maxLength: 1 }),
      fc.array(workload('apps/v1', 'StatefulSet', 'ss', { matchLabels: 1 }), { maxLength: 1 }),
      fc.array(workload('apps/v1', 'DaemonSet', 'ds', { matchLabels: 1 }), { maxLength: 1 }),
      fc.array(anyJob, { maxLength: 1 }),
      fc.array(anyBudget, { maxLength: 1 }),
      fc.array(anyService, { maxLength: 2 }),
      fc.array(namespaceObject, { maxLength: 1 }),
    )
    .map((groups) => groups.flat()),
});

/** Keys a controller may be asked about in such a world. */
const refsOf = (controller: Controller, world: PlainWorld): ObjectRef[] => {
  if (controller.name === 'default-scheduler') return [{ namespace: '', name: 'batch' }];
  if (controller.name === 'garbage-collector-controller') {
    return [...world.cache.entries()].map(({ object }) => ({ namespace: '', name: object.metadata.uid! }));
  }
  return world.cache.all(controller.primary).map(({ metadata }) => ({ namespace: metadata.namespace ?? '', name: metadata.name! }));
};

describe.each(controllers.map((controller) => [controller.name, controller] as const))('%s', (_name, controller) => {
  it('comes to rest on its own results', () => {
    fc.assert(
      fc.property(anyWorld, ({ heardSecondsAgo, objects }) => {
        const nowMs = Date.UTC(2030, 0, 1, 1);
        const heard = (node: string) => ({ node, lastHeardMs: nowMs - heardSecondsAgo * 1000, connected: true });
        const liveness = { nodes: ['n1', 'n2'].map(heard), observingSinceMs: 0 };
        const world = new PlainWorld({ nowMs, cluster: testCluster, liveness });
        for (const object of objects) world.add({ ...object, metadata: { creationTimestamp: '2030-01-01T00:00:00Z', ...object.metadata } });
        for (const ref of refsOf(controller, world)) {
          let left: string[] = [];
          for (let round = 0; round < 12; round++) {
            const { changes } = world.decide(controller, ref);
            left = changes.map(describeChange);
            if (left.length === 0) break;
            const seen = new Set<string>();
            world.apply(changes.filter((change) => !seen.has(change.object.metadata.name!) && seen.add(change.object.metadata.name!)));
          }
          expect(left, `${controller.name} ${ref.namespace}/${ref.name}`).toEqual([]);
        }
      }),
      { numRuns: 120 },
    );
  });
});
