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
/** Less growth than this is not worth the time, at once; */
const SOON = { share: 1.15, bytes: 8 * 1024 * 1024 };
/** and less than this not even after some rest, once for each busy time: a short one leaves less behind than a long one, and it would stay for hours. */
const LATER = { share: 1.05, bytes: 2 * 1024 * 1024 };
const LATER_LOOKS = 2;

/** Returns what is to be called every {@link LOOK_MS}. */
export const createIdleCollection = ({ usage, collect }: IdleCollectionOptions): (() => void) => {
  let { cpuMs: before, heapBytes: kept } = usage();
  let idleLooks = 0;
  let settled = true;
  return () => {
    const { cpuMs, heapBytes } = usage();
    const idle = cpuMs - before < LOOK_MS * IDLE_SHARE;
    before = cpuMs;
    kept = Math.min(kept, heapBytes);
    idleLooks = idle ? idleLooks + 1 : 0;
    if (!idle) {
      settled = false;
      return;
    }
    const { share, bytes } = !settled && idleLooks >= LATER_LOOKS ? LATER : SOON;
    if (heapBytes < kept * share + bytes) return;
    collect();
    settled = true;
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
