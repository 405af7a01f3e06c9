/** Operators as functions. Ints are 64 bits wide: results beyond are errors, never rounded. */
import { compare, equal } from '../equality.ts';
import { type Budget, CelError, noSuchKey } from '../errors.ts';
import { addMarked, isMarked } from '../list-semantics.ts';
import type { Implementation, Library } from '../overloads.ts';
import { CelMap, Duration, Optional, Timestamp, Uint, type Value } from '../values.ts';

const MAX_INT = (1n << 63n) - 1n;
const MAX_UINT = (1n << 64n) - 1n;
/** Seconds of the years 1 to 9999, in nanoseconds. */
const FIRST_TIME = -62_135_596_800n * 1_000_000_000n;
const LAST_TIME = 253_402_300_799n * 1_000_000_000n + 999_999_999n;

export const int = (value: bigint): bigint => {
  if (value > MAX_INT || value < -MAX_INT - 1n) throw new CelError('integer overflow');
  return value;
};

export const uint = (value: bigint): Uint => {
  if (value < 0n || value > MAX_UINT) throw new CelError('unsigned integer overflow');
  return new Uint(value);
};

export const duration = (nanos: bigint): Duration => new Duration(int(nanos));

export const timestamp = (nanos: bigint): Timestamp => {
  if (nanos < FIRST_TIME || nanos > LAST_TIME) throw new CelError('timestamp overflow');
  return new Timestamp(nanos);
};

const divisor = (value: bigint, problem: string): bigint => {
  if (value === 0n) throw new CelError(problem);
  return value;
};

const ofInts =
  (of: (a: bigint, b: bigint) => bigint): Implementation =>
  ([a, b]) =>
    int(of(a, b));
const ofUints =
  (of: (a: bigint, b: bigint) => bigint): Implementation =>
  ([a, b]) =>
    uint(of(a.value, b.value));
const ofTimes =
  (of: (a: bigint, b: bigint) => bigint, make: (nanos: bigint) => Value): Implementation =>
  ([a, b]) =>
    make(of(a.nanos, b.nanos));

const add = (a: bigint, b: bigint): bigint => a + b;
const subtract = (a: bigint, b: bigint): bigint => a - b;
const multiply = (a: bigint, b: bigint): bigint => a * b;
const divide = (a: bigint, b: bigint): bigint => a / divisor(b, 'division by zero');
const rest = (a: bigint, b: bigint): bigint => a % divisor(b, 'modulus by zero');
const negate = (a: bigint): bigint => -a;

const arithmetic: Library = {
  '_+_(int, int): int': ofInts(add),
  '_-_(int, int): int': ofInts(subtract),
  '_*_(int, int): int': ofInts(multiply),
  '_/_(int, int): int': ofInts(divide),
  '_%_(int, int): int': ofInts(rest),
  '-_(int): int': ([a]) => int(negate(a)),
  '_+_(uint, uint): uint': ofUints(add),
  '_-_(uint, uint): uint': ofUints(subtract),
  '_*_(uint, uint): uint': ofUints(multiply),
  '_/_(uint, uint): uint': ofUints(divide),
  '_%_(uint, uint): uint': ofUints(rest),
  '_+_(double, double): double': ([a, b]) => a + b,
  '_-_(double, double): double': ([a, b]) => a - b,
  '_*_(double, double): double': ([a, b]) => a * b,
  '_/_(double, double): double': ([a, b]) => a / b,
  '-_(double): double': ([a]) => -a,
  '_+_(duration, duration): duration': ofTimes(add, duration),
  '_-_(duration, duration): duration': ofTimes(subtract, duration),
  '-_(duration): duration': ([a]) => duration(negate(a.nanos)),
  '_+_(timestamp, duration): timestamp': ofTimes(add, timestamp),
  '_+_(duration, timestamp): timestamp': ofTimes(add, timestamp),
  '_-_(timestamp, duration): timestamp': ofTimes(subtract, timestamp),
  '_-_(timestamp, timestamp): duration': ofTimes(subtract, duration),
  '_+_(string, string): string': ([a, b], { budget }) => {
    budget.text(a.length + b.length);
    return a + b;
  },
  '_+_(bytes, bytes): bytes': ([a, b], { budget }) => {
    budget.text(a.length + b.length);
    return Uint8Array.of(...a, ...b);
  },
  '_+_(list<T>, list<T>): list<T>': ([a, b], { budget }) => {
    budget.text(a.length + b.length);
    return isMarked(a) ? addMarked(a, b, budget) : [...a, ...b];
  },
  '!_(bool): bool': ([a]) => !a,
  '_?_:_(bool, T, T): T': ([condition, yes, no]) => (condition ? yes : no),
};

