/** nodeSelector and node affinity. Terms are alternatives, requirements of a term must all hold, an empty term matches nothing. */
import { matchesRequiredNodes, matchesTerm } from '../node-selector.ts';
import { type Plugin, proportional } from '../plugin.ts';
import type { NodeInfo } from '../state/node-table.ts';
import type { PodShape } from '../state/pod-class.ts';

export { matchesRequiredNodes, matchesTerm } from '../node-selector.ts';

const matches = ({ spec }: PodShape, { name, labels }: NodeInfo): boolean => matchesRequiredNodes(spec, name, labels);

export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  node: {
    filter: (shape) => {
      const { nodeSelector, affinity } = shape.spec;
      if (!nodeSelector && !affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution) return undefined;
      return (node) => (matches(shape, node) ? undefined : "node(s) didn't match Pod's node affinity/selector");
    },
    score: ({ spec }) => {
      const preferred = spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
      if (preferred.length === 0) return undefined;
      return (node) => preferred.reduce((sum, { weight, preference }) => sum + (matchesTerm(preference, node) ? weight : 0), 0);
    },
    normalize: proportional,
  },
  wakes: ({ class: { shape } }, event) =>
    event.kind === 'node' && matches(shape, event.node) && (event.previous === undefined || !matches(shape, event.previous)),
};
