/** Least and most of a cost or a size. The most is as large as upstream's numbers get and stays there. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** 2^64 - 1, as near as a number comes: nothing bounds it. */
export const UNBOUNDED = 2 ** 64;

const capped = (value: number): number => Math.min(value, UNBOUNDED);

export const exactly = (value: number): Range => ({ min: value, max: value });
export const upTo = (max: number): Range => ({ min: 0, max: capped(max) });
export const NOTHING = exactly(0);
export const ANY_SIZE: Range = { min: 0, max: UNBOUNDED };

export const plus = (...all: readonly Range[]): Range => ({
  min: capped(all.reduce((sum, { min }) => sum + min, 0)),
  max: capped(all.reduce((sum, { max }) => sum + max, 0)),
});

export const times = (a: Range, b: Range): Range => ({ min: capped(a.min * b.min), max: capped(a.max * b.max) });
export const scaled = ({ min, max }: Range, factor: number): Range => ({
  min: capped(Math.ceil(min * factor)),
  max: capped(Math.ceil(max * factor)),
});
/** Either of both. */
export const union = (a: Range, b: Range): Range => ({ min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) });