const ordered = ['bool', 'string', 'bytes', 'timestamp', 'duration'].map((type) => [type, type]);
const numbers = ['int', 'uint', 'double'];
const pairs = [...ordered, ...numbers.flatMap((a) => numbers.map((b) => [a, b]))];
const orders: readonly (readonly [string, (order: number) => boolean])[] = [
  ['<', (order) => order < 0],
  ['<=', (order) => order <= 0],
  ['>', (order) => order > 0],
  ['>=', (order) => order >= 0],
];

const relations: Library = Object.fromEntries(
  orders.flatMap(([sign, holds]) =>
    pairs.map(([a, b]) => [
      `_${sign}_(${a}, ${b}): bool`,
      ([left, right]: readonly Value[], { budget }: { budget: Budget }) => holds(compare(left!, right!, budget)),
    ]),
  ),
);

const at = (list: readonly Value[], index: Value): Value | undefined => {
  const i = typeof index === 'object' && index instanceof Uint ? Number(index.value) : Number(index);
  return Number.isInteger(i) && i >= 0 ? list[i] : undefined;
};

const item = (list: readonly Value[], index: Value): Value => {
  const found = at(list, index);
  if (found === undefined) throw new CelError(`index out of bounds: ${String(index instanceof Uint ? index.value : index)}`);
  return found;
};

const entry = (map: CelMap, key: Value): Value => {
  const found = map.get(key);
  if (found === undefined) throw noSuchKey(String(key instanceof Uint ? key.value : key));
  return found;
};

const perhaps = (value: Value | undefined): Optional => (value === undefined ? Optional.none : new Optional(value));

/** Of an optional: the element of what it holds, if it holds something that has it. */
const within = ({ value }: Optional, key: Value): Optional => {
  if (value instanceof CelMap) return perhaps(value.get(key));
  return Array.isArray(value) ? perhaps(at(value, key)) : Optional.none;
};

const access: Library = {
  '_[_](list<T>, int): T': ([list, i]) => item(list, i),
  '_[_](list<T>, uint): T': ([list, i]) => item(list, i),
  '_[_](list<T>, double): T': ([list, i]) => item(list, i),
  '_[_](map<K, V>, K): V': ([map, key]) => entry(map, key),
  '_[_](optional<list<T>>, int): optional<T>': ([optional, i]) => within(optional, i),
  '_[_](optional<map<K, V>>, K): optional<V>': ([optional, key]) => within(optional, key),
  '_[?_](list<T>, int): optional<T>': ([list, i]) => perhaps(at(list, i)),
  '_[?_](map<K, V>, K): optional<V>': ([map, key]) => perhaps(map.get(key)),
  '_[?_](optional<list<T>>, int): optional<T>': ([optional, i]) => within(optional, i),
  '_[?_](optional<map<K, V>>, K): optional<V>': ([optional, key]) => within(optional, key),
  '@in(T, list<T>): bool': ([value, list], { budget }) => list.some((one: Value) => equal(value, one, budget)),
  '@in(K, map<K, V>): bool': ([key, map]) => map.has(key),
  '_==_(T, T): bool': ([a, b], { budget }) => equal(a, b, budget),
  '_!=_(T, T): bool': ([a, b], { budget }) => !equal(a, b, budget),
};

const optionals: Library = {
  'optional.of(T): optional<T>': ([value]) => new Optional(value),
  'optional.ofNonZeroValue(T): optional<T>': ([value]) => (isZero(value) ? Optional.none : new Optional(value)),
  'optional.none(): optional<T>': () => Optional.none,
  'optional<T>.hasValue(): bool': ([optional]) => optional.value !== undefined,
  'optional<T>.value(): T': ([optional]) => {
    if (optional.value === undefined) throw new CelError('optional.none() dereference');
    return optional.value;
  },
  // reached where there is no value only
  'optional<T>.or(optional<T>): optional<T>': ([, other]) => other,
  'optional<T>.orValue(T): T': ([, other]) => other,
};

const isZero = (value: Value): boolean => {
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Duration || value instanceof Timestamp) return value.nanos === 0n;
  if (value instanceof CelMap) return value.size === 0;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0;
  return value === null || value === false || value === 0n || value === 0 || value === '';
};

export const operators: Library = { ...arithmetic, ...relations, ...access, ...optionals };
