/** nodeSelector and node affinity. Terms are alternatives, requirements of a term must all hold, an empty term matches nothing. */
import { matchesRequiredNodes, matchesTerm } from '../node-selector.ts';
import { type Plugin, proportional } from '../plugin.ts';

export { matchesRequiredNodes, matchesTerm } from '../node-selector.ts';

export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  final: true,
  filter: ({ pod }, { name, labels }) =>
    matchesRequiredNodes(pod.spec, name, labels) ? [] : ["node(s) didn't match Pod's node affinity/selector"],
  score: ({ pod }, nodes) => {
    const preferred = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    if (preferred.length === 0) return undefined;
    return nodes.map((node) => preferred.reduce((sum, { weight, preference }) => sum + (matchesTerm(preference, node) ? weight : 0), 0));
  },
  normalize: proportional,
};
