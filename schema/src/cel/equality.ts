/** Equality and order of values. Deep comparisons are paid for item by item. */
import { type Budget, noSuchOverload } from './errors.ts';
import { equalMarked, isMarked } from './list-semantics.ts';
import { CelMap, Duration, isOpaque, Optional, Timestamp, TypeValue, Uint, type Value } from './values.ts';

const numberOf = (value: Value): bigint | number | undefined => {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return value instanceof Uint ? value.value : undefined;
};

export const equal = (a: Value, b: Value, budget: Budget): boolean => {
  budget.spend(1);
  const left = numberOf(a);
  if (left !== undefined) {
    const right = numberOf(b);
    // biome-ignore lint/suspicious/noDoubleEquals: 1 and 1n are equal
    return right !== undefined && left == right;
  }
  if (typeof a === 'string') {
    if (typeof b !== 'string') return false;
    budget.text(Math.min(a.length, b.length));
    return a === b;
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    if (isMarked(a)) return equalMarked(a, b, budget);
    if (isMarked(b)) return equalMarked(b, a, budget);
    return a.every((item, i) => equal(item, b[i], budget));
  }
  if (a instanceof CelMap) {
    if (!(b instanceof CelMap) || a.size !== b.size) return false;
    budget.spend(a.size * 0.1);
    return a.keys().every((key) => {
      const other = b.get(key);
      return other !== undefined && equal(a.get(key)!, other, budget);
    });
  }
  if (a instanceof Uint8Array) {
    if (!(b instanceof Uint8Array) || a.length !== b.length) return false;
    budget.text(a.length);
    return a.every((byte, i) => byte === b[i]);
  }
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos;
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos;
  if (a instanceof TypeValue) return b instanceof TypeValue && a.type === b.type;
  if (a instanceof Optional) {
    if (!(b instanceof Optional)) return false;
    if (a.value === undefined || b.value === undefined) return a.value === b.value;
    return equal(a.value, b.value, budget);
  }
  return isOpaque(a) && isOpaque(b) && a.opaque === b.opaque && a.key() === b.key();
};

const byCodePoint = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a.charCodeAt(i) !== b.charCodeAt(i)) return a.codePointAt(i)! - b.codePointAt(i)!;
  }
  return a.length - b.length;
};

const order = (a: bigint | number | boolean, b: bigint | number | boolean): number => (a < b ? -1 : a > b ? 1 : a <= b ? 0 : Number.NaN);

/** Negative, 0 or positive; NaN where neither comes first. @throws CelError for values without an order */
export const compare = (a: Value, b: Value, budget: Budget): number => {
  const left = numberOf(a);
  const right = numberOf(b);
  if (left !== undefined && right !== undefined) return order(left, right);
  if (typeof a === 'string' && typeof b === 'string') {
    budget.text(Math.min(a.length, b.length));
    return byCodePoint(a, b);
  }
  if (typeof a === 'boolean' && typeof b === 'boolean') return order(a, b);
  if ((a instanceof Timestamp && b instanceof Timestamp) || (a instanceof Duration && b instanceof Duration))
    return order(a.nanos, b.nanos);
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    budget.text(Math.min(a.length, b.length));
    const at = a.findIndex((byte, i) => byte !== b[i]);
    return at < 0 ? a.length - b.length : b[at] === undefined ? 1 : a[at]! - b[at]!;
  }
  throw noSuchOverload();
};
