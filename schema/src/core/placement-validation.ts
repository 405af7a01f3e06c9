/** What affinity, tolerations and spreading must be. Paths and wording are upstream's. */
import { problems } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { duplicate, forbidden, invalid, notSupported, required } from '../validation/errors.ts';
import { validateLabelSelector } from '../validation/label-selector.ts';
import { isDNS1123Label, isQualifiedName, isValidLabelValue } from '../validation/names.ts';
import type { Affinity, NodeSelectorRequirement, NodeSelectorTerm, PodAffinityTerm } from './affinity.ts';
import type { Toleration, TopologySpreadConstraint } from './placement.ts';

export const taintEffects = ['NoExecute', 'NoSchedule', 'PreferNoSchedule'];

export const validateTolerations = (tolerations: readonly Toleration[] | undefined, path: string): FieldError[] =>
  (tolerations ?? []).flatMap((toleration, i) => {
    const at = `${path}[${i}]`;
    const { key = '', operator = '', value = '', effect = '', tolerationSeconds } = toleration;
    const errors: FieldError[] = [];
    if (key !== '') errors.push(...problems(`${at}.key`, key, isQualifiedName(key)));
    else if (operator !== 'Exists') {
      const rule = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      errors.push(invalid(`${at}.operator`, operator, rule));
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      errors.push(invalid(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    }
    if (operator === '' || operator === 'Equal') errors.push(...problems(`${at}.operator`, value, isValidLabelValue(value)));
    else if (operator === 'Exists') {
      if (value !== '') errors.push(invalid(`${at}.operator`, toleration, "value must be empty when `operator` is 'Exists'"));
    } else errors.push(notSupported(`${at}.operator`, operator, ['Equal', 'Exists']));
    if (effect !== '' && !taintEffects.includes(effect)) errors.push(notSupported(`${at}.effect`, effect, taintEffects));
    return errors;
  });

export const validateTopologySpread = (constraints: readonly TopologySpreadConstraint[] | undefined, path: string): FieldError[] => {
  const seen = new Set<string>();
  return (constraints ?? []).flatMap(({ maxSkew, minDomains, topologyKey, whenUnsatisfiable, labelSelector }, i) => {
    const at = `${path}[${i}]`;
    const errors = [
      ...(maxSkew <= 0 ? [invalid(`${at}.maxSkew`, maxSkew, 'must be greater than zero')] : []),
      ...validateLabelSelector(labelSelector, `${at}.labelSelector`),
    ];
    if (minDomains !== undefined && minDomains <= 0) errors.push(invalid(`${at}.minDomains`, minDomains, 'must be greater than zero'));
    if (minDomains !== undefined && whenUnsatisfiable !== 'DoNotSchedule') {
      const rule = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
      errors.push(invalid(`${at}.minDomains`, minDomains, rule));
    }
    const key = `{${topologyKey}, ${whenUnsatisfiable}}`;
    if (seen.has(key)) errors.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, key));
    seen.add(key);
    return errors;
  });
};

export const validateAffinity = (affinity: Affinity | undefined, path: string): FieldError[] => {
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity ?? {};
  const errors: FieldError[] = [];
  const hard = nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (hard) errors.push(...validateNodeSelector(hard, `${path}.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution`));
  for (const [i, { weight, preference }] of (nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
    const at = `${path}.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[${i}]`;
    errors.push(...validateWeight(weight, at), ...validateTerm(preference, `${at}.preference`));
  }
  for (const [name, terms] of Object.entries({ podAffinity, podAntiAffinity })) {
    for (const [i, term] of (terms?.requiredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
      errors.push(...validatePodTerm(term, `${path}.${name}.requiredDuringSchedulingIgnoredDuringExecution[${i}]`));
    }
    for (const [i, { weight, podAffinityTerm }] of (terms?.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
      const at = `${path}.${name}.preferredDuringSchedulingIgnoredDuringExecution[${i}]`;
      errors.push(...validateWeight(weight, at), ...validatePodTerm(podAffinityTerm, `${at}.podAffinityTerm`));
    }
  }
  return errors;
};

const validateWeight = (weight: number, path: string): FieldError[] =>
  weight < 1 || weight > 100 ? [invalid(`${path}.weight`, weight, 'must be in the range 1-100')] : [];

export const validateNodeSelector = (
  { nodeSelectorTerms }: { nodeSelectorTerms: readonly NodeSelectorTerm[] },
  path: string,
): FieldError[] =>
  nodeSelectorTerms.length === 0
    ? [required(`${path}.nodeSelectorTerms`, 'must have at least one node selector term')]
    : nodeSelectorTerms.flatMap((term, i) => validateTerm(term, `${path}.nodeSelectorTerms[${i}]`));

const validateTerm = (term: NodeSelectorTerm, path: string): FieldError[] => [
  ...(term.matchExpressions ?? []).flatMap((r, i) => {
    const at = `${path}.matchExpressions[${i}]`;
    return [...validateRequirement(r, at), ...problems(`${at}.key`, r.key, isQualifiedName(r.key))];
  }),
  ...(term.matchFields ?? []).flatMap((r, i) => validateFieldRequirement(r, `${path}.matchFields[${i}]`)),
];

const validateRequirement = ({ operator, values = [] }: NodeSelectorRequirement, path: string): FieldError[] => {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length === 0 ? [required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")] : [];
    case 'Exists':
    case 'DoesNotExist':
      return values.length > 0 ? [forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")] : [];
    case 'Gt':
    case 'Lt':
      return values.length === 1 ? [] : [required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
    default:
      return [invalid(`${path}.operator`, operator, 'not a valid selector operator')];
  }
};

/** Only the name of a node can be selected as a field, one at a time. */
const validateFieldRequirement = ({ key, operator, values = [] }: NodeSelectorRequirement, path: string): FieldError[] => {
  const errors: FieldError[] = [];
  if (operator !== 'In' && operator !== 'NotIn') errors.push(invalid(`${path}.operator`, operator, 'not a valid selector operator'));
  else if (values.length !== 1) {
    errors.push(required(`${path}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"));
  }
  if (key !== 'metadata.name') errors.push(invalid(`${path}.key`, key, 'not a valid field selector key'));
  return errors;
};

const validatePodTerm = (term: PodAffinityTerm, path: string): FieldError[] => [
  ...validateLabelSelector(term.labelSelector, `${path}.labelSelector`),
  ...validateLabelSelector(term.namespaceSelector, `${path}.namespaceSelector`),
  ...(term.namespaces ?? []).flatMap((name) => problems(`${path}.namespace`, name, isDNS1123Label(name))),
  ...validateLabelKeys(term, 'matchLabelKeys', path),
  ...validateLabelKeys(term, 'mismatchLabelKeys', path),
  ...problems(`${path}.topologyKey`, term.topologyKey, isQualifiedName(term.topologyKey)),
];

/** Keys that are added to a selector, so there must be one. */
const validateLabelKeys = (term: PodAffinityTerm, field: 'matchLabelKeys' | 'mismatchLabelKeys', path: string): FieldError[] => {
  const keys = term[field] ?? [];
  if (keys.length === 0) return [];
  if (!term.labelSelector) return [forbidden(`${path}.${field}`, 'must not be specified when labelSelector is not set')];
  return keys.flatMap((key, i) => problems(`${path}.${field}[${i}]`, key, isQualifiedName(key)));
};
