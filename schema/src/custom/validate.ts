/**
 * Values against a structural schema, in Kubernetes' words. A value of the wrong type is judged no further. What did not change since the old object is
 * not judged again, so that a schema may become stricter. Recursion follows the value, which decoding has bounded; errors are bounded here.
 */
import type { JSONSchemaProps } from '../apiextensions/json-schema-props.ts';
import { decode } from '../dsl/decode.ts';
import { equalJson, getOwn, isObject, type JsonObject } from '../dsl/own.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { FieldError } from '../resource.ts';
import { duplicate, invalid, notSupported, required, tooLong, tooMany, typeInvalid } from '../validation/errors.ts';
import { isDNS1035Label, isPathSegmentName } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import { correlatedItems, isCorrelatable } from './correlation.ts';
import { fitsFormat } from './formats.ts';
import { matchesPattern } from './pattern.ts';

const MAX_ERRORS = 100;

const typeOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
};

const fits = (schema: JSONSchemaProps, type: string): boolean => {
  if (type === 'null') return schema.nullable === true || (!schema.type && schema['x-kubernetes-int-or-string'] !== true);
  if (schema['x-kubernetes-int-or-string']) return type === 'integer' || type === 'string';
  return !schema.type || schema.type === type || (schema.type === 'number' && type === 'integer');
};

const wanted = (schema: JSONSchemaProps): string => (schema['x-kubernetes-int-or-string'] ? 'integer,string' : (schema.type ?? ''));

/** Empty when the value fits. `at` is its path, '' for a whole object; `old` what stood there before. */
export const validateValue = (schema: JSONSchemaProps, value: unknown, at: string, old?: unknown): FieldError[] => {
  const errors: FieldError[] = [];
  walk(errors, schema, value, at, old);
  return errors;
};

const walk = (errors: FieldError[], schema: JSONSchemaProps, value: unknown, at: string, old?: unknown): void => {
  if (errors.length >= MAX_ERRORS) return;
  if (old !== undefined && equalJson(value, old)) return;
  const type = typeOf(value);
  if (!fits(schema, type)) {
    errors.push(typeInvalid(at, type, `${at} in body must be of type ${wanted(schema)}: ${JSON.stringify(type)}`));
    return;
  }
  if (schema.enum && !schema.enum.some((allowed) => equalJson(allowed, value))) errors.push(unsupported(schema.enum, value, at));
  if (typeof value === 'string') text(errors, schema, value, at);
  else if (typeof value === 'number') number(errors, schema, value, at);
  else if (Array.isArray(value)) list(errors, schema, value, at, old);
  else if (isObject(value)) object(errors, schema, value, at, old);
  combine(errors, schema, value, at);
};

const unsupported = (allowed: readonly unknown[], value: unknown, at: string): FieldError =>
  notSupported(
    at,
    value,
    allowed.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))),
  );

/** Long text is not repeated in each of its errors. */
const shorten = (value: string): string => (value.length > 1000 ? `${value.slice(0, 1000).toWellFormed()}...` : value);

const text = (errors: FieldError[], schema: JSONSchemaProps, value: string, at: string): void => {
  const shown = shorten(value);
  const { maxLength, minLength, pattern, format } = schema;
  const length = maxLength !== undefined || minLength !== undefined ? [...value].length : 0;
  if (maxLength !== undefined && length > maxLength) errors.push(tooLong(at, maxLength));
  if (minLength !== undefined && length < minLength) {
    errors.push(invalid(at, shown, `${at} in body should be at least ${minLength} chars long`));
  }
  if (pattern && !matchesPattern(pattern, value)) errors.push(invalid(at, shown, `${at} in body should match '${pattern}'`));
  if (format && !fitsFormat(format, value)) {
    errors.push(invalid(at, shown, `${at} in body must be of type ${format}: ${JSON.stringify(shown)}`));
  }
};

const number = (errors: FieldError[], schema: JSONSchemaProps, value: number, at: string): void => {
  const { maximum, exclusiveMaximum, minimum, exclusiveMinimum, multipleOf, format } = schema;
  const say = (rule: string) => errors.push(invalid(at, value, `${at} in body should be ${rule}`));
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum)) {
    say(exclusiveMaximum ? `less than ${maximum}` : `less than or equal to ${maximum}`);
  }
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum)) {
    say(exclusiveMinimum ? `greater than ${minimum}` : `greater than or equal to ${minimum}`);
  }
  if (multipleOf && !isMultiple(value, multipleOf)) say(`a multiple of ${multipleOf}`);
  if (format === 'int32' && (value > 2 ** 31 - 1 || value < -(2 ** 31))) {
    errors.push(invalid(at, value, `${at} in body must be of type int32: ${JSON.stringify(value)}`));
  }
};

const isMultiple = (value: number, of: number): boolean => {
  const quotient = value / of;
  return Number.isFinite(quotient) && Math.abs(quotient - Math.round(quotient)) < 1e-9 * Math.max(1, Math.abs(quotient));
};

