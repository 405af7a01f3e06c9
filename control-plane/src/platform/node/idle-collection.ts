/**
 * Memory that a busy time took goes back to the system when there is nothing to do. While there is, garbage is left to V8's own pace: keeping the heap small
 * all the time, as `--memory-saver-mode` does, takes twice the processor time for each list and each watch.
 */
export interface Usage {
  /** Of the process so far. */
  readonly cpuMs: number;
  /** What V8 holds, used or not. */
  readonly heapBytes: number;
}

export interface IdleCollectionOptions {
  readonly usage: () => Usage;
  /** Collects all garbage and gives back what is free; holds everything up meanwhile. */
  readonly collect: () => void;
}

/** Between two looks, in ms. */
export const LOOK_MS = 1_000;
/** What housekeeping takes of a processor between two looks. */
const IDLE_SHARE = 0.05;
/** Less growth than this is not worth the time. */
const LEAST_GROWTH_BYTES = 8 * 1024 * 1024;
const LEAST_GROWTH = 1.15;

/** Returns what is to be called every {@link LOOK_MS}. */
export const createIdleCollection = ({ usage, collect }: IdleCollectionOptions): (() => void) => {
  let { cpuMs: before, heapBytes: kept } = usage();
  return () => {
    const { cpuMs, heapBytes } = usage();
    const idle = cpuMs - before < LOOK_MS * IDLE_SHARE;
    before = cpuMs;
    kept = Math.min(kept, heapBytes);
    if (!idle || heapBytes < kept * LEAST_GROWTH + LEAST_GROWTH_BYTES) return;
    collect();
    ({ cpuMs: before, heapBytes: kept } = usage());
  };
};

/** Of this process. undefined where it was not started with `--expose-gc`. */
export const idleCollectionOfProcess = (): (() => void) | undefined => {
  const { gc } = globalThis;
  if (!gc) return undefined;
  return createIdleCollection({
    usage: () => {
      const { user, system } = process.cpuUsage();
      return { cpuMs: (user + system) / 1000, heapBytes: process.memoryUsage().heapTotal };
    },
    collect: () => void gc({ type: 'major', execution: 'sync', flavor: 'last-resort' }),
  });
};
