/** nodeSelector and node affinity. Terms are alternatives, requirements of a term must all hold, an empty term matches nothing. */
import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm } from '#schema/core/affinity.ts';
import type { NodeState } from '../node-state.ts';
import { type Plugin, proportional } from '../plugin.ts';

const integer = (text: string | undefined): bigint | undefined =>
  text !== undefined && /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined;

const holds = ({ operator, values = [] }: NodeSelectorRequirement, value: string | undefined): boolean => {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default: {
      const [left, right] = [integer(value), integer(values[0])];
      if (left === undefined || right === undefined) return false;
      return operator === 'Gt' ? left > right : operator === 'Lt' && left < right;
    }
  }
};

export const matchesTerm = ({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: NodeState): boolean => {
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  const field = (key: string): string | undefined => (key === 'metadata.name' ? node.name : undefined);
  return (
    matchExpressions.every((requirement) => holds(requirement, node.labels[requirement.key])) &&
    matchFields.every((requirement) => holds(requirement, field(requirement.key)))
  );
};

const matchesSelector = ({ nodeSelectorTerms }: NodeSelector, node: NodeState): boolean =>
  nodeSelectorTerms.some((term) => matchesTerm(term, node));

export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  final: true,
  filter: ({ pod }, node) => {
    const labelled = Object.entries(pod.spec.nodeSelector ?? {}).every(([key, value]) => node.labels[key] === value);
    const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    return labelled && (!required || matchesSelector(required, node)) ? [] : ["node(s) didn't match Pod's node affinity/selector"];
  },
  score: ({ pod }, nodes) => {
    const preferred = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    if (preferred.length === 0) return undefined;
    return nodes.map((node) => preferred.reduce((sum, { weight, preference }) => sum + (matchesTerm(preference, node) ? weight : 0), 0));
  },
  normalize: proportional,
};
