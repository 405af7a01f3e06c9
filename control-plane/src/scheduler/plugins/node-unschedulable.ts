/** Cordoned nodes take no pods, except those that tolerate the taint a cordon stands for. */
import type { Plugin } from '../plugin.ts';
import { toleratesTaint } from './tolerations.ts';

const TAINT = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const;

export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  node: {
    filter: ({ spec }) => {
      if (toleratesTaint(spec.tolerations, TAINT)) return undefined;
      return (node) => (node.unschedulable ? 'node(s) were unschedulable' : undefined);
    },
  },
  wakes: (_pod, event) => event.kind === 'node' && !event.node.unschedulable && event.previous?.unschedulable !== false,
};
