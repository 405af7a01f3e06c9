/** Sets of completion indexes in their status form, `0,3-5,7`: ranges that are sorted, apart and joined when they touch. */

/** Inclusive bounds, ascending, never touching. */
export type Ranges = readonly (readonly [first: number, last: number])[];

/** Reads as many ranges as are well formed; indexes from `limit` on are dropped. */
export const parseIndexes = (text: string | undefined, limit: number): Ranges => {
  const out: [number, number][] = [];
  for (const part of text ? text.split(',') : []) {
    const match = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(part);
    if (!match) continue;
    const first = Number(match[1]);
    const last = Math.min(Number(match[2] ?? match[1]), limit - 1);
    if (first <= last) out.push([first, last]);
  }
  return out;
};

export const formatIndexes = (ranges: Ranges): string =>
  ranges.map(([first, last]) => (first === last ? `${first}` : `${first}${last === first + 1 ? ',' : '-'}${last}`)).join(',');

export const countIndexes = (ranges: Ranges): number => ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);

export const hasIndex = (ranges: Ranges, index: number): boolean => {
  let [low, high] = [0, ranges.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first, last] = ranges[middle]!;
    if (index < first) high = middle - 1;
    else if (index > last) low = middle + 1;
    else return true;
  }
  return false;
};

/** The ranges with these indexes added. */
export const withIndexes = (ranges: Ranges, added: readonly number[]): Ranges => {
  if (added.length === 0) return ranges;
  const all = [...ranges, ...added.map((index): [number, number] => [index, index])].sort((a, b) => a[0] - b[0]);
  const out: [number, number][] = [];
  for (const [first, last] of all) {
    const previous = out.at(-1);
    if (previous && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else out.push([first, last]);
  }
  return out;
};

/** How many of `wanted` are in `ranges`. */
export const countShared = (ranges: Ranges, wanted: Ranges): number => {
  let shared = 0;
  for (const [first, last] of wanted) {
    for (const [from, to] of ranges) shared += Math.max(0, Math.min(last, to) - Math.max(first, from) + 1);
  }
  return shared;
};
