/** Waiting times between attempts: doubling from `firstMs` to `maxMs`, each between half and the whole of it, so that a fleet does not come back at once. */
export interface Backoff {
  /** Milliseconds to wait before the next attempt. */
  next(): number;
  reset(): void;
}

export const createBackoff = (random: () => number, firstMs = 200, maxMs = 30_000): Backoff => {
  let attempt = 0;
  return {
    next: () => {
      const ceiling = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 20));
      attempt++;
      return ceiling / 2 + (random() * ceiling) / 2;
    },
    reset: () => {
      attempt = 0;
    },
  };
};
