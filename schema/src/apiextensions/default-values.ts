/**
 * Defaults of a structural schema must fit it themselves: pruned, valid where they stand, and as its rules have it. Recursion is bounded by the depth of
 * decoded bodies.
 */

import { isWhole } from '../cel/json-values.ts';
import { prune } from '../custom/prune.ts';
import { checkRules } from '../custom/rules.ts';
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
  walk({ errors, judge: validateDefault }, schema, at, true);
  return errors;
};

/** Of a schema whose defaults are valid and whose rules compile: what the rules say of the defaults. */
export const validateDefaultsByRules = (schema: JSONSchemaProps, at: string): FieldError[] => {
  const errors: FieldError[] = [];
  walk({ errors, judge: judgeByRules }, schema, at, true);
  return errors;
};

interface Walk {
  readonly errors: FieldError[];
  readonly judge: (schema: JSONSchemaProps, value: unknown, whole: boolean) => FieldError[];
}

const walk = (found: Walk, schema: JSONSchemaProps, at: string, isObjectRoot = false): void => {
  const { errors, judge } = found;
  if (errors.length >= MAX_ERRORS) return;
  const { default: value, properties, additionalProperties, items } = schema;
  const isWholeObject = isObjectRoot || isWhole(schema);
  if (value !== undefined && value !== null) {
    errors.push(...judge(schema, value, isWholeObject).map((error) => ({ ...error, field: below(`${at}.default`, error.field) })));
  }
  for (const [name, child] of Object.entries(properties ?? {})) {
    // of metadata the schema decides nothing
    if (!(isWholeObject && name === 'metadata')) walk(found, child, `${at}.properties[${name}]`);
  }
  if (isObject(additionalProperties)) walk(found, additionalProperties as JSONSchemaProps, `${at}.additionalProperties`);
  if (isObject(items)) walk(found, items as JSONSchemaProps, `${at}.items`);
};

const validateDefault = (schema: JSONSchemaProps, value: unknown): FieldError[] => {
  const pruned = prune(schema, value, '', { strict: false, maxDepth: MAX_DEPTH, unknownFields: [] });
  return equalJson(pruned, value) ? validateValue(schema, value, '') : [invalid('', value, 'must be pruned')];
};

const judgeByRules = (schema: JSONSchemaProps, value: unknown, whole: boolean): FieldError[] =>
  checkRules(schema, value, undefined, { whole }).map((error) => (error.field === '<nil>' ? { ...error, field: '' } : error));

const below = (at: string, field: string): string => {
  if (field === '' || field.startsWith('[')) return `${at}${field}`;
  return field === '<nil>' ? field : `${at}.${field}`;
};
