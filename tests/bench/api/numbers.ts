/** Percentiles and rates of what was measured. */

/** The value that `share` (0..1) of the sorted values do not exceed; 0 of none. */
export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0;
};

export interface Summary {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly perSecond: number;
}

export const summary = (ms: readonly number[], elapsedMs: number): Summary => ({
  count: ms.length,
  p50: percentile(ms, 0.5),
  p99: percentile(ms, 0.99),
  perSecond: elapsedMs > 0 ? (ms.length / elapsedMs) * 1000 : 0,
});
