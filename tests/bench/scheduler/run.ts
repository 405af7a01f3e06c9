/** Runs one workload in memory and says how fast its pods came to nodes. */
import { node, pod } from './templates.ts';
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

export const run = (workload: Workload): Result => {
  const world = new BenchWorld();
  for (let i = 0; i < workload.nodes; i++) world.add('core/nodes', node(i, workload.node?.(i)));
  for (const { name, labels } of workload.namespaces ?? []) world.add('core/namespaces', { metadata: { name, labels } });
  // compiles the hot paths, as a running scheduler has
  for (let i = 0; i < 3000; i++) world.add('core/pods', pod(`warm-${i}`, { namespace: 'warm', cpu: '1m', memory: '1Mi' }));
  world.settle();
  for (let i = 0; i < 3000; i++) world.cache.remove('core/pods', 'warm', `warm-${i}`);
  world.settle();
  workload.before.forEach((group, i) => {
    make(world, group, `init-${i}`);
    world.settle();
  });
  if (workload.waiting) make(world, workload.waiting, 'waiting');
  const before = world.bound;
  make(world, workload.measured, 'measured');
  const startMs = performance.now();
  const cpu = process.threadCpuUsage();
  world.settle();
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.threadCpuUsage(cpu);
  const bound = world.bound - before;
  if (bound !== workload.measured.count) throw new Error(`${workload.name}: ${bound} of ${workload.measured.count} pods found a node`);
  return { podsPerSecond: bound / seconds, podsPerCpuSecond: bound / ((user + system) / 1e6), world };
};
