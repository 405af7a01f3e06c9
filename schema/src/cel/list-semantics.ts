/** Lists of a schema that are sets or maps: their order does not matter to equality, and adding to them merges. */
import { equal } from './equality.ts';
import type { Budget } from './errors.ts';
import { CelMap, Duration, keyMark, Timestamp, type Value } from './values.ts';

type List = readonly Value[];

/** `keys`: those of a map; none for a set. */
const kinds = new WeakMap<List, readonly string[]>();

/** `list` is a set, or with `keys` a map. */
export const markList = (list: List, keys: readonly string[]): List => {
  kinds.set(list, keys);
  return list;
};

export const isMarked = (list: List): boolean => kinds.has(list);

/** What tells an item from the others: the keys of a map, else the value itself. */
const identify = (item: Value, keys: readonly string[], budget: Budget): string => {
  budget.spend(1 + keys.length);
  if (keys.length > 0 && item instanceof CelMap) return JSON.stringify(keys.map((key) => keyMark(item.get(key) ?? null) ?? ''));
  return keyMark(item) ?? deepMark(item, budget);
};

const deepMark = (value: Value, budget: Budget): string => {
  budget.spend(1);
  if (Array.isArray(value)) return JSON.stringify(value.map((item) => deepMark(item, budget)));
  if (value instanceof CelMap) {
    const entries = value.keys().map((key) => [keyMark(key) ?? '', deepMark(value.get(key)!, budget)]);
    return JSON.stringify(Object.entries(Object.fromEntries(entries)).sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  if (value instanceof Timestamp || value instanceof Duration) return `t${value.nanos}`;
  return keyMark(value) ?? String(value);
};

/** `a` is marked. */
export const equalMarked = (a: List, b: List, budget: Budget): boolean => {
  if (a.length !== b.length) return false;
  const keys = kinds.get(a) ?? [];
  const others = new Map(b.map((item) => [identify(item, keys, budget), item]));
  return a.every((item) => {
    const other = others.get(identify(item, keys, budget));
    return other !== undefined && (keys.length === 0 || equal(item, other, budget));
  });
};

/** `a` is marked: items of `b` that are in it take their place, the others follow. */
export const addMarked = (a: List, b: List, budget: Budget): List => {
  const keys = kinds.get(a) ?? [];
  const merged = new Map<string, Value>();
  for (const item of [...a, ...b]) {
    const mark = identify(item, keys, budget);
    if (keys.length > 0 || !merged.has(mark)) merged.set(mark, item);
  }
  return markList([...merged.values()], keys);
};
