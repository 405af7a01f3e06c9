/**
 * How large values may be, as far as a schema says: characters of texts, items of lists, entries of maps. What no maxLength, maxItems or maxProperties
 * bounds is as large as fits into a request, by upstream's rules.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#resource-use-by-validation-functions
 */
import type { JSONSchemaProps } from '../apiextensions/json-schema-props.ts';
import { isObject } from '../dsl/own.ts';
import { ANY_SIZE, exactly, NOTHING, type Range, upTo } from './cost-range.ts';
import { isWhole, namedProperties } from './json-values.ts';

/** What is known of a value without having it. */
export interface Shape {
  readonly size: Range;
  /** A text or bytes: comparing it costs its length. */
  readonly text?: boolean;
  /** Items of a list, values of a map, what an optional holds. */
  readonly item?: Shape;
  readonly key?: Shape;
  /** By escaped name. */
  readonly field?: (name: string) => Shape | undefined;
}

export const unknown: Shape = { size: ANY_SIZE };
export const scalar: Shape = { size: exactly(1) };
export const textOf = (size: Range): Shape => ({ size, text: true });

export const MAX_REQUEST_BYTES = 3 * 1024 * 1024;
const QUOTES = 2;
const BRACKETS = 2;
/** `"a":` and a comma. */
const KEY_BYTES = 6;
const UTF8_BYTES = 4;

/** Longest and shortest JSON texts of formats. */
const formats: Readonly<Record<string, { readonly max: number; readonly min: number }>> = {
  duration: { max: 32, min: 3 },
  date: { max: 12, min: 12 },
  'date-time': { max: 32, min: 21 },
};

const known = new WeakMap<JSONSchemaProps, { readonly whole: boolean; readonly shape: Shape }>();
const smallest = new WeakMap<JSONSchemaProps, number>();

const schemaIn = (value: unknown): JSONSchemaProps | undefined => (isObject(value) ? (value as JSONSchemaProps) : undefined);
const bound = (value: number | undefined): number | undefined => (value === undefined ? undefined : Math.max(0, value));

/** Bytes that the smallest value of a schema takes as JSON. */
export const minBytes = (schema: JSONSchemaProps): number => {
  let found = smallest.get(schema);
  if (found === undefined) {
    found = smallestOf(schema);
    smallest.set(schema, found);
  }
  return found;
};

const smallestOf = (schema: JSONSchemaProps): number => {
  if (schema['x-kubernetes-int-or-string']) return 1;
  switch (schema.type) {
    case 'string':
      return Object.hasOwn(formats, schema.format ?? '') ? formats[schema.format!]!.min : QUOTES;
    case 'boolean':
      return 4;
    case 'integer':
    case 'number':
      return 1;
    case 'object': {
      const fields = (schema.required ?? []).flatMap((name) => {
        const child = schema.properties && Object.hasOwn(schema.properties, name) ? schemaIn(schema.properties[name]) : undefined;
        return child && child.default === undefined ? [name.length + 4 + minBytes(child)] : [];
      });
      return fields.reduce((sum, bytes) => sum + bytes, BRACKETS);
    }
    default:
      return BRACKETS;
  }
};

/** How often the smallest value may stand in a request. */
export const maxInRequest = (schema: JSONSchemaProps): number => Math.floor(MAX_REQUEST_BYTES / (minBytes(schema) + 1));

const maxItemsOf = (schema: JSONSchemaProps, items: JSONSchemaProps): number =>
  bound(schema.maxItems) ?? Math.floor((MAX_REQUEST_BYTES - BRACKETS) / (minBytes(items) + 1));

const maxEntriesOf = (schema: JSONSchemaProps, values: JSONSchemaProps): number =>
  bound(schema.maxProperties) ?? Math.floor((MAX_REQUEST_BYTES - BRACKETS) / (minBytes(values) + KEY_BYTES));

const maxLengthOf = ({ maxLength, format = '', enum: allowed }: JSONSchemaProps): number => {
  if (maxLength !== undefined) return Math.max(0, maxLength) * (format === 'byte' ? 1 : UTF8_BYTES);
  if (allowed) return Math.max(0, ...allowed.map((one) => (typeof one === 'string' ? one.length : 0)));
  return Object.hasOwn(formats, format) ? formats[format]!.max : MAX_REQUEST_BYTES - QUOTES;
};

const objectShape = (schema: JSONSchemaProps, whole: boolean): Shape => {
  const values = schemaIn(schema.additionalProperties);
  if (values) {
    // upstream takes keys for nothing, and rules are written with that
    return {
      size: upTo(maxEntriesOf(schema, values)),
      key: textOf(NOTHING),
      get item() {
        return shapeOf(values);
      },
    };
  }
  const fields = namedProperties(schema, whole);
  const field = (name: string): Shape | undefined => {
    const child = fields.get(name);
    return child && shapeOf(child);
  };
  return { size: upTo(fields.size), field };
};

const makeShape = (schema: JSONSchemaProps, whole: boolean): Shape => {
  if (schema['x-kubernetes-int-or-string']) return { size: upTo(MAX_REQUEST_BYTES - QUOTES), text: true };
  switch (schema.type) {
    case 'object':
      return objectShape(schema, whole);
    case 'array': {
      const items = schemaIn(schema.items);
      return items
        ? {
            size: upTo(maxItemsOf(schema, items)),
            get item() {
              return shapeOf(items);
            },
          }
        : unknown;
    }
    case 'string':
      return textOf(upTo(maxLengthOf(schema)));
    case 'boolean':
    case 'integer':
    case 'number':
      return scalar;
    default:
      return whole ? objectShape(schema, true) : unknown;
  }
};

export const shapeOf = (schema: JSONSchemaProps, whole: boolean = isWhole(schema)): Shape => {
  let found = known.get(schema);
  if (found?.whole !== whole) {
    found = { whole, shape: makeShape(schema, whole) };
    known.set(schema, found);
  }
  return found.shape;
};

/** A value of either shape. */
export const eitherOf = (a: Shape, b: Shape): Shape => ({
  ...a,
  size: { min: Math.min(a.size.min, b.size.min), max: Math.max(a.size.max, b.size.max) },
  ...(a.item && b.item ? { item: eitherOf(a.item, b.item) } : {}),
});
