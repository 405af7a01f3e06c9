/** Defaults of a structural schema must fit it themselves: pruned, and valid where they stand. Recursion is bounded by the depth of decoded bodies. */
import { prune } from '../custom/prune.ts';
import { validateValue } from '../custom/validate.ts';
import { equalJson, isObject } from '../dsl/own.ts';
import type { FieldError } from '../resource.ts';
import { invalid } from '../validation/errors.ts';
import type { JSONSchemaProps } from './json-schema-props.ts';

const MAX_ERRORS = 100;
const MAX_DEPTH = 1000;

/** `at` is the path of the schema, which is structural. */
export const validateDefaultValues = (schema: JSONSchemaProps, at: string): FieldError[] => {
  const errors: FieldError[] = [];
  walk(errors, schema, at, true);
  return errors;
};

const walk = (errors: FieldError[], schema: JSONSchemaProps, at: string, isObjectRoot = false): void => {
  if (errors.length >= MAX_ERRORS) return;
  const { default: value, properties, additionalProperties, items } = schema;
  if (value !== undefined && value !== null) errors.push(...validateDefault(schema, value, `${at}.default`));
  const embedded = isObjectRoot || schema['x-kubernetes-embedded-resource'] === true;
  for (const [name, child] of Object.entries(properties ?? {})) {
    // of metadata the schema decides nothing
    if (!(embedded && name === 'metadata')) walk(errors, child, `${at}.properties[${name}]`);
  }
  if (isObject(additionalProperties)) walk(errors, additionalProperties as JSONSchemaProps, `${at}.additionalProperties`);
  if (isObject(items)) walk(errors, items as JSONSchemaProps, `${at}.items`);
};

const validateDefault = (schema: JSONSchemaProps, value: unknown, at: string): FieldError[] => {
  const pruned = prune(schema, value, '', { strict: false, maxDepth: MAX_DEPTH, unknownFields: [] });
  if (!equalJson(pruned, value)) return [invalid(at, value, 'must be pruned')];
  return validateValue(schema, value, '').map((error) => ({ ...error, field: below(at, error.field) }));
};

const below = (at: string, field: string): string => {
  if (field === '' || field.startsWith('[')) return `${at}${field}`;
  return field === '<nil>' ? field : `${at}.${field}`;
};
