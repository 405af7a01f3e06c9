/**
 * Which requests a webhook or a policy is asked about: rules on operation, group, version, resource and scope, and selectors of labels. Pure.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-rules
 */
import type { RuleWithOperations } from '#schema/admissionregistration/match.ts';
import type { KubeObject, ResourceDefinition, ServedVersion } from '#schema/resource.ts';
import { labelSelectorOf, matches } from '#schema/selectors/label.ts';
import type { LabelSelectorLike } from '#schema/validation/label-selector.ts';

export type AdmissionOperation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** A request as rules see it. */
export interface MatchedRequest {
  readonly operation: AdmissionOperation;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  /** '' for the main resource. */
  readonly subresource: string;
  readonly namespaced: boolean;
}

const has = (list: readonly string[] | undefined, wanted: string): boolean => list?.some((one) => one === '*' || one === wanted) ?? false;

/** `pods`, `pods/*`, `* / status`, `*`: a lone `*` leaves subresources out. */
const namesResource = (pattern: string, { resource, subresource }: MatchedRequest): boolean => {
  const [wanted = '', sub = ''] = pattern.split('/');
  return (wanted === '*' || wanted === resource) && (sub === '*' || sub === subresource);
};

/** A namespace itself is looked at by its own name; it is a cluster-scoped object all the same. */
const inScope = (scope: string | undefined, { namespaced }: MatchedRequest): boolean =>
  scope === undefined || scope === '*' || (scope === 'Namespaced') === namespaced;

export const matchesRule = (rule: RuleWithOperations, request: MatchedRequest): boolean =>
  has(rule.operations, request.operation) &&
  has(rule.apiGroups, request.group) &&
  has(rule.apiVersions, request.version) &&
  (rule.resources?.some((pattern) => namesResource(pattern, request)) ?? false) &&
  inScope(rule.scope, request);

/** What a rule matched: the version the webhook wants to see. */
export interface MatchedVersion {
  readonly group: string;
  readonly version: string;
}

/**
 * The version of the request that any rule names: the one that was asked for, else (Equivalent) another one in which the same objects are served.
 * Undefined: no rule matches.
 */
export const matchedVersion = (
  rules: readonly RuleWithOperations[] | undefined,
  matchPolicy: string | undefined,
  request: MatchedRequest,
  definition: Pick<ResourceDefinition, 'group' | 'versions'>,
): MatchedVersion | undefined => {
  if (!rules || rules.length === 0) return undefined;
  if (rules.some((rule) => matchesRule(rule, request))) return { group: request.group, version: request.version };
  if (matchPolicy === 'Exact') return undefined;
  for (const served of definition.versions) {
    const other = placeOf(definition, served);
    if (served.served && rules.some((rule) => matchesRule(rule, { ...request, ...other }))) return other;
  }
  return undefined;
};

export const placeOf = (definition: Pick<ResourceDefinition, 'group'>, served: ServedVersion): MatchedVersion => ({
  group: served.group ?? definition.group,
  version: served.version,
});

type Selector = LabelSelectorLike | undefined;

/** Absent or empty: everything. */
const selects = (selector: Selector, labels: Readonly<Record<string, string>> | undefined): boolean =>
  selector === undefined || matches(labelSelectorOf(selector), labels);

export const isEverything = (selector: Selector): boolean =>
  selector === undefined || (Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0);

/** By what the object is or was. */
export const matchesObjectSelector = (selector: Selector, object: KubeObject | undefined, old: KubeObject | undefined): boolean =>
  isEverything(selector) || [object, old].some((one) => one !== undefined && selects(selector, one.metadata?.labels));

export const matchesNamespaceSelector = (selector: Selector, labels: Readonly<Record<string, string>> | undefined): boolean =>
  isEverything(selector) || selects(selector, labels);
