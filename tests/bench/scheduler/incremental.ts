/** What a pass costs when nothing or little changed: nothing to do over a full cluster, and one workload of growing size beside it. */
import type { KubeObject } from '#schema/resource.ts';
import { node, templates } from './templates.ts';
import { BenchWorld } from './world.ts';

const NODES = 5000;
const PODS = 50_000;

export interface Incremental {
  /** From nothing to a state of 5,000 nodes and 50,000 pods on them. */
  readonly coldMs: number;
  /** Longest of many passes over it with nothing to do. */
  readonly idleMs: number;
  /** A pass after one node changed. */
  readonly oneNodeMs: number;
  /** `cpuMs`: the time this process had a processor. */
  readonly growth: readonly { readonly pods: number; readonly ms: number; readonly cpuMs: number }[];
}

/** What the Deployment's controller makes: an owner, whose selector spreads them by default. */
const replicaSet = (): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'web', namespace: 'sched-1', uid: 'web' },
  spec: { selector: { matchLabels: { app: 'web' } } },
});

const replica = (index: number): KubeObject => {
  const pod = templates.default(`web-${index}`);
  pod.metadata.labels = { app: 'web' };
  pod.metadata.ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'web', controller: true }];
  return pod;
};

const timed = (work: () => void): number => {
  const startMs = performance.now();
  work();
  return performance.now() - startMs;
};

const full = (): BenchWorld => {
  const world = new BenchWorld();
  for (let i = 0; i < NODES; i++) world.add('core/nodes', node(i));
  for (let i = 0; i < PODS; i++) {
    const pod = templates.default(`there-${i}`, 'sched-0');
    pod.spec.nodeName = `scheduler-perf-${i % NODES}`;
    pod.status = { phase: 'Running' };
    world.add('core/pods', pod);
  }
  return world;
};

export const incremental = (): Incremental => {
  const world = full();
  const coldMs = timed(() => world.settle());
  const idleMs = Math.max(...Array.from({ length: 100 }, () => timed(() => world.pass())));
  world.add('core/nodes', node(1));
  const oneNodeMs = timed(() => world.pass());
  const growth = [1000, 10_000, 100_000].map((pods) => {
    const own = full();
    own.settle();
    own.add('apps/replicasets', replicaSet());
    for (let i = 0; i < pods; i++) own.add('core/pods', replica(i));
    const cpu = process.threadCpuUsage();
    const ms = timed(() => own.settle());
    const { user, system } = process.threadCpuUsage(cpu);
    if (own.bound !== pods) throw new Error(`${own.bound} of ${pods} pods found a node`);
    return { pods, ms, cpuMs: (user + system) / 1000 };
  });
  return { coldMs, idleMs, oneNodeMs, growth };
};
