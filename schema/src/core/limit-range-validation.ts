/** What a limit range must be. Paths and wording are upstream's. */
import { getOwn } from '../dsl/own.ts';
import { problems } from '../meta/checks.ts';
import { compare, parseQuantity } from '../quantity/quantity.ts';
import type { FieldError } from '../resource.ts';
import { duplicate, forbidden, invalid, required } from '../validation/errors.ts';
import { isQualifiedName } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import type { LimitRange, LimitRangeItem } from './limit-range.ts';
import { mayOvercommit, validateComputeResourceName } from './resource-names.ts';

const standardTypes = ['Container', 'PersistentVolumeClaim', 'Pod'];
const fields = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;

export const validateLimitRange = ({ metadata, spec }: LimitRange, old?: LimitRange): FieldError[] => {
  const errors = validateObjectMeta(metadata, { namespaced: true }, old?.metadata);
  const types = spec.limits.map(({ type }) => type);
  for (const [i, item] of spec.limits.entries()) {
    const path = `spec.limits[${i}]`;
    errors.push(...validateType(item.type, `${path}.type`));
    if (types.indexOf(item.type) !== i) errors.push(duplicate(`${path}.type`, item.type));
    errors.push(...validateItem(item, path));
  }
  return errors;
};

const validateType = (type: string, path: string): FieldError[] => {
  const errors = problems(path, type, isQualifiedName(type));
  if (errors.length > 0 || type.includes('/') || standardTypes.includes(type)) return errors;
  return [invalid(path, type, 'must be a standard limit type or fully qualified')];
};

const validateItem = (item: LimitRangeItem, path: string): FieldError[] => {
  const errors: FieldError[] = [];
  for (const field of fields) {
    const names = Object.keys(item[field] ?? {});
    if (item.type === 'Pod' && (field === 'default' || field === 'defaultRequest')) {
      if (names.length > 0) errors.push(forbidden(`${path}.${field}`, "may not be specified when `type` is 'Pod'"));
    } else {
      for (const name of names) errors.push(...validateComputeResourceName(name, `${path}.${field}[${name}]`, item.type));
    }
  }
  if (item.type === 'PersistentVolumeClaim' && !item.min?.storage && !item.max?.storage) {
    errors.push(required(`${path}.limits`, 'either minimum or maximum storage value is required, but neither was provided'));
  }
  const names = new Set(fields.flatMap((field) => Object.keys(item[field] ?? {})));
  return [...errors, ...[...names].flatMap((name) => validateOrder(item, name, path))];
};

/** min <= request <= limit <= max, as far as they are stated. */
const validateOrder = (item: LimitRangeItem, name: string, path: string): FieldError[] => {
  const [min, max, limit, request, ratio] = [item.min, item.max, item.default, item.defaultRequest, item.maxLimitRequestRatio].map(
    (quantities) => getOwn(quantities, name),
  );
  const above = (a: string | undefined, b: string | undefined): boolean => a !== undefined && b !== undefined && compare(a, b) > 0;
  const errors: FieldError[] = [];
  const refuse = (field: string, value: string, detail: string): void => {
    errors.push(invalid(`${path}.${field}[${name}]`, value, detail));
  };
  if (above(min, max)) refuse('min', min!, `min value ${min} is greater than max value ${max}`);
  if (above(min, request)) refuse('defaultRequest', request!, `min value ${min} is greater than default request value ${request}`);
  if (above(request, max)) refuse('defaultRequest', request!, `default request value ${request} is greater than max value ${max}`);
  if (above(request, limit))
    refuse('defaultRequest', request!, `default request value ${request} is greater than default limit value ${limit}`);
  if (above(min, limit)) refuse('default', min!, `min value ${min} is greater than default value ${limit}`);
  if (above(limit, max)) refuse('default', max!, `default value ${limit} is greater than max value ${max}`);
  if (ratio !== undefined) {
    if (compare(ratio, '1') < 0) refuse('maxLimitRequestRatio', ratio, `ratio ${ratio} is less than 1`);
    const most = min !== undefined && max !== undefined ? Number(parseQuantity(max).nano) / Number(parseQuantity(min).nano) : Number.NaN;
    if (Number(parseQuantity(ratio).nano) / 1e9 > most) {
      refuse('maxLimitRequestRatio', ratio, `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`);
    }
  }
  if (!mayOvercommit(name) && limit !== undefined && request !== undefined && compare(limit, request) !== 0) {
    refuse('default', limit, `default value ${limit} must equal to defaultRequest value ${request} in ${name}`);
  }
  return errors;
};
