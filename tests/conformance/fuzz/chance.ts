/** Randomness from one seed: the same requests every time. */
export interface Chance {
  /** 0 <= x < 1. */
  float(): number;
  /** 0 <= x < below, whole. */
  below(limit: number): number;
  of<T>(values: readonly T[]): T;
  /** True with this probability. */
  hit(share: number): boolean;
}

/** Mulberry32. */
export const chanceOf = (seed: number): Chance => {
  let state = seed >>> 0;
  const float = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(float() * limit);
  return { float, below, of: (values) => values[below(values.length)]!, hit: (share) => float() < share };
};
