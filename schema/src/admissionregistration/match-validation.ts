/** What rules, conditions and selectors of admission must be. Paths and wording are upstream's. */
import { problems } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { duplicate, invalid, notSupported, required, tooMany } from '../validation/errors.ts';
import { validateLabelSelector } from '../validation/label-selector.ts';
import { isDNS1035Label, isPathSegmentName, isQualifiedName } from '../validation/names.ts';
import { type Environment, expressionProblem } from './expressions.ts';
import type { MatchCondition, MatchResources, RuleWithOperations } from './match.ts';

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const scopes = ['*', 'Cluster', 'Namespaced'];
const MAX_CONDITIONS = 64;

export const failurePolicies = ['Fail', 'Ignore'];
export const matchPolicies = ['Equivalent', 'Exact'];

export const oneOf = (at: string, value: string | undefined, supported: readonly string[]): FieldError[] =>
  value !== undefined && !supported.includes(value) ? [notSupported(at, value, supported)] : [];

const wildcardAlone = (at: string, values: readonly string[]): FieldError[] =>
  values.length > 1 && values.includes('*') ? [invalid(at, values, "if '*' is present, must not specify other values")] : [];

const validateResources = (resources: readonly string[], at: string): FieldError[] => {
  if (resources.length === 0) return [required(at)];
  const errors: FieldError[] = [];
  const wholes = new Set<string>();
  const subresources = new Set<string>();
  for (const [i, resource] of resources.entries()) {
    if (resource === '') errors.push(required(`${at}[${i}]`));
    if (resource === '*/*' && resources.length > 1) {
      errors.push(invalid(`${at}[${i}]`, resources, "if '*/*' is present, must not specify other resources"));
    }
    const [main = '', sub] = resource.split('/');
    if (sub === undefined) continue;
    if (sub === '*') wholes.add(main);
    else subresources.add(`${main}/${sub}`);
    if (wholes.has(main) && sub !== '*') {
      errors.push(invalid(`${at}[${i}]`, resource, `if '${main}/*' is present, must not specify ${resource}`));
    }
    if (main === '*' && sub === '') errors.push(invalid(`${at}[${i}]`, resource, 'must not have an empty subresource'));
  }
  if (resources.length > 1 && resources.includes('*') && !resources.every((r) => r === '*' || r.includes('/'))) {
    errors.push(invalid(at, resources, "if '*' is present, must not specify other resources without subresources"));
  }
  return errors;
};

export const validateRule = (rule: RuleWithOperations, at: string): FieldError[] => {
  const { operations: verbs = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule;
  const errors: FieldError[] = [];
  if (apiGroups.length === 0) errors.push(required(`${at}.apiGroups`));
  errors.push(...wildcardAlone(`${at}.apiGroups`, apiGroups));
  if (apiVersions.length === 0) errors.push(required(`${at}.apiVersions`));
  errors.push(...wildcardAlone(`${at}.apiVersions`, apiVersions));
  for (const [i, version] of apiVersions.entries()) if (version === '') errors.push(required(`${at}.apiVersions[${i}]`));
  errors.push(...validateResources(resources, `${at}.resources`), ...oneOf(`${at}.scope`, scope, scopes));
  if (verbs.length === 0) errors.push(required(`${at}.operations`));
  errors.push(...wildcardAlone(`${at}.operations`, verbs));
  for (const [i, verb] of verbs.entries()) errors.push(...oneOf(`${at}.operations[${i}]`, verb, operations));
  return errors;
};

/** `environment`: what conditions may read beside the request. */
export const validateMatchConditions = (
  conditions: readonly MatchCondition[] | undefined,
  at: string,
  environment: Environment = {},
): FieldError[] => {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  if ((conditions?.length ?? 0) > MAX_CONDITIONS) errors.push(tooMany(at, conditions!.length, MAX_CONDITIONS));
  for (const [i, { name, expression }] of (conditions ?? []).entries()) {
    if (expression.trim() === '') errors.push(required(`${at}[${i}].expression`));
    else errors.push(...expressionProblem(`${at}[${i}].expression`, expression, 'bool', environment));
    if (name === '') errors.push(required(`${at}[${i}].name`));
    else {
      errors.push(...problems(`${at}[${i}].name`, name, isQualifiedName(name)));
      if (names.has(name)) errors.push(duplicate(`${at}[${i}].name`, name));
    }
    names.add(name);
  }
  return errors;
};

export const validateMatchResources = (match: MatchResources, at: string): FieldError[] => [
  ...oneOf(`${at}.matchPolicy`, match.matchPolicy, matchPolicies),
  ...validateLabelSelector(match.namespaceSelector, `${at}.namespaceSelector`),
  ...validateLabelSelector(match.objectSelector, `${at}.objectSelector`),
  ...(['resourceRules', 'excludeResourceRules'] as const).flatMap((list) =>
    (match[list] ?? []).flatMap((rule, i) => {
      const path = `${at}.${list}[${i}]`;
      const seen = new Set<string>();
      const names = (rule.resourceNames ?? []).flatMap((name, k) => {
        const field = `${path}.resourceNames[${k}]`;
        const repeated = seen.has(name);
        seen.add(name);
        return repeated ? [duplicate(field, name)] : problems(field, name, isPathSegmentName(name));
      });
      return [...validateRule(rule, path), ...names];
    }),
  ),
];

/** A webhook's service: name and namespace, port and path. */
export const validateService = (service: { namespace?: string; name?: string; path?: string; port?: number }, at: string): FieldError[] => {
  const { name = '', namespace = '', path, port } = service;
  const errors = name === '' ? [required(`${at}.name`)] : problems(`${at}.name`, name, isDNS1035Label(name));
  if (namespace === '') errors.push(required(`${at}.namespace`));
  if (path !== undefined && !path.startsWith('/')) errors.push(invalid(`${at}.path`, path, `must start with a '/'`));
  if (port !== undefined && (port < 1 || port > 65_535)) {
    errors.push(invalid(`${at}.port`, port, 'port is not valid: must be between 1 and 65535, inclusive'));
  }
  return errors;
};
