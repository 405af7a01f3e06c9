/** Nodes repel pods by taints. Readiness, reachability and pressure of a node are taints too (see controllers/node-lifecycle). */
import { inverted, type Plugin } from '../plugin.ts';
import { tolerates, toleratesTaint } from './tolerations.ts';

export const taintToleration: Plugin = {
  name: 'TaintToleration',
  final: true,
  filter: ({ pod }, { node }) => {
    for (const taint of node.spec?.taints ?? []) {
      if (taint.effect !== 'NoSchedule' && taint.effect !== 'NoExecute') continue;
      if (!toleratesTaint(pod.spec.tolerations, taint)) return [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`];
    }
    return [];
  },
  score: ({ pod }, nodes) => {
    if (!nodes.some(({ node }) => node.spec?.taints?.some(({ effect }) => effect === 'PreferNoSchedule'))) return undefined;
    const soft = (pod.spec.tolerations ?? []).filter(({ effect }) => !effect || effect === 'PreferNoSchedule');
    return nodes.map(
      ({ node }) =>
        (node.spec?.taints ?? []).filter(
          (taint) => taint.effect === 'PreferNoSchedule' && !soft.some((toleration) => tolerates(toleration, taint)),
        ).length,
    );
  },
  normalize: inverted,
};
