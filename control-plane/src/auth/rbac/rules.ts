/**
 * What one rule permits, and whether some rules cover others. Pure.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/
 */
import type { PolicyRule } from '#schema/rbac/policy-rule.ts';
import { quote } from '#schema/validation/errors.ts';

/** A request for a resource, as far as rules look at it. */
export interface AskedResource {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
}

const has = (values: readonly string[] | undefined, value: string): boolean =>
  values !== undefined && (values.includes('*') || values.includes(value));

const resourceFits = (resources: readonly string[] | undefined, { resource, subresource }: AskedResource): boolean => {
  if (!resources) return false;
  if (!subresource) return has(resources, resource);
  return has(resources, `${resource}/${subresource}`) || resources.includes(`*/${subresource}`);
};

export const allowsResource = (rule: PolicyRule, asked: AskedResource): boolean =>
  has(rule.verbs, asked.verb) &&
  has(rule.apiGroups, asked.group) &&
  resourceFits(rule.resources, asked) &&
  (!rule.resourceNames?.length || rule.resourceNames.includes(asked.name));

const pathFits = (pattern: string, path: string): boolean =>
  pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)));

export const allowsPath = (rule: PolicyRule, verb: string, path: string): boolean =>
  has(rule.verbs, verb) && (rule.nonResourceURLs ?? []).some((pattern) => pathFits(pattern, path));

/** Every single permission of a rule: one verb on one resource (of one name), or on one path. */
function* partsOf(rule: PolicyRule): Generator<PolicyRule> {
  for (const group of rule.apiGroups ?? []) {
    for (const resource of rule.resources ?? []) {
      for (const verb of rule.verbs) {
        const one = { verbs: [verb], apiGroups: [group], resources: [resource] };
        if (rule.resourceNames?.length) for (const name of rule.resourceNames) yield { ...one, resourceNames: [name] };
        else yield one;
      }
    }
  }
  for (const path of rule.nonResourceURLs ?? []) for (const verb of rule.verbs) yield { verbs: [verb], nonResourceURLs: [path] };
}

/** `part` names one of everything; a wildcard in it is covered by the same wildcard only. */
const coversPart = (owner: PolicyRule, part: PolicyRule): boolean => {
  const verb = part.verbs[0]!;
  const path = part.nonResourceURLs?.[0];
  if (path !== undefined) return has(owner.verbs, verb) && (owner.nonResourceURLs ?? []).some((pattern) => pathFits(pattern, path));
  const resource = part.resources![0]!;
  const sub = resource.indexOf('/');
  const resources = owner.resources ?? [];
  const names = owner.resourceNames ?? [];
  return (
    has(owner.verbs, verb) &&
    has(owner.apiGroups, part.apiGroups![0]!) &&
    (has(resources, resource) || (sub >= 0 && resources.includes(`*${resource.slice(sub)}`))) &&
    (names.length === 0 || (part.resourceNames !== undefined && names.includes(part.resourceNames[0]!)))
  );
};

/** Bounds what one write may cost: a role with more single permissions than this is refused as a whole to who is no admin. */
const MAX_PARTS = 20_000;

/** The permissions in `wanted` that `held` does not cover; those of one resource stand in one rule. Empty: all are covered. */
export const uncovered = (held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] => {
  const missing = new Map<string, PolicyRule>();
  let parts = 0;
  for (const rule of wanted) {
    for (const part of partsOf(rule)) {
      if (++parts > MAX_PARTS) return [...wanted];
      if (held.some((owner) => coversPart(owner, part))) continue;
      const key = JSON.stringify([part.apiGroups, part.resources, part.resourceNames, part.nonResourceURLs]);
      const known = missing.get(key);
      if (!known) missing.set(key, part);
      else if (!known.verbs.includes(part.verbs[0]!)) known.verbs.push(part.verbs[0]!);
    }
  }
  return [...missing.values()];
};

const list = (values: readonly string[]): string => `[${values.map(quote).join(' ')}]`;

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}`, as Kubernetes prints a rule. */
export const formatRule = (rule: PolicyRule): string => {
  const shown: readonly (readonly [string, readonly string[] | undefined])[] = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ];
  return `{${shown.flatMap(([name, values]) => (values?.length ? [`${name}:${list(values)}`] : [])).join(', ')}}`;
};
