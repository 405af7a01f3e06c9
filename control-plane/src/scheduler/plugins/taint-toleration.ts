/** Nodes repel pods by taints. Readiness, reachability and pressure of a node are taints too (see controllers/node-lifecycle). */
import type { Taint } from '#schema/core/placement.ts';
import { inverted, type Plugin } from '../plugin.ts';
import type { NodeInfo } from '../state/node-table.ts';
import type { PodShape } from '../state/pod-class.ts';
import { tolerates, toleratesTaint } from './tolerations.ts';

const untolerated = ({ spec }: PodShape, { taints }: NodeInfo): Taint | undefined =>
  taints.find((taint) => (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') && !toleratesTaint(spec.tolerations, taint));

export const taintToleration: Plugin = {
  name: 'TaintToleration',
  node: {
    filter: (shape) => (node) => {
      if (node.taints.length === 0) return undefined;
      const taint = untolerated(shape, node);
      return taint && `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`;
    },
    // untolerated soft taints, counted
    score: ({ spec }) => {
      const soft = (spec.tolerations ?? []).filter(({ effect }) => !effect || effect === 'PreferNoSchedule');
      return ({ taints }) => {
        let count = 0;
        for (const taint of taints)
          if (taint.effect === 'PreferNoSchedule' && !soft.some((toleration) => tolerates(toleration, taint))) count++;
        return count;
      };
    },
    normalize: inverted,
  },
  wakes: ({ class: { shape } }, event) =>
    event.kind === 'node' &&
    untolerated(shape, event.node) === undefined &&
    (event.previous === undefined || untolerated(shape, event.previous) !== undefined),
};
