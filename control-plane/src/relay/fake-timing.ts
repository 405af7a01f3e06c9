/** For tests of this folder: time that passes only when told to. */
import type { Timing } from './timing.ts';

export interface FakeTiming extends Timing {
  /** Lets it pass, step by step from one thing that waits to the next. */
  pass(ms: number): Promise<void>;
  /** Things that wait. */
  readonly waiting: number;
}

export const fakeTiming = (): FakeTiming => {
  let nowMs = 0;
  const due = new Set<{ readonly atMs: number; readonly call: () => void }>();
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    now: () => nowMs,
    after: (ms, call) => {
      const one = { atMs: nowMs + ms, call };
      due.add(one);
      return () => void due.delete(one);
    },
    get waiting() {
      return due.size;
    },
    pass: async (ms) => {
      const until = nowMs + ms;
      await settle();
      for (;;) {
        const next = [...due].sort((a, b) => a.atMs - b.atMs)[0];
        if (!next || next.atMs > until) break;
        nowMs = next.atMs;
        due.delete(next);
        next.call();
        await settle();
      }
      nowMs = until;
    },
  };
};
