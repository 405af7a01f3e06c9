/**
 * What must hold of every decision, as functions of what happens to a cluster: they throw where it does not. properties.test.ts runs them over random
 * steps; a longer exploration may call them by itself.
 */
import type { Node } from '#schema/core/node.ts';
import type { Pod } from '#schema/core/pod.ts';
import type { Change, Controller } from '../../controller-runtime/controller.ts';
import { PlainWorld } from '../../controller-runtime/plain-world.ts';
import { testCluster } from '../../controller-runtime/testing.ts';
import { isFinished } from '../../controllers/pod-state.ts';
import { createScheduler } from '../scheduler.ts';
import { asks, hostPorts, type NaiveWorld, offers, refusalOf } from './naive-checker.ts';
import type { Step } from './worlds.ts';

const BATCH = { namespace: '', name: 'batch' };

class Cluster extends PlainWorld {
  #count = 0;

  constructor() {
    super({ nowMs: 1_893_456_000_000, cluster: testCluster });
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

/** How often what is to be shown came up at all. */
export interface Seen {
  bound: number;
  refused: number;
  evicted: number;
}

export const nothingSeen = (): Seen => ({ bound: 0, refused: 0, evicted: 0 });

const must = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(what);
};

/** The node a bind names takes the pod. */
const mustFit = (pod: Pod, world: NaiveWorld): void => {
  const node = world.nodes.find(({ metadata }) => metadata.name === pod.spec.nodeName);
  const refusal = node ? refusalOf(pod, node, world) : 'no such node';
  must(refusal === undefined, `${pod.metadata.name} on ${pod.spec.nodeName}: ${refusal}`);
};

const isBind = (change: Change): boolean => change.op === 'update' && change.subresource === 'binding';

/** Nobody is bound to a node that refuses it, nobody refused who fits, and a scheduler that starts anew decides the same. */
export const decisionsHold = (rounds: readonly (readonly Step[])[], seen: Seen): void => {
  const cluster = new Cluster();
  const kept = createScheduler();
  for (const steps of rounds) {
    for (const step of steps) cluster.do(step);
    for (let changes: readonly Change[] = [], turn = 0; turn === 0 || changes.length > 0; turn++) {
      cluster.nowMs += 20_000;
      changes = cluster.decideWith(kept);
      // later ones of a pass may lean on earlier ones, which the kept state hears of when they are committed
      const [first, anew] = [binds(changes)[0], binds(cluster.decideWith(createScheduler()))[0]];
      must(first === anew, `${first} by the kept state, ${anew} by a new one`);
      for (const change of changes) {
        if (isBind(change)) {
          mustFit(change.object as Pod, cluster.naive());
          seen.bound++;
        }
        cluster.apply([change]);
      }
      must(turn < 20, 'comes to rest');
    }
    const world = cluster.naive();
    for (const pod of cluster.pods().filter((p) => !p.spec.nodeName && !isFinished(p))) {
      seen.refused++;
      for (const node of world.nodes)
        must(refusalOf(pod, node, world) !== undefined, `${pod.metadata.name} waits and fits ${node.metadata.name}`);
    }
  }
};

/** Room is made only by ending pods of lower priority, and where room is then. */
export const roomIsMadeRightly = (rounds: readonly (readonly Step[])[], seen: Seen): void => {
  const cluster = new Cluster();
  for (const node of ['n0', 'n1']) cluster.add(smallNode(node));
  const kept = createScheduler();
  for (const steps of rounds) {
    for (const step of steps) if (step.op !== 'node' && step.op !== 'dropNode') cluster.do(step);
    for (let turn = 0; turn < 40; turn++) {
      cluster.nowMs += 20_000;
      const changes = cluster.decideWith(kept);
      if (changes.length === 0) break;
      const ended: Pod[] = [];
      for (const change of changes) {
        const pod = change.object as Pod;
        if (change.op === 'delete') {
          seen.evicted++;
          const above = (p: Pod): boolean => (p.spec.priority ?? 0) > (pod.spec.priority ?? 0);
          must(
            cluster.pods().some((p) => !p.spec.nodeName && above(p)),
            `${pod.metadata.name} makes room for nobody`,
          );
          ended.push(pod);
          cluster.apply([change]);
          continue;
        }
        if (isBind(change)) {
          mustFit(pod, cluster.naive());
          seen.bound++;
        }
        cluster.apply([change]);
      }
      // nobody runs these pods: they are gone at once, though not before others of the pass who would be near them
      for (const { metadata } of ended) cluster.cache.remove('core/pods', metadata.namespace!, metadata.name!);
      must(turn < 39, 'comes to rest');
    }
  }
};

const OFFERS = ['cpu', 'memory', 'example.com/gpu', 'pods'] as const;

/** No node holds more than it offers, and no host port twice. */
const mustHoldAll = (world: NaiveWorld): void => {
  for (const node of world.nodes) {
    const { name } = node.metadata;
    const here = world.placed.filter(({ spec }) => spec.nodeName === name);
    for (const resource of OFFERS) {
      const asked = resource === 'pods' ? here.length : here.reduce((sum, pod) => sum + asks(pod, resource), 0);
      const offered = offers(node, resource);
      must(asked <= offered, `${name} holds ${asked} of ${resource} and has ${offered}`);
    }
    const ports = here.flatMap(hostPorts);
    must(new Set(ports).size === ports.length, `${name} has a port twice: ${ports.join()}`);
  }
};

const promisedOn = (cluster: Cluster, pod: Pod): Pod[] =>
  cluster
    .pods()
    .filter(
      (other) =>
        !other.spec.nodeName &&
        !isFinished(other) &&
        !other.metadata.deletionTimestamp &&
        other.metadata.uid !== pod.metadata.uid &&
        (other.spec.priority ?? 0) >= (pod.spec.priority ?? 0),
    );

/** What a node says with the pods that are promised it on it. */
const refusalWithPromised = (pod: Pod, node: Node, cluster: Cluster): string | undefined => {
  const world = cluster.naive();
  const name = node.metadata.name!;
  const promised = promisedOn(cluster, pod).filter(({ status }) => status?.nominatedNodeName === name);
  const placed = [...world.placed, ...promised.map((other): Pod => ({ ...other, spec: { ...other.spec, nodeName: name } }))];
  return refusalOf(pod, node, world) ?? (promised.length > 0 ? refusalOf(pod, node, { ...world, placed }) : undefined);
};

/**
 * Nothing is over-committed and no bind breaks a constraint, with preemption of pods that end in their own time, nodes that come and go, and writes that are
 * lost. `luck` is used round and round: 0 loses a write or lets an ending pod end.
 */
export const nothingIsOvercommitted = (rounds: readonly (readonly Step[])[], luck: readonly number[], seen: Seen): void => {
  const cluster = new Cluster();
  for (const node of ['n0', 'n1']) cluster.add(smallNode(node));
  const kept = createScheduler();
  let draws = 0;
  let losses = 0;
  let lossesBefore = 0;
  const lucky = (): boolean => luck.length > 0 && luck[draws++ % luck.length] === 0;
  const isUsed = (name: string): boolean => cluster.pods().some(({ spec }) => spec.nodeName === name);
  const ending = (): Pod[] => cluster.pods().filter(({ metadata }) => metadata.deletionTimestamp);
  const end = ({ metadata }: Pod): void => {
    cluster.cache.remove('core/pods', metadata.namespace!, metadata.name!);
  };
  const commit = (change: Change): void => {
    const pod = change.object as Pod;
    if (lucky()) {
      losses++;
      return;
    }
    if (isBind(change)) {
      // later ones of a pass may lean on earlier ones, room apart
      if (losses === lossesBefore) mustFit(pod, cluster.naive());
      // a promise whose end was lost may still stand in the cluster
      if (losses === 0) {
        const node = cluster.naive().nodes.find(({ metadata }) => metadata.name === pod.spec.nodeName)!;
        must(refusalWithPromised(pod, node, cluster) === undefined, `${pod.metadata.name} takes what is promised on ${pod.spec.nodeName}`);
      }
      seen.bound++;
    }
    if (change.op === 'delete') {
      seen.evicted++;
      must((pod.spec.priority ?? 0) < 10, 'nobody is above the highest');
    }
    cluster.apply([change]);
    mustHoldAll(cluster.naive());
  };
  for (const steps of rounds) {
    for (const step of steps) if (step.op !== 'node' || !isUsed(`n${step.node.index}`)) cluster.do(step);
    let quiet = 0;
    for (let turn = 0; quiet < 2; turn++) {
      cluster.nowMs += 20_000;
      lossesBefore = losses;
      const changes = cluster.decideWith(kept);
      for (const change of changes) commit(change);
      const leaving = ending();
      for (const pod of leaving) if (turn > 20 || luck.length === 0 || lucky()) end(pod);
      quiet = changes.length === 0 && leaving.length === 0 ? quiet + 1 : 0;
      must(turn < 120, 'comes to rest');
    }
    for (const pod of cluster.pods().filter((p) => !p.spec.nodeName && !isFinished(p))) {
      seen.refused++;
      for (const node of cluster.naive().nodes)
        must(refusalWithPromised(pod, node, cluster) !== undefined, `${pod.metadata.name} waits and fits ${node.metadata.name}`);
    }
  }
};
