/**
 * Runs one workload in memory and says how fast its pods came to nodes. What is measured is the scheduler as it runs, not as it starts: the same workload
 * has been through it before in small, and the garbage of making the cluster is gone when the clock starts.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { node } from './templates.ts';
import type { Group, Workload } from './workloads.ts';
import { BenchWorld } from './world.ts';

export interface Result {
  /** By the clock on the wall. */
  readonly podsPerSecond: number;
  /** By the time this process had a processor: the same on a machine that does nothing else. */
  readonly podsPerCpuSecond: number;
  readonly world: BenchWorld;
}

const make = (world: BenchWorld, { template, count, namespace }: Group, prefix: string): void => {
  for (let i = 0; i < count; i++) world.add('core/pods', template(`${prefix}-${i}`, namespace));
};

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** The share of a workload that compiles its hot paths. */
const SMALL = 0.1;

const scaled = (count: number, share: number): number => Math.ceil(count * share);
const scaledGroup = (group: Group, share: number): Group => ({ ...group, count: scaled(group.count, share) });

const ready = (workload: Workload, share: number): BenchWorld => {
  const world = new BenchWorld();
  for (let i = 0; i < scaled(workload.nodes, share); i++) world.add('core/nodes', node(i, workload.node?.(i)));
  for (const { name, labels } of workload.namespaces ?? []) world.add('core/namespaces', { metadata: { name, labels } });
  workload.before.forEach((group, i) => {
    make(world, scaledGroup(group, share), `init-${i}`);
    world.settle();
  });
  if (workload.waiting) make(world, workload.waiting, 'waiting');
  make(world, scaledGroup(workload.measured, share), 'measured');
  return world;
};

export const run = (workload: Workload): Result => {
  ready(workload, SMALL).settle();
  const world = ready(workload, 1);
  const before = world.bound;
  collectGarbage();
  const startMs = performance.now();
  const cpu = process.threadCpuUsage();
  world.settle();
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.threadCpuUsage(cpu);
  const bound = world.bound - before;
  if (bound !== workload.measured.count) throw new Error(`${workload.name}: ${bound} of ${workload.measured.count} pods found a node`);
  return { podsPerSecond: bound / seconds, podsPerCpuSecond: bound / ((user + system) / 1e6), world };
};
