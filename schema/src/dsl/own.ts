/**
 * Plain objects whose keys come from a client. A key named `__proto__` must become an ordinary property (it is a legal ConfigMap key) and must
 * never reach the prototype; reads must never find inherited names such as `constructor`.
 */
export type JsonObject = Record<string, unknown>;

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value);

/** `object[key] = value` that is safe for every key. */
export const setOwn = (object: JsonObject, key: string, value: unknown): void => {
  if (key === '__proto__') Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  else object[key] = value;
};

/** `object[key]`, own properties only; of nothing, nothing. */
export const getOwn = <T>(object: Readonly<Record<string, T>> | null | undefined, key: string): T | undefined =>
  object && Object.hasOwn(object, key) ? object[key] : undefined;

/** A copy of plain JSON data. @throws RangeError when it is nested deeper than 10,000 levels (parsed input never is). */
export const cloneJson = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(cloneJson) as T;
  const out: JsonObject = {};
  for (const key of Object.keys(value)) setOwn(out, key, cloneJson((value as JsonObject)[key]));
  return out as T;
};

/** Deep equality of JSON data; key order does not matter, a key that holds `undefined` counts as absent. */
export const equalJson = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && equalLists(a, b);
  const left = a as JsonObject;
  const right = b as JsonObject;
  let common = 0;
  for (const key of Object.keys(left)) {
    const value = left[key];
    if (value === undefined) continue;
    if (!equalJson(value, getOwn(right, key))) return false;
    common++;
  }
  const others = Object.keys(right);
  return others.length === common || others.every((key) => right[key] === undefined || getOwn(left, key) !== undefined);
};

const equalLists = (a: readonly unknown[], b: readonly unknown[]): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!equalJson(a[i], b[i])) return false;
  return true;
};