const list = (errors: FieldError[], schema: JSONSchemaProps, value: readonly unknown[], at: string, old: unknown): void => {
  const { maxItems, minItems } = schema;
  if (maxItems !== undefined && value.length > maxItems) errors.push(tooMany(at, value.length, maxItems));
  if (minItems !== undefined && value.length < minItems) {
    errors.push(invalid(at, value.length, `${at} in body should have at least ${minItems} items`));
  }
  const olds = correlatedItems(schema, value, old);
  if (isObject(schema.items))
    value.forEach((item, i) => void walk(errors, schema.items as JSONSchemaProps, item, `${at}[${i}]`, olds?.[i]));
  unique(errors, schema, value, at);
};

/** Items of a set, and the keys of a map list. */
const unique = (errors: FieldError[], schema: JSONSchemaProps, value: readonly unknown[], at: string): void => {
  const listType = schema['x-kubernetes-list-type'];
  if (listType !== 'set' && listType !== 'map') return;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const seen = new Set<string>();
  value.forEach((item, i) => {
    const own = listType === 'set' ? item : Object.fromEntries(keys.map((key) => [key, isObject(item) ? getOwn(item, key) : undefined]));
    const mark = JSON.stringify(own) ?? '';
    if (seen.has(mark) && errors.length < MAX_ERRORS) errors.push(duplicate(`${at}[${i}]`, own));
    seen.add(mark);
  });
};

const object = (errors: FieldError[], schema: JSONSchemaProps, value: JsonObject, at: string, old: unknown): void => {
  const { properties = {}, additionalProperties, maxProperties, minProperties } = schema;
  const path = (key: string) => (at === '' ? key : `${at}.${key}`);
  const names = Object.keys(value);
  if (maxProperties !== undefined && names.length > maxProperties) errors.push(tooMany(at, names.length, maxProperties));
  if (minProperties !== undefined && names.length < minProperties) {
    errors.push(invalid(at, names.length, `${at} in body should have at least ${minProperties} properties`));
  }
  for (const name of schema.required ?? []) {
    if (getOwn(value, name) === undefined && errors.length < MAX_ERRORS) errors.push(required(path(name)));
  }
  const olds = isCorrelatable(schema) && isObject(old) ? old : undefined;
  if (schema['x-kubernetes-embedded-resource']) embedded(errors, value, path);
  for (const name of names) {
    const own = getOwn(properties, name);
    const under = isObject(own) ? own : isObject(additionalProperties) ? additionalProperties : undefined;
    if (under) walk(errors, under as JSONSchemaProps, value[name], path(name), getOwn(olds, name));
  }
};

const embedded = (errors: FieldError[], value: JsonObject, path: (key: string) => string): void => {
  for (const name of ['apiVersion', 'kind']) {
    const own = getOwn(value, name);
    if (own === undefined) errors.push(required(path(name), 'must not be empty'));
    else if (typeof own !== 'string') errors.push(invalid(path(name), own, 'must be a string'));
    else if (own === '') errors.push(invalid(path(name), own, 'must not be empty'));
    else if (name === 'kind') {
      const problems = isDNS1035Label(own.toLowerCase());
      if (problems.length > 0)
        errors.push(invalid(path(name), own, `may have mixed case, but should otherwise match: ${problems.join(',')}`));
    }
  }
  const metadata = getOwn(value, 'metadata');
  if (metadata === undefined) return;
  const decoded = decode<ObjectMeta>(ObjectMeta, metadata, { strict: false });
  if (decoded.errors[0]) errors.push(invalid(path('metadata'), metadata, decoded.errors[0].detail));
  else {
    // it need not have a name
    const meta = { ...decoded.value, name: decoded.value.name || 'fakename' };
    const rules = { namespaced: Boolean(meta.namespace), nameRule: isPathSegmentName, anyFinalizers: true, path: path('metadata') };
    errors.push(...validateObjectMeta(meta, rules));
  }
};

/** Errors about how several schemas go together stand on no field, as upstream has it. */
const combine = (errors: FieldError[], schema: JSONSchemaProps, value: unknown, at: string): void => {
  const say = (rule: string) => {
    if (errors.length < MAX_ERRORS) errors.push(invalid('<nil>', '', `${JSON.stringify(at)} must ${rule}`));
  };
  const good = (one: JSONSchemaProps) => validateValue(one, value, at).length === 0;
  if (schema.anyOf && schema.anyOf.length > 0 && !schema.anyOf.some(good)) say('validate at least one schema (anyOf)');
  if (schema.oneOf && schema.oneOf.length > 0) {
    const count = schema.oneOf.filter(good).length;
    if (count !== 1) {
      say(`validate one and only one schema (oneOf). ${count === 0 ? 'Found none valid' : `Found ${count} valid alternatives`}`);
    }
  }
  for (const one of schema.allOf ?? []) walk(errors, one, value, at);
  if (schema.not && good(schema.not)) say('not validate the schema (not)');
};
