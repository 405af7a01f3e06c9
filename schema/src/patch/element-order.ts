/**
 * The order of a merged list. Items that the patch names come in the patch's order, the others in the order they had on the server; where
 * both kinds meet, two items that were both on the server keep their server order, otherwise the patch's item comes first.
 */
import { getOwn, isObject } from '../dsl/own.ts';

/** Items without the key (only possible in stored data) are taken as themselves. */
const keyed =
  (key: string) =>
  (item: unknown): unknown =>
    isObject(item) ? (getOwn(item, key) ?? item) : item;

const order = (
  merged: readonly unknown[],
  patch: readonly unknown[],
  server: readonly unknown[],
  id: (item: unknown) => unknown,
): unknown[] => {
  const patchRank = ranks(patch, id);
  const serverRank = ranks(server, id);
  const rank = (of: Map<unknown, number>, item: unknown): number => of.get(id(item)) ?? Number.MAX_SAFE_INTEGER;
  const named = merged.filter((item) => patchRank.has(id(item))).sort((a, b) => rank(patchRank, a) - rank(patchRank, b));
  const others = merged.filter((item) => !patchRank.has(id(item))).sort((a, b) => rank(serverRank, a) - rank(serverRank, b));
  const out: unknown[] = [];
  let n = 0;
  let o = 0;
  while (n < named.length || o < others.length) {
    const left = others[o];
    const right = named[n];
    const takeOther =
      n >= named.length ||
      (o < others.length && serverRank.has(id(left)) && serverRank.has(id(right)) && rank(serverRank, left) < rank(serverRank, right));
    out.push(takeOther ? left : right);
    if (takeOther) o++;
    else n++;
  }
  return out;
};

const ranks = (items: readonly unknown[], id: (item: unknown) => unknown): Map<unknown, number> => {
  const out = new Map<unknown, number>();
  items.forEach((item, i) => {
    if (!out.has(id(item))) out.set(id(item), i);
  });
  return out;
};

/** Items are maps with a merge key. */
export const orderKeyed = (merged: readonly unknown[], patch: readonly unknown[], server: readonly unknown[], key: string): unknown[] =>
  order(merged, patch, server, keyed(key));

/** Items are scalars. */
export const orderScalars = (merged: readonly unknown[], patch: readonly unknown[], server: readonly unknown[]): unknown[] =>
  order(merged, patch, server, (item) => item);
