/**
 * Pruning by a structural schema: what no schema names is left out and told, where the schema does not keep unknown fields. Values of the wrong
 * type stay for ./validate.ts to judge. Recursion follows the value and is bounded by `maxDepth`.
 */
import type { JSONSchemaProps } from '../apiextensions/json-schema-props.ts';
import { getOwn, isObject, type JsonObject, setOwn } from '../dsl/own.ts';

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
  const property = schema.properties && getOwn(schema.properties, key);
  if (isObject(property)) return property as JSONSchemaProps;
  const { additionalProperties } = schema;
  if (isObject(additionalProperties)) return additionalProperties as JSONSchemaProps;
  if (additionalProperties === true || schema['x-kubernetes-preserve-unknown-fields'] === true) return true;
  return undefined;
};

/** What an embedded object has beside its schema. */
const ofEveryObject: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata']);

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
    if (under !== undefined) setOwn(out, key.toWellFormed(), prune(under, (value as JsonObject)[key], path, pruning, depth + 1));
    else if (pruning.strict && pruning.unknownFields.length < MAX_REPORTED) {
      pruning.unknownFields.push(`unknown field ${JSON.stringify(path)}`);
    }
  }
  return out;
};
