/** Nodes whose cpu and memory would be used to about the same share score higher: neither runs out with the other left over. */
import { MAX_SCORE, type Plugin } from '../plugin.ts';
import { usedShare } from './node-resources-fit.ts';

export const balancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  score: (pod, nodes) =>
    nodes.map((node) => {
      const cpu = Math.min(1, usedShare(pod, node, 'cpu'));
      const memory = Math.min(1, usedShare(pod, node, 'memory'));
      // standard deviation of two values
      return Math.floor((1 - Math.abs(cpu - memory) / 2) * MAX_SCORE);
    }),
};
