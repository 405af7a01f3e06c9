/** Nodes whose cpu and memory would be used to about the same share score higher: neither runs out with the other left over. */
import { MAX_SCORE, type Plugin } from '../plugin.ts';
import { CPU, MEMORY } from '../state/node-table.ts';

export const balancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  usage: {
    score: ({ columns, amounts }, nodes) => {
      const of = (column: number): number => amounts[columns.indexOf(column)] ?? 0;
      const [cpu, memory] = [of(CPU), of(MEMORY)];
      if (cpu === 0 && memory === 0) return undefined;
      return (slot) => {
        const cpuOffered = nodes.allocatable[CPU]![slot]!;
        const memoryOffered = nodes.allocatable[MEMORY]![slot]!;
        if (cpuOffered === 0 || memoryOffered === 0) return MAX_SCORE;
        const cpuShare = Math.min(1, (nodes.requested[CPU]![slot]! + cpu) / cpuOffered);
        const memoryShare = Math.min(1, (nodes.requested[MEMORY]![slot]! + memory) / memoryOffered);
        // standard deviation of two values
        return Math.floor((1 - Math.abs(cpuShare - memoryShare) / 2) * MAX_SCORE);
      };
    },
  },
};
