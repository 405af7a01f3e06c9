/**
 * Defaults of a structural schema: filled in where a property is absent and its parent is present; a null that the schema does not allow counts
 * as absent where there is a default. Mutates; idempotent.
 */
import type { JSONSchemaProps } from '../apiextensions/json-schema-props.ts';
import { cloneJson, getOwn, isObject, type JsonObject, setOwn } from '../dsl/own.ts';

const reaching = new WeakMap<JSONSchemaProps, boolean>();

/** Whether the schema or one below it has a default. */
export const reachesDefault = (schema: JSONSchemaProps): boolean => {
  let found = reaching.get(schema);
  if (found === undefined) {
    const below = [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties].filter(isObject);
    found = schema.default !== undefined || below.some((child) => reachesDefault(child as JSONSchemaProps));
    reaching.set(schema, found);
  }
  return found;
};

export const applySchemaDefaults = (schema: JSONSchemaProps, value: unknown): void => {
  if (!reachesDefault(schema)) return;
  if (Array.isArray(value)) {
    if (isObject(schema.items)) for (const item of value) applySchemaDefaults(schema.items as JSONSchemaProps, item);
    return;
  }
  if (!isObject(value)) return;
  for (const [name, child] of Object.entries(schema.properties ?? {})) defaultProperty(value, name, child);
  if (isObject(schema.additionalProperties)) {
    const child = schema.additionalProperties as JSONSchemaProps;
    for (const key of Object.keys(value))
      if (!schema.properties || !Object.hasOwn(schema.properties, key)) defaultProperty(value, key, child);
  }
};

/**
 * The value with the defaults it lacks: what was stored before the schema had them. Nothing is changed in place; the same value when nothing is missing.
 */
export const withDefaults = <T>(schema: JSONSchemaProps, value: T): T => {
  if (!lacksDefault(schema, value)) return value;
  const copy = cloneJson(value);
  applySchemaDefaults(schema, copy);
  return copy;
};

const lacksDefault = (schema: JSONSchemaProps, value: unknown): boolean => {
  if (!reachesDefault(schema)) return false;
  if (Array.isArray(value)) return isObject(schema.items) && value.some((item) => lacksDefault(schema.items as JSONSchemaProps, item));
  if (!isObject(value)) return false;
  const lacks = (name: string, child: JSONSchemaProps): boolean => {
    const present = getOwn(value, name);
    if (present === undefined || (present === null && !child.nullable)) return child.default !== undefined;
    return lacksDefault(child, present);
  };
  if (Object.entries(schema.properties ?? {}).some(([name, child]) => lacks(name, child))) return true;
  const { additionalProperties, properties = {} } = schema;
  if (!isObject(additionalProperties)) return false;
  return Object.keys(value).some((name) => !Object.hasOwn(properties, name) && lacks(name, additionalProperties as JSONSchemaProps));
};

const defaultProperty = (value: JsonObject, name: string, schema: JSONSchemaProps): void => {
  const present = getOwn(value, name);
  const absent = present === undefined || (present === null && !schema.nullable);
  if (absent && schema.default !== undefined) setOwn(value, name, cloneJson(schema.default));
  applySchemaDefaults(schema, getOwn(value, name));
};
