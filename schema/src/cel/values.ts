/**
 * The values of CEL: int is a bigint, double a number, lists are arrays, everything else as JavaScript has it or a class below. JSON becomes
 * values in ./json-values.ts. Nothing here ever reads an inherited property.
 */

export class Uint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** Nanoseconds since 1970. */
export class Timestamp {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

export class Duration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** A type as a value: `type(1) == int`. */
export class TypeValue {
  readonly type: string;
  constructor(type: string) {
    this.type = type;
  }
}

export class Optional {
  static readonly none = new Optional(undefined);
  /** undefined: none. */
  readonly value: Value | undefined;
  constructor(value: Value | undefined) {
    this.value = value;
  }
}

/** Maps and objects. Keys of a map are bool, int, uint or string; numbers that are equal are the same key. */
export abstract class CelMap {
  abstract readonly size: number;
  abstract get(key: Value): Value | undefined;
  abstract keys(): readonly Value[];
  has(key: Value): boolean {
    return this.get(key) !== undefined;
  }
}

/** A value of a library. `key` is equal for equal values. */
export interface Opaque {
  readonly opaque: string;
  readonly key: () => string;
}

export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | Uint
  | Timestamp
  | Duration
  | TypeValue
  | Optional
  | CelMap
  | Opaque
  | readonly Value[];

export const isList = (value: Value): value is readonly Value[] => Array.isArray(value);
export const isOpaque = (value: Value): value is Opaque =>
  typeof value === 'object' && value !== null && 'opaque' in value && typeof value.opaque === 'string';

/** Where a key stands in a map; undefined when it cannot be a key. */
export const keyMark = (key: Value): string | undefined => {
  switch (typeof key) {
    case 'string':
      return `s${key}`;
    case 'bigint':
      return `n${key}`;
    case 'boolean':
      return `b${key}`;
    case 'number':
      return Number.isInteger(key) ? `n${BigInt(key)}` : `d${key}`;
    default:
      return key instanceof Uint ? `n${key.value}` : undefined;
  }
};

/** A map that an expression made. */
export class MadeMap extends CelMap {
  readonly #entries: ReadonlyMap<string, readonly [Value, Value]>;
  /** `entries` by `keyMark`. */
  constructor(entries: ReadonlyMap<string, readonly [Value, Value]>) {
    super();
    this.#entries = entries;
  }
  get size(): number {
    return this.#entries.size;
  }
  get(key: Value): Value | undefined {
    const mark = keyMark(key);
    return mark === undefined ? undefined : this.#entries.get(mark)?.[1];
  }
  keys(): readonly Value[] {
    return [...this.#entries.values()].map(([key]) => key);
  }
}

/** Names a type as `type(x)` shows it and overloads are told apart by it. */
export const typeNameOf = (value: Value): string => {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
    case 'boolean':
      return 'bool';
    default:
      break;
  }
  if (value === null) return 'null_type';
  if (Array.isArray(value)) return 'list';
  if (value instanceof CelMap) return 'map';
  if (value instanceof Uint) return 'uint';
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp';
  if (value instanceof Duration) return 'google.protobuf.Duration';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Optional) return 'optional_type';
  if (value instanceof TypeValue) return 'type';
  return (value as Opaque).opaque;
};
