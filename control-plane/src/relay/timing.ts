/** What the relay knows of time: everything that gives up after a while gets it from outside. */
export interface Timing {
  now(): number;
  /** Calls once, later; what it returns takes that back. */
  after(ms: number, call: () => void): () => void;
}

export const systemTiming: Timing = {
  now: () => Date.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
};

/** Data that waits this long without a byte of it being taken ends its session. */
export const STALL_MS = 60_000;

/** The reason both sides hear. */
export const stalledReason = (stallMs: number): string => `no progress for ${stallMs / 1000} s`;
