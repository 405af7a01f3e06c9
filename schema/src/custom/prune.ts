/**
 * Pruning by a structural schema: what no schema names is left out and told, where the schema does not keep unknown fields; a null that the schema neither
 * allows nor has a default for is left out untold. Values of the wrong type stay for ./validate.ts to judge. Recursion follows the value and is bounded by
 * `maxDepth`.
 */
import type { JSONSchemaProps } from '../apiextensions/json-schema-props.ts';
import { getOwn, isObject, type JsonObject, setOwn } from '../dsl/own.ts';
import { ObjectMeta } from '../meta/object-meta.ts';

/** At most this many unknown fields are told. */
export const MAX_REPORTED = 1000;

export interface Pruning {
  readonly strict: boolean;
  readonly maxDepth: number;
  /** Such as `unknown field "spec.foo"`. */
  readonly unknownFields: string[];
}

/** A deeper value than the schema may be judged. */
export class DepthError extends Error {
  override readonly name = 'DepthError';
}

/** The schema of what stands under `key`; `true`: anything, and nothing below is pruned; undefined: unknown. */
export const schemaUnder = (schema: JSONSchemaProps, key: string): JSONSchemaProps | true | undefined => {
  const property = getOwn(schema.properties, key);
  if (isObject(property)) return property as JSONSchemaProps;
  const { additionalProperties } = schema;
  if (isObject(additionalProperties)) return additionalProperties as JSONSchemaProps;
  if (additionalProperties === true || schema['x-kubernetes-preserve-unknown-fields'] === true) return true;
  return undefined;
};

/** What an embedded object has beside its schema. */
const ofEveryObject: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

/** A null that counts as if it were not there. Nulls with a default are ./default.ts's. */
export const isStrayNull = (schema: JSONSchemaProps | true | undefined, value: unknown): boolean =>
  value === null && isObject(schema) && schema.nullable !== true && schema.default === undefined;

/** Metadata of an embedded object has the fields of every object's. */
const ofMetadata = (value: unknown, at: string, pruning: Pruning, depth: number): unknown => {
  if (!isObject(value)) return value;
  const known = Object.keys(value).filter((key) => Object.hasOwn(ObjectMeta.fields, key));
  const unknown = Object.keys(value).filter((key) => !known.includes(key));
  if (pruning.strict) {
    const room = MAX_REPORTED - pruning.unknownFields.length;
    pruning.unknownFields.push(...unknown.slice(0, Math.max(room, 0)).map((key) => `unknown field ${JSON.stringify(`${at}.${key}`)}`));
  }
  const left = Object.fromEntries(known.map((key) => [key, value[key]]));
  return prune(true, left, at, pruning, depth + 1);
};

/** A pruned copy that shares nothing with `value`. @throws DepthError */
export const prune = (schema: JSONSchemaProps | true, value: unknown, at: string, pruning: Pruning, depth = 1): unknown => {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null) return value;
  if (depth > pruning.maxDepth) throw new DepthError('exceeded max depth');
  if (Array.isArray(value)) {
    const items = schema !== true && isObject(schema.items) ? (schema.items as JSONSchemaProps) : true;
    return value.map((item, i) => prune(items, item, `${at}[${i}]`, pruning, depth + 1));
  }
  const out: JsonObject = {};
  const embedded = schema !== true && schema['x-kubernetes-embedded-resource'] === true;
  for (const key of Object.keys(value)) {
    const path = at === '' ? key : `${at}.${key}`;
    const under = schema === true || (embedded && ofEveryObject.has(key)) ? true : schemaUnder(schema, key);
    if (isStrayNull(under, (value as JsonObject)[key])) continue;
    if (embedded && key === 'metadata') {
      setOwn(out, key, ofMetadata((value as JsonObject)[key], path, pruning, depth));
      continue;
    }
    if (under !== undefined) setOwn(out, key.toWellFormed(), prune(under, (value as JsonObject)[key], path, pruning, depth + 1));
    else if (pruning.strict && pruning.unknownFields.length < MAX_REPORTED) {
      pruning.unknownFields.push(`unknown field ${JSON.stringify(path)}`);
    }
  }
  return out;
};

/**
 * What was stored when the schema named more, as it is now: pruned. `whole`: an object with a name and a type. Nothing is changed in place; the same value when
 * there is nothing to prune, and what stays is shared.
 */
export const pruned = <T>(schema: JSONSchemaProps | true | undefined, value: T, whole = false): T => {
  if (typeof value !== 'object' || value === null || schema === true || schema === undefined) return value;
  if (Array.isArray(value)) {
    if (!isObject(schema.items)) return value;
    const items = value.map((item) => pruned(schema.items as JSONSchemaProps, item));
    return items.some((item, i) => item !== value[i]) ? (items as T) : value;
  }
  const embedded = whole || schema['x-kubernetes-embedded-resource'] === true;
  const out: JsonObject = {};
  let same = true;
  for (const key of Object.keys(value)) {
    const before = (value as JsonObject)[key];
    const under = embedded && ofEveryObject.has(key) ? true : schemaUnder(schema, key);
    const left = under === undefined || isStrayNull(under, before);
    const after = left ? undefined : pruned(under, before);
    if (left || after !== before) same = false;
    if (!left) setOwn(out, key, after);
  }
  return same ? value : (out as T);
};
