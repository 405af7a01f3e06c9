/** What the failure and success policies of a job must be. Paths and wording are upstream's. */
import { nonNegative, problems } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { duplicate, invalid, NO_VALUE, notSupported, required, tooLong, tooMany } from '../validation/errors.ts';
import { isQualifiedName } from '../validation/names.ts';
import type { JobSpec } from './job.ts';
import type { PodFailurePolicyRule, SuccessPolicyRule } from './pod-policies.ts';

const MAX_RULES = 20;
const MAX_EXIT_CODES = 255;
const MAX_INDEXES_BYTES = 64 * 1024;
const actions = ['Count', 'FailIndex', 'FailJob', 'Ignore'];
const operators = ['In', 'NotIn'];
const statuses = ['False', 'True', 'Unknown'];

/** The value is one of the supported ones; absence names them all. */
const oneOf = (path: string, value: string, supported: readonly string[]): FieldError[] => {
  if (value === '') return [required(path, `valid values: [${supported.map((word) => JSON.stringify(word)).join(' ')}]`)];
  return supported.includes(value) ? [] : [notSupported(path, value, supported)];
};

export const validatePodFailurePolicy = (spec: JobSpec, path: string): FieldError[] => {
  const rules = spec.podFailurePolicy?.rules ?? [];
  const pod = spec.template.spec;
  const names = [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])].map((container) => container.name);
  return [
    ...(rules.length > MAX_RULES ? [tooMany(`${path}.rules`, rules.length, MAX_RULES)] : []),
    ...rules.flatMap((rule, i) => [
      ...validateAction(rule, spec, `${path}.rules[${i}].action`),
      ...validateRequirements(rule, names, `${path}.rules[${i}]`),
    ]),
  ];
};

const validateAction = ({ action }: PodFailurePolicyRule, spec: JobSpec, path: string): FieldError[] => {
  if (action !== 'FailIndex') return oneOf(path, action, actions);
  return spec.backoffLimitPerIndex === undefined ? [invalid(path, action, 'requires the backoffLimitPerIndex to be set')] : [];
};

const validateRequirements = (rule: PodFailurePolicyRule, names: readonly string[], path: string): FieldError[] => {
  const { onExitCodes, onPodConditions = [] } = rule;
  const errors = validateExitCodes(onExitCodes, names, `${path}.onExitCodes`);
  const at = `${path}.onPodConditions`;
  if (onPodConditions.length > MAX_RULES) errors.push(tooMany(at, onPodConditions.length, MAX_RULES));
  for (const [i, { type, status }] of onPodConditions.entries()) {
    errors.push(...problems(`${at}[${i}].type`, type, isQualifiedName(type)), ...oneOf(`${at}[${i}].status`, status, statuses));
  }
  if (onExitCodes && onPodConditions.length > 0) {
    errors.push(invalid(path, NO_VALUE, 'specifying both OnExitCodes and OnPodConditions is not supported'));
  }
  if (!onExitCodes && onPodConditions.length === 0) {
    errors.push(invalid(path, NO_VALUE, 'specifying one of OnExitCodes and OnPodConditions is required'));
  }
  return errors;
};

const validateExitCodes = (codes: PodFailurePolicyRule['onExitCodes'], names: readonly string[], path: string): FieldError[] => {
  if (!codes) return [];
  const { operator, containerName, values } = codes;
  const errors = oneOf(`${path}.operator`, operator, operators);
  if (containerName !== undefined && !names.includes(containerName)) {
    const rule = 'must be one of the container or initContainer names in the pod template';
    errors.push(invalid(`${path}.containerName`, containerName, rule));
  }
  if (values.length === 0) errors.push(invalid(`${path}.values`, values, 'at least one value is required'));
  else if (values.length > MAX_EXIT_CODES) errors.push(tooMany(`${path}.values`, values.length, MAX_EXIT_CODES));
  const seen = new Set<number>();
  for (const [i, value] of values.entries()) {
    if (operator === 'In' && value === 0) errors.push(invalid(`${path}.values[${i}]`, value, 'must not be 0 for the In operator'));
    if (seen.has(value)) errors.push(duplicate(`${path}.values[${i}]`, value));
    seen.add(value);
  }
  if (values.some((value, i) => i > 0 && values[i - 1]! > value)) errors.push(invalid(`${path}.values`, values, 'must be ordered'));
  return errors;
};

export const validateSuccessPolicy = (spec: JobSpec, path: string): FieldError[] => {
  const rules = spec.successPolicy?.rules ?? [];
  if (rules.length === 0) return [required(`${path}.rules`, 'at least one rules must be specified when the successPolicy is specified')];
  return [
    ...(rules.length > MAX_RULES ? [tooMany(`${path}.rules`, rules.length, MAX_RULES)] : []),
    ...rules.flatMap((rule, i) => validateSuccessRule(rule, spec.completions ?? 0, `${path}.rules[${i}]`)),
  ];
};

const validateSuccessRule = (rule: SuccessPolicyRule, completions: number, path: string): FieldError[] => {
  const { succeededCount: count, succeededIndexes: indexes } = rule;
  if (count === undefined && indexes === undefined) {
    return [required(path, 'at least one of succeededCount or succeededIndexes must be specified')];
  }
  const errors: FieldError[] = [];
  const at = `${path}.succeededIndexes`;
  let total: number | undefined;
  if (indexes !== undefined) {
    if (indexes.length > MAX_INDEXES_BYTES) return [tooLong(at, MAX_INDEXES_BYTES)];
    const parsed = countIndexes(indexes, completions);
    if (typeof parsed === 'string') errors.push(invalid(at, indexes, `error parsing succeededIndexes: ${parsed}`));
    else total = parsed;
  }
  if (count !== undefined) {
    const field = `${path}.succeededCount`;
    errors.push(...nonNegative(field, count));
    if (completions < count) {
      errors.push(invalid(field, count, `must be less than or equal to ${completions} (the number of specified completions)`));
    }
    if (total !== undefined && total < count) {
      const rule = `must be less than or equal to ${total} (the number of indexes in the specified succeededIndexes field)`;
      errors.push(invalid(field, count, rule));
    }
  }
  return errors;
};

/** How many indexes a text such as `1,3-5` names, or what is wrong with it. */
export const countIndexes = (text: string, completions: number): number | string => {
  let total = 0;
  let last = -1;
  for (const interval of text === '' ? [] : text.split(',')) {
    const limits = interval.split('-');
    if (limits.length > 2) {
      return `the fragment ${JSON.stringify(interval)} violates the requirement that an index interval can have at most two parts separated by '-'`;
    }
    for (const limit of limits) {
      if (!/^[0-9]{1,10}$/.test(limit)) return `cannot convert string to integer for index: ${JSON.stringify(limit)}`;
      if (Number(limit) >= completions) return `too large index: ${JSON.stringify(limit)}`;
    }
    const first = Number(limits[0]);
    const end = Number(limits[1] ?? limits[0]);
    if (limits.length === 2 && first >= end) return `non-increasing order, previous: ${first}, current: ${end}`;
    if (last >= first) return `non-increasing order, previous: ${last}, current: ${first}`;
    total += end - first + 1;
    last = end;
  }
  return total;
};
