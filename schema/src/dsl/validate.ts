/**
 * Structural validation: `required` and `enum`. Types were checked by `decode`, meaning is checked by the definition. The `status` of a whole
 * object is not looked at: components write it, and upstream does not check it either; nor is its `metadata`, of which ../validation/object-meta.ts knows all.
 */
import type { FieldError } from '../resource.ts';
import { notSupported, required } from '../validation/errors.ts';
import type { FieldType, Struct } from './field.ts';
import { isObject } from './own.ts';
import { childPath, type PlannedField, planOf } from './plan.ts';

/** At most this many errors are collected. */
const MAX_ERRORS = 1000;

const plans = new WeakMap<Struct<any>, readonly PlannedField[]>();

const checks = (type: FieldType): boolean => (type.kind === 'scalar' ? type.enum !== undefined : true);
const scalarContent = (type: FieldType): boolean =>
  type.kind === 'scalar' || (type.kind === 'list' && scalarContent(type.item)) || (type.kind === 'map' && scalarContent(type.value));

/** Fields that have anything to check. */
const checkedFields = (struct: Struct<any>): readonly PlannedField[] => {
  let plan = plans.get(struct);
  if (!plan) {
    plan = planOf(struct).fields.filter(
      ({ field, type }) => field.required || (checks(type) && (type.kind === 'scalar' || !scalarContent(type))),
    );
    plans.set(struct, plan);
  }
  return plan;
};

/**
 * Empty when the value is valid. `path` '' means a whole object. Run it after `applyDefaults`: a required field with a default is never
 * missing. An empty string counts as absent.
 */
export const validateStruct = (struct: Struct<any>, value: unknown, path = ''): FieldError[] => {
  const errors: FieldError[] = [];
  walkStruct(errors, struct, value, path);
  return errors;
};

const walkStruct = (errors: FieldError[], struct: Struct<any>, value: unknown, path: string): void => {
  if (!isObject(value) || errors.length >= MAX_ERRORS) return;
  for (const { name, field, type } of checkedFields(struct)) {
    if (path === '' && (name === 'status' || name === 'metadata')) continue;
    const item = value[name];
    if (item === undefined || item === null || (item === '' && !field.pointer)) {
      if (field.required && field.default === undefined) errors.push(required(childPath(path, name)));
      continue;
    }
    walk(errors, type, item, childPath(path, name));
  }
};

const walk = (errors: FieldError[], type: FieldType, value: unknown, path: string): void => {
  if (errors.length >= MAX_ERRORS) return;
  if (type.kind === 'scalar') {
    if (type.enum && !type.enum.includes(value as string)) errors.push(notSupported(path, value, type.enum));
  } else if (type.kind === 'struct') walkStruct(errors, type.struct(), value, path);
  else if (type.kind === 'list' && Array.isArray(value)) {
    if (!scalarContent(type.item)) for (let i = 0; i < value.length; i++) walk(errors, type.item, value[i], `${path}[${i}]`);
  } else if (type.kind === 'map' && isObject(value) && !scalarContent(type.value)) {
    for (const key of Object.keys(value)) walk(errors, type.value, value[key], `${path}[${key}]`);
  }
};
