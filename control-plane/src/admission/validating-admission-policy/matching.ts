/** Whether a policy or binding is about a request: rules with names, exclusions, selectors. */
import type { MatchResources, NamedRuleWithOperations } from '#schema/admissionregistration/match.ts';
import type { KubeObject } from '#schema/resource.ts';
import type { AwaitedRequest } from '../awaited.ts';
import { isEverything, type MatchedVersion, matchedVersion, matchesNamespaceSelector, matchesObjectSelector } from '../matching.ts';
import { matchedRequest } from '../webhooks/review.ts';

const naming = (rules: readonly NamedRuleWithOperations[] | undefined, name: string): NamedRuleWithOperations[] =>
  (rules ?? []).filter(({ resourceNames }) => !resourceNames || resourceNames.length === 0 || resourceNames.includes(name));

/** The version to look at it in; undefined: not about it. By rules alone: what can be said without asking anybody. */
export const ruledPlace = (match: MatchResources, request: AwaitedRequest): MatchedVersion | undefined => {
  const { matchPolicy, resourceRules, excludeResourceRules } = match;
  const asked = matchedRequest(request);
  const place = matchedVersion(naming(resourceRules, request.name), matchPolicy, asked, request.definition);
  if (!place) return undefined;
  return matchedVersion(naming(excludeResourceRules, request.name), matchPolicy, asked, request.definition) ? undefined : place;
};

/** Of a binding: without rules it is about whatever its policy is about. */
export const bindingMatches = (match: MatchResources | undefined, request: AwaitedRequest): boolean => {
  if (!match) return true;
  if (match.resourceRules && match.resourceRules.length > 0) return ruledPlace(match, request) !== undefined;
  const excluded = naming(match.excludeResourceRules, request.name);
  return matchedVersion(excluded, match.matchPolicy, matchedRequest(request), request.definition) === undefined;
};

export const selectsNamespace = (match: MatchResources | undefined): boolean =>
  match !== undefined && !isEverything(match.namespaceSelector);

/** `namespace`: the one the object is in or is, as it is or will be; undefined for objects of the cluster, which every selector takes. */
export const selected = (match: MatchResources | undefined, request: AwaitedRequest, namespace: KubeObject | undefined): boolean => {
  if (!match) return true;
  const [now, before] = request.operation === 'delete' ? [undefined, request.object] : [request.object, request.old];
  if (!matchesObjectSelector(match.objectSelector, now, before)) return false;
  return namespace === undefined || matchesNamespaceSelector(match.namespaceSelector, namespace.metadata.labels);
};
