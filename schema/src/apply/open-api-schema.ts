/**
 * The type schema of an OpenAPI schema given as data, as a CustomResourceDefinition carries it: `x-kubernetes-list-type`, `-list-map-keys`,
 * `-map-type`, `-preserve-unknown-fields`, `-int-or-string`, `-embedded-resource`. Nothing is copied; each node is read once.
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
import { getOwn, isObject, type JsonObject } from '../dsl/own.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { typeSchemaOf } from './struct-schema.ts';
import { deduced, type FieldSchema, type MapSchema, scalar, type TypeSchema } from './type-schema.ts';

const known = new WeakMap<object, TypeSchema>();

const objectIn = (schema: JsonObject, name: string): JsonObject | undefined => {
  const value = getOwn(schema, name);
  return isObject(value) ? value : undefined;
};

const typeOf = (schema: unknown): TypeSchema => {
  if (!isObject(schema)) return deduced;
  let found = known.get(schema);
  if (!found) {
    found = make(schema);
    known.set(schema, found);
  }
  return found;
};

const make = (schema: JsonObject): TypeSchema => {
  if (schema['x-kubernetes-int-or-string'] === true) return scalar;
  if (schema['x-kubernetes-embedded-resource'] === true) return wholeObject(schema);
  if (schema.type === 'object') return objectType(schema);
  if (schema.type === 'array') return arrayType(schema);
  return schema.type === undefined ? deduced : scalar;
};

const objectType = (schema: JsonObject): TypeSchema => {
  const properties = objectIn(schema, 'properties');
  const additional = getOwn(schema, 'additionalProperties');
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true || additional === true;
  const atomic = schema['x-kubernetes-map-type'] === 'atomic';
  if (!properties && !isObject(additional) && !atomic) return open || additional === undefined ? deduced : scalar;
  return {
    kind: 'map',
    atomic,
    field: (name) => {
      const found = getOwn(properties, name);
      return isObject(found) ? { type: () => typeOf(found), always: false } : undefined;
    },
    ...(isObject(additional) ? { item: () => typeOf(additional) } : open ? { item: () => deduced } : {}),
  };
};

const arrayType = (schema: JsonObject): TypeSchema => {
  const listType = schema['x-kubernetes-list-type'];
  const items = objectIn(schema, 'items') ?? {};
  const keys = schema['x-kubernetes-list-map-keys'];
  const properties = objectIn(items, 'properties') ?? {};
  return {
    kind: 'list',
    listType: listType === 'set' || listType === 'map' ? listType : 'atomic',
    keys: Array.isArray(keys) ? keys.map(String) : [],
    keyDefault: (key) => {
      const property = getOwn(properties, key);
      return isObject(property) ? getOwn(property, 'default') : undefined;
    },
    item: () => typeOf(items),
  };
};

const metadata: FieldSchema = { type: () => typeSchemaOf(ObjectMeta), always: true };
const text: FieldSchema = { type: () => scalar, always: false };
const rootFields = new Map([
  ['metadata', metadata],
  ['apiVersion', text],
  ['kind', text],
]);

/** An object with type and metadata of its own: a custom resource, or one embedded in another. `schema` undefined: free-form. */
export const wholeObject = (schema: unknown): TypeSchema => {
  const inner = isObject(schema) ? objectType({ ...schema, type: 'object' }) : deduced;
  const map: MapSchema = inner.kind === 'map' ? inner : { kind: 'map', atomic: false, field: () => undefined, item: () => deduced };
  return { ...map, field: (name) => rootFields.get(name) ?? map.field(name) };
};
