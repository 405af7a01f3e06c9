/** Cordoned nodes take no pods, except those that tolerate the taint a cordon stands for. */
import type { Plugin } from '../plugin.ts';
import { toleratesTaint } from './tolerations.ts';

const TAINT = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const;

export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  final: true,
  filter: ({ pod }, { node }) =>
    node.spec?.unschedulable && !toleratesTaint(pod.spec.tolerations, TAINT) ? ['node(s) were unschedulable'] : [],
};
