/** What a quota must be, and what of it may change. Paths and wording are upstream's. */
import { equalJson } from '../dsl/own.ts';
import { AT_LEAST_ZERO } from '../meta/checks.ts';
import { compare, parseQuantity } from '../quantity/quantity.ts';
import type { FieldError } from '../resource.ts';
import { immutable, invalid, required } from '../validation/errors.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import { isQuotaName, isWhole, validateQuotaResourceName } from './resource-names.ts';
import type { ResourceQuota, ResourceQuotaSpec, ScopedResourceSelectorRequirement } from './resource-quota.ts';

const podScopes = ['BestEffort', 'NotBestEffort', 'Terminating', 'NotTerminating', 'PriorityClass', 'CrossNamespacePodAffinity'];
const scopes = [...podScopes, 'VolumeAttributesClass'];
const opposites = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;
const NANO = 1_000_000_000n;

export const validateResourceQuota = ({ metadata, spec }: ResourceQuota, old?: ResourceQuota): FieldError[] => {
  const errors = validateObjectMeta(metadata, { namespaced: true }, old?.metadata);
  for (const [name, quantity] of Object.entries(spec.hard ?? {})) {
    const path = `spec.hard[${name}]`;
    errors.push(...validateQuotaResourceName(name, path));
    if (compare(quantity, '0') < 0) errors.push(invalid(path, quantity, AT_LEAST_ZERO));
    if (isWhole(name) && parseQuantity(quantity).nano % NANO !== 0n) errors.push(invalid(path, quantity, 'must be an integer'));
  }
  errors.push(...validateScopes(spec), ...validateSelector(spec));
  if (!old) return errors;
  if (!equalJson([...(spec.scopes ?? [])].sort(), [...(old.spec.scopes ?? [])].sort())) {
    errors.push(immutable('spec.scopes', spec.scopes ?? null));
  }
  if (!equalJson(spec.scopeSelector, old.spec.scopeSelector)) errors.push(immutable('spec.scopeSelector', spec.scopeSelector ?? null));
  return errors;
};

/** Which resources pods of a scope can be counted by. */
const fits = (scope: string, name: string): boolean => {
  if (scope === 'VolumeAttributesClass') return name === 'persistentvolumeclaims' || name === 'requests.storage';
  if (scope === 'BestEffort') return name === 'pods';
  return name === 'pods' || !isQuotaName(name) || /^((requests|limits)\.)?(cpu|memory|ephemeral-storage)$|hugepages-/.test(name);
};

const validateScopes = ({ scopes: stated = [], hard = {} }: ResourceQuotaSpec): FieldError[] => {
  const path = 'spec.scopes';
  const errors = stated.flatMap((scope) => {
    const unfit = Object.keys(hard).filter((name) => isQuotaName(name) && !fits(scope, name));
    return [
      ...(scopes.includes(scope) ? [] : [invalid(path, stated, 'unsupported scope')]),
      ...unfit.map(() => invalid(path, stated, 'unsupported scope applied to resource')),
    ];
  });
  const clash = opposites.some(([a, b]) => stated.includes(a) && stated.includes(b));
  return clash ? [...errors, invalid(path, stated, 'conflicting scopes')] : errors;
};

const validateSelector = ({ scopeSelector, hard = {} }: ResourceQuotaSpec): FieldError[] => {
  const expressions = scopeSelector?.matchExpressions ?? [];
  const path = 'spec.scopeSelector.matchExpressions';
  const errors = expressions.flatMap((expression) => validateExpression(expression, path, hard));
  const names = expressions.map(({ scopeName }) => scopeName);
  const clash = opposites.some(([a, b]) => names.includes(a) && names.includes(b));
  return clash ? [...errors, invalid('spec.scopes', names, 'conflicting scopes')] : errors;
};

const validateExpression = (
  { scopeName, operator, values = [] }: ScopedResourceSelectorRequirement,
  path: string,
  hard: Readonly<Record<string, string>>,
): FieldError[] => {
  const errors: FieldError[] = [];
  if (!scopes.includes(scopeName)) errors.push(invalid(`${path}.scopeName`, scopeName, 'unsupported scope'));
  for (const name of Object.keys(hard)) {
    if (isQuotaName(name) && !fits(scopeName, name)) errors.push(invalid(path, hard, 'unsupported scope applied to resource'));
  }
  const named = scopeName === 'PriorityClass' || scopeName === 'VolumeAttributesClass';
  if (!named && scopes.includes(scopeName) && operator !== 'Exists') {
    const rule =
      "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
    errors.push(invalid(`${path}.operator`, operator, rule));
  }
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0)
      errors.push(required(`${path}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0)
      errors.push(invalid(`${path}.values`, values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"));
  } else errors.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'));
  return errors;
};
