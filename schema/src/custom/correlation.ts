/** Which old value stands at the same place as a new one: fields by name, items of map lists by their keys, nothing in lists without keys. */
import type { JSONSchemaProps } from '../apiextensions/json-schema-props.ts';
import { getOwn, isObject, type JsonObject } from '../dsl/own.ts';

/** Whether fields of an object keep their places. */
export const isCorrelatable = (schema: JSONSchemaProps): boolean => schema['x-kubernetes-map-type'] !== 'atomic';

const markOf = (item: unknown, keys: readonly string[], items: JSONSchemaProps): string | undefined => {
  if (!isObject(item)) return undefined;
  return JSON.stringify(keys.map((key) => getOwn(item as JsonObject, key) ?? items.properties?.[key]?.default ?? null));
};

/** Old items for the new ones, by position; undefined where no item has a place of its own. */
export const correlatedItems = (schema: JSONSchemaProps, value: readonly unknown[], old: unknown): readonly unknown[] | undefined => {
  if (schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(old) || !isObject(schema.items)) return undefined;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const items = schema.items as JSONSchemaProps;
  const before = new Map(old.map((item) => [markOf(item, keys, items), item]));
  return value.map((item) => {
    const mark = markOf(item, keys, items);
    return mark === undefined ? undefined : before.get(mark);
  });
};
