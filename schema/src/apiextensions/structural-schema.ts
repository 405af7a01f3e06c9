/**
 * Whether a schema is structural: every field has a type, nothing that cannot be pruned, defaulted and merged. The paths and wording are
 * upstream's. Recursion is bounded by the depth of decoded bodies.
 */
import { patternProblem } from '../custom/pattern.ts';
import { getOwn, isObject } from '../dsl/own.ts';
import type { FieldError } from '../resource.ts';
import { forbidden, invalid, notSupported, required } from '../validation/errors.ts';
import type { JSONSchemaProps } from './json-schema-props.ts';

const MAX_ERRORS = 100;
const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const listTypes = ['atomic', 'map', 'set'];
const mapTypes = ['atomic', 'granular'];

/** `at` is the path of the schema. Empty when it is structural. */
export const validateStructuralSchema = (schema: JSONSchemaProps, at: string): FieldError[] => {
  const errors: FieldError[] = [];
  const { type = '' } = schema;
  if (type === '') errors.push(required(`${at}.type`, 'must not be empty at the root'));
  else if (type !== 'object') errors.push(invalid(`${at}.type`, type, 'must be object at the root'));
  walk(errors, schema, at, { untyped: undefined });
  return errors;
};

const walk = (errors: FieldError[], schema: JSONSchemaProps, at: string, { untyped }: { untyped: string | undefined }): void => {
  if (errors.length >= MAX_ERRORS || typeof schema !== 'object' || schema === null) return;
  const { type = '', properties, additionalProperties, items } = schema;
  const anyType = schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (type === '' && untyped !== undefined && !anyType) errors.push(required(`${at}.type`, untyped));
  else if (type !== '' && !types.includes(type)) errors.push(notSupported(`${at}.type`, type, types));
  if (schema['x-kubernetes-int-or-string'] && type !== '') {
    errors.push(forbidden(`${at}.type`, 'must be empty if x-kubernetes-int-or-string is true'));
  }
  checkForbidden(errors, schema, at);
  checkPatterns(errors, schema, at);
  checkMergeMarks(errors, schema, at);
  if (isObject(properties) && isObject(additionalProperties) && Object.keys(properties).length > 0) {
    errors.push(forbidden(`${at}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'));
  }
  if (type === 'array' && !isObject(items)) errors.push(required(`${at}.items`, 'must be specified'));
  for (const [name, child] of Object.entries(properties ?? {})) {
    walk(errors, child, `${at}.properties[${name}]`, { untyped: 'must not be empty for specified object fields' });
  }
  if (isObject(additionalProperties)) {
    walk(errors, additionalProperties, `${at}.additionalProperties`, { untyped: 'must not be empty for specified object fields' });
  }
  if (isObject(items)) walk(errors, items, `${at}.items`, { untyped: 'must not be empty for specified array items' });
};

/** Of the schema itself and of those that only judge values. */
const checkPatterns = (errors: FieldError[], schema: JSONSchemaProps, at: string): void => {
  if (typeof schema !== 'object' || schema === null || errors.length >= MAX_ERRORS) return;
  const problem = schema.pattern ? patternProblem(schema.pattern) : undefined;
  if (problem !== undefined)
    errors.push(invalid(`${at}.pattern`, schema.pattern, `must be a valid regular expression, but isn't: ${problem}`));
  for (const name of ['allOf', 'anyOf', 'oneOf'] as const) {
    for (const [i, one] of (schema[name] ?? []).entries()) checkPatterns(errors, one, `${at}.${name}[${i}]`);
  }
  if (schema.not) checkPatterns(errors, schema.not, `${at}.not`);
};

const checkForbidden = (errors: FieldError[], schema: JSONSchemaProps, at: string): void => {
  if (schema.$ref !== undefined) errors.push(forbidden(`${at}.$ref`, '$ref is not supported'));
  if (schema.uniqueItems) {
    errors.push(forbidden(`${at}.uniqueItems`, 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'));
  }
  if (Array.isArray(schema.items)) errors.push(forbidden(`${at}.items`, 'items must be a schema object and not an array'));
  if (schema.additionalProperties === false) errors.push(forbidden(`${at}.additionalProperties`, 'must not be false'));
  for (const field of ['definitions', 'dependencies', 'patternProperties'] as const) {
    if (Object.keys(schema[field] ?? {}).length > 0) errors.push(forbidden(`${at}.${field}`, `${field} is not supported`));
  }
  if (schema.id) errors.push(forbidden(`${at}.id`, 'id is not supported'));
  if (schema.additionalItems !== undefined) errors.push(forbidden(`${at}.additionalItems`, 'additionalItems is not supported'));
};

const checkMergeMarks = (errors: FieldError[], schema: JSONSchemaProps, at: string): void => {
  const listType = schema['x-kubernetes-list-type'];
  const mapType = schema['x-kubernetes-map-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (mapType !== undefined && !mapTypes.includes(mapType)) errors.push(notSupported(`${at}.x-kubernetes-map-type`, mapType, mapTypes));
  if (listType === undefined) {
    if (keys.length > 0) errors.push(required(`${at}.x-kubernetes-list-type`, 'must be map if x-kubernetes-list-map-keys is non-empty'));
    return;
  }
  if (schema.type !== 'array')
    errors.push(invalid(`${at}.type`, schema.type ?? '', 'must be array if x-kubernetes-list-type is specified'));
  if (!listTypes.includes(listType)) errors.push(notSupported(`${at}.x-kubernetes-list-type`, listType, listTypes));
  if (listType !== 'map') return;
  if (keys.length === 0) errors.push(required(`${at}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map'));
  const item = isObject(schema.items) ? (schema.items as JSONSchemaProps) : undefined;
  for (const [i, key] of keys.entries()) {
    const property = getOwn(item?.properties, key);
    if (!property) {
      const rule = 'entries must all be names of item properties';
      errors.push(invalid(`${at}.x-kubernetes-list-map-keys[${i}]`, key, rule));
    } else if (property.type === 'array' || property.type === 'object') {
      errors.push(
        invalid(
          `${at}.items.properties[${key}].type`,
          property.type,
          "must be a scalar type if parent array's x-kubernetes-list-type is map",
        ),
      );
    }
  }
};
