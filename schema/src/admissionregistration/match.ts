/**
 * Which requests an admission webhook or policy is asked about: rules on group, version and resource, and conditions in CEL.
 */
import { type Infer, inline, list, listMap, message, str, struct } from '../dsl/field.ts';
import { LabelSelector } from '../meta/label-selector.ts';

const NAME = 'io.k8s.api.admissionregistration.v1';

export const Rule = struct(`${NAME}.Rule`, 'Which resources.', {
  apiGroups: list(1, 'string', 'API groups; the empty text is the core group, * stands for all.'),
  apiVersions: list(2, 'string', 'API versions; * stands for all.'),
  resources: list(3, 'string', 'Resources, subresources as pods/log; * stands for all, */* for all with subresources.'),
  scope: str(4, 'Cluster, Namespaced or * (the default).', { pointer: true }),
});

export const RuleWithOperations = struct(`${NAME}.RuleWithOperations`, 'Which operations on which resources.', {
  operations: list(1, 'string', 'CREATE, UPDATE, DELETE, CONNECT or *.'),
  'inline:rule': inline(2, Rule),
});
export type RuleWithOperations = Infer<typeof RuleWithOperations>;

export const NamedRuleWithOperations = struct(
  `${NAME}.NamedRuleWithOperations`,
  'Which operations on which objects.',
  {
    resourceNames: list(1, 'string', 'Names of objects; empty for all.'),
    'inline:ruleWithOperations': inline(2, RuleWithOperations),
  },
  { atomic: true },
);
export type NamedRuleWithOperations = Infer<typeof NamedRuleWithOperations>;

export const MatchCondition = struct(`${NAME}.MatchCondition`, 'A condition in CEL.', {
  name: str(1, 'Name of the condition.', { required: true, default: '' }),
  expression: str(2, 'CEL expression that gives true when the request matches.', { required: true, default: '' }),
});
export type MatchCondition = Infer<typeof MatchCondition>;

export const MatchResources = struct(
  `${NAME}.MatchResources`,
  'Which requests a policy is asked about.',
  {
    namespaceSelector: message(1, LabelSelector, 'Labels of the namespace of the object.'),
    objectSelector: message(2, LabelSelector, 'Labels of the object.'),
    resourceRules: list(3, NamedRuleWithOperations, 'Requests it is asked about; any rule will do.'),
    excludeResourceRules: list(4, NamedRuleWithOperations, 'Requests it is never asked about.'),
    matchPolicy: str(7, 'Exact, or Equivalent for other versions of the resources too.', { pointer: true }),
  },
  { atomic: true },
);
export type MatchResources = Infer<typeof MatchResources>;

/** `matchConditions` of webhooks and policies. */
export const matchConditions = <const N extends number>(no: N) =>
  listMap(no, MatchCondition, ['name'], 'Further conditions; all must hold.');

export const defaultRule = (rule: { scope?: string }): void => {
  rule.scope ??= '*';
};

export const defaultMatchResources = (match: MatchResources | undefined): void => {
  if (!match) return;
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  for (const rule of [...(match.resourceRules ?? []), ...(match.excludeResourceRules ?? [])]) defaultRule(rule);
};
