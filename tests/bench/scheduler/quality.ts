/** The scheduler's placements beside those of the straightforward reference, on the same nodes and pods. */
import type { Pod } from '#schema/core/pod.ts';
import { pack, type Quality, qualityOf, type Sizes } from './reference.ts';
import { node, pod } from './templates.ts';
import { BenchWorld } from './world.ts';

const MI = 1024 * 1024;

/** Same numbers each run. */
const numbers = (seed: number): ((most: number) => number) => {
  let state = seed;
  return (most) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
};

export interface Comparison {
  readonly name: string;
  readonly kedge: Quality;
  readonly reference: Quality;
}

const cases = [
  { name: '300 nodes of three sizes, 4000 pods of many sizes', nodes: 300, pods: 4000, seed: 1 },
  { name: '100 nodes, more pods than fit', nodes: 100, pods: 4000, seed: 2 },
  { name: '500 nodes, few pods', nodes: 500, pods: 300, seed: 3 },
];

const runKedge = (nodes: readonly Sizes[], pods: readonly Sizes[]): Quality => {
  const world = new BenchWorld();
  nodes.forEach(({ cpu, memory }, i) => {
    const object = node(i);
    const resources = { cpu: `${cpu}m`, memory: String(memory), pods: '110' };
    world.add('core/nodes', { ...object, status: { allocatable: resources } });
  });
  // one at a time in this order, as the reference takes them
  pods.forEach(({ cpu, memory }, i) => {
    world.add('core/pods', pod(`p${String(i).padStart(6, '0')}`, { cpu: `${cpu}m`, memory: String(memory) }));
  });
  world.settle();
  let placed = 0;
  const used = nodes.map((_, i) => {
    const here = world.cache.onNode<Pod>(`scheduler-perf-${i}`);
    placed += here.length;
    const sums = { cpu: 0, memory: 0, pods: here.length };
    for (const { metadata } of here) {
      const size = pods[Number(metadata.name!.slice(1))]!;
      sums.cpu += size.cpu;
      sums.memory += size.memory;
    }
    return sums;
  });
  return qualityOf(nodes, { used, placed });
};

export const compare = (): Comparison[] =>
  cases.map(({ name, nodes: nodeCount, pods: podCount, seed }) => {
    const next = numbers(seed);
    const nodes = Array.from({ length: nodeCount }, (_, i) => ({
      cpu: [4000, 8000, 16_000][i % 3]!,
      memory: [32, 32, 64][i % 3]! * 1024 * MI,
    }));
    const pods = Array.from({ length: podCount }, () => ({ cpu: 50 + next(20) * 50, memory: (64 + next(30) * 64) * MI }));
    return { name, kedge: runKedge(nodes, pods), reference: qualityOf(nodes, pack(nodes, pods)) };
  });

/** Ties fall differently, which moves the last digits: half a point and a twentieth are let pass. */
export const noWorse = ({ kedge, reference }: Comparison): boolean =>
  kedge.placed >= reference.placed * 0.995 &&
  kedge.nodesUsed >= reference.nodesUsed * 0.98 &&
  kedge.cpuSpread <= reference.cpuSpread * 1.05 + 0.5 &&
  kedge.memorySpread <= reference.memorySpread * 1.05 + 0.5;
