/** Requests must fit into what is left; emptier nodes score higher (LeastAllocated). Limits play no part. */
import type { NodeState } from '../node-state.ts';
import { MAX_SCORE, type Plugin } from '../plugin.ts';
import type { PodInfo } from '../pod-info.ts';

/** Resources every node tracks by itself; others are offered only where a node lists them. */
const scored = ['cpu', 'memory'] as const;

/** Share of a resource that would be used with the pod on the node, 0..1 and more. */
export const usedShare = ({ assumed }: PodInfo, node: NodeState, resource: (typeof scored)[number]): number => {
  const allocatable = node.allocatable[resource] ?? 0;
  return allocatable === 0 ? 1 : (node.assumed[resource] + assumed[resource]) / allocatable;
};

export const nodeResourcesFit: Plugin = {
  name: 'NodeResourcesFit',
  filter: ({ requests }, node) => {
    const reasons: string[] = [];
    if (node.pods + 1 > (node.allocatable.pods ?? 0)) reasons.push('Too many pods');
    for (const [resource, amount] of Object.entries(requests)) {
      if (amount > 0 && amount > (node.allocatable[resource] ?? 0) - (node.requested[resource] ?? 0))
        reasons.push(`Insufficient ${resource}`);
    }
    return reasons;
  },
  score: (pod, nodes) =>
    nodes.map((node) => {
      const free = scored.map((resource) => Math.max(0, 1 - usedShare(pod, node, resource)));
      return Math.floor((MAX_SCORE * free.reduce((sum, share) => sum + share, 0)) / scored.length);
    }),
};
