/** Node selectors: nodeSelector and node affinity terms against a node's name and labels. Terms are alternatives, requirements of one must all hold. */
import type { NodeSelector, NodeSelectorRequirement, NodeSelectorTerm } from '#schema/core/affinity.ts';
import type { PodSpec } from '#schema/core/pod-spec.ts';

export interface NamedLabels {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

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

const labelOf = ({ labels }: NamedLabels, key: string): string | undefined => (Object.hasOwn(labels, key) ? labels[key] : undefined);

/** An empty term matches no node. */
export const matchesTerm = ({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: NamedLabels): boolean => {
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  return (
    matchExpressions.every((requirement) => holds(requirement, labelOf(node, requirement.key))) &&
    matchFields.every((requirement) => holds(requirement, requirement.key === 'metadata.name' ? node.name : undefined))
  );
};

export const matchesSelector = ({ nodeSelectorTerms }: NodeSelector, node: NamedLabels): boolean =>
  nodeSelectorTerms.some((term) => matchesTerm(term, node));

/** The pod's nodeSelector and required node affinity hold on the node. */
export const matchesRequiredNodes = (
  spec: Pick<PodSpec, 'nodeSelector' | 'affinity'>,
  name: string,
  labels: Readonly<Record<string, string>>,
): boolean => {
  const node: NamedLabels = { name, labels };
  for (const [key, value] of Object.entries(spec.nodeSelector ?? {})) if (labelOf(node, key) !== value) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || matchesSelector(required, node);
};

/** The only nodes the required affinity can name, when every term names some by metadata.name; undefined when it is open. */
export const namedNodes = (spec: Pick<PodSpec, 'affinity'>): readonly string[] | undefined => {
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (!terms || terms.length === 0) return undefined;
  const names = new Set<string>();
  for (const { matchFields = [] } of terms) {
    const field = matchFields.find(({ key, operator }) => key === 'metadata.name' && operator === 'In');
    if (!field) return undefined;
    for (const name of field.values ?? []) names.add(name);
  }
  return [...names];
};
