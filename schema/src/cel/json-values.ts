/**
 * JSON as values and types of CEL, with the help of a schema: what it calls an integer is an int, a date-time a timestamp, and fields it does not
 * name do not exist. Without a schema everything is dyn. Converted when it is read, so an expression pays for what it looks at.
 */

import type { JSONSchemaProps } from '../apiextensions/json-schema-props.ts';
import { decodeBase64 } from '../dsl/base64.ts';
import { getOwn, isObject, type JsonObject } from '../dsl/own.ts';
import { parseTime } from '../meta/time.ts';
import { durationOf, timestampOf } from './library/conversions.ts';
import { markList } from './list-semantics.ts';
import { escapeName } from './names.ts';
import { BOOL, BYTES, type CelType, DOUBLE, DURATION, DYN, INT, listOf, mapOf, objectOf, STRING, TIMESTAMP } from './types.ts';
import { CelMap, type Value } from './values.ts';

export type Schema = JSONSchemaProps;

const metadata: Schema = { type: 'object', properties: { name: { type: 'string' }, generateName: { type: 'string' } } };
const ofEveryObject: Readonly<Record<string, Schema>> = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata };

/** Of a whole object name and type are always there. */
const propertiesOf = (schema: Schema, whole: boolean): Readonly<Record<string, Schema>> =>
  whole ? { ...schema.properties, ...ofEveryObject } : (schema.properties ?? {});

const below = (schema: unknown): Schema | undefined => (isObject(schema) ? (schema as Schema) : undefined);
export const isWhole = (schema: Schema): boolean => schema['x-kubernetes-embedded-resource'] === true;

const plain = new WeakSet<Schema>();

/** A schema of this program: its names are written as they are, also those that CEL keeps for itself. */
export const plainNames = (schema: Schema): Schema => {
  plain.add(schema);
  return schema;
};

const nameIn = (schema: Schema, name: string): string | undefined => (plain.has(schema) ? name : escapeName(name));

/** Properties by escaped name; those no expression can name are left out. */
export const namedProperties = (schema: Schema, whole: boolean): ReadonlyMap<string, Schema> =>
  new Map(
    Object.entries(propertiesOf(schema, whole)).flatMap(([name, child]) => {
      const escaped = nameIn(schema, name);
      return escaped === undefined ? [] : [[escaped, child] as const];
    }),
  );

const stringTypes: Readonly<Record<string, CelType>> = { byte: BYTES, duration: DURATION, date: TIMESTAMP, 'date-time': TIMESTAMP };

const objectType = (schema: Schema, whole: boolean): CelType | undefined => {
  const additional = below(schema.additionalProperties);
  if (additional) {
    const value = typeOf(additional, isWhole(additional));
    return value && mapOf(STRING, value);
  }
  const fields = new Map<string, CelType>();
  for (const [name, child] of Object.entries(propertiesOf(schema, whole))) {
    const escaped = nameIn(schema, name);
    const type = escaped === undefined ? undefined : typeOf(child, isWhole(child));
    if (escaped !== undefined && type) fields.set(escaped, type);
  }
  return objectOf('object', fields);
};

const known = new WeakMap<Schema, { type: CelType | undefined; readonly whole: boolean }>();

/** undefined: a value without a type, which no expression can reach. */
export const typeOf = (schema: Schema, whole: boolean): CelType | undefined => {
  let found = known.get(schema);
  if (found?.whole !== whole) {
    found = { type: makeType(schema, whole), whole };
    known.set(schema, found);
  }
  return found.type;
};

const makeType = (schema: Schema, whole: boolean): CelType | undefined => {
  if (schema['x-kubernetes-int-or-string']) return DYN;
  switch (schema.type) {
    case 'object':
      return objectType(schema, whole);
    case 'array': {
      const items = below(schema.items);
      const item = items && typeOf(items, isWhole(items));
      return item && listOf(item);
    }
    case 'string':
      return (schema.format !== undefined && Object.hasOwn(stringTypes, schema.format) && stringTypes[schema.format]) || STRING;
    case 'boolean':
      return BOOL;
    case 'number':
      return DOUBLE;
    case 'integer':
      return INT;
    default:
      return whole ? objectType(schema, true) : undefined;
  }
};

class JsonMap extends CelMap {
  readonly #raw: JsonObject;
  readonly #schema: Schema | undefined;
  readonly #whole: boolean;
  readonly #made = new Map<string, Value>();
  #names: ReadonlyMap<string, string> | undefined;

  constructor(raw: JsonObject, schema: Schema | undefined, whole: boolean) {
    super();
    this.#raw = raw;
    this.#schema = schema;
    this.#whole = whole;
  }

  /** Names of the object by their escaped form, where a schema names them. */
  #escaped(): ReadonlyMap<string, string> | undefined {
    const schema = this.#schema;
    if (!schema || below(schema.additionalProperties)) return undefined;
    this.#names ??= new Map(
      Object.keys(propertiesOf(schema, this.#whole)).flatMap((name) => {
        const escaped = nameIn(schema, name);
        return escaped === undefined || getOwn(this.#raw, name) === undefined ? [] : [[escaped, name]];
      }),
    );
    return this.#names;
  }

  get size(): number {
    return this.#escaped()?.size ?? Object.keys(this.#raw).length;
  }

  keys(): readonly Value[] {
    const names = this.#escaped();
    return names ? [...names.keys()] : Object.keys(this.#raw);
  }

  get(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined;
    const names = this.#escaped();
    const name = names ? names.get(key) : key;
    const raw = name === undefined ? undefined : getOwn(this.#raw, name);
    if (name === undefined || raw === undefined) return undefined;
    let made = this.#made.get(key);
    if (made === undefined) {
      const schema = this.#schema && (getOwn(propertiesOf(this.#schema, this.#whole), name) ?? below(this.#schema.additionalProperties));
      made = toValue(raw, schema as Schema | undefined);
      this.#made.set(key, made);
    }
    return made;
  }
}

const textValue = (text: string, format: string | undefined): Value => {
  try {
    if (format === 'date-time') return timestampOf(text.toUpperCase());
    if (format === 'date' && !Number.isNaN(parseTime(`${text}T00:00:00Z`))) return timestampOf(`${text}T00:00:00Z`);
    if (format === 'duration') return durationOf(text);
    if (format === 'byte') return decodeBase64(text);
  } catch {
    // a text that is not of its format: its own error says so
  }
  return text;
};

const MAX_INT = 2 ** 63;

/** JSON of a type that is not the schema's stays what it is: its own error says so. */
export const toValue = (raw: unknown, schema?: Schema, whole: boolean = schema !== undefined && isWhole(schema)): Value => {
  if (typeof raw === 'number') {
    return schema?.type !== 'number' && Number.isInteger(raw) && Math.abs(raw) < MAX_INT ? BigInt(raw) : raw;
  }
  if (typeof raw === 'string') return textValue(raw, schema?.type === 'string' ? schema.format : undefined);
  if (typeof raw === 'boolean' || raw === null || raw === undefined) return raw ?? null;
  if (Array.isArray(raw)) {
    const items = below(schema?.items);
    const list = raw.map((item) => toValue(item, items));
    const kind = schema?.['x-kubernetes-list-type'];
    if (kind === 'set') return markList(list, []);
    return kind === 'map' ? markList(list, schema?.['x-kubernetes-list-map-keys'] ?? []) : list;
  }
  return new JsonMap(raw as JsonObject, schema?.['x-kubernetes-int-or-string'] ? undefined : schema, whole);
};
