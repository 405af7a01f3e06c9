/**
 * A process that stands still: what computes for ever in it can neither be interrupted nor reported from inside. Whoever started it asks now and then, and
 * ends it when it has given no answer for a minute; what it marked as being decided tells the next one which reconciler it was.
 */
import { setTimeout as delay } from 'node:timers/promises';

const LOOK_MS = 10_000;
/** In a row. Looks and not time: a machine that slept is no process that stood still. */
const SILENT_LOOKS = 6;

export interface SilenceOptions {
  /** Within some seconds. Never throws. */
  readonly answers: () => Promise<boolean>;
  readonly signal: AbortSignal;
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

const pauseFor = (ms: number, signal: AbortSignal): Promise<unknown> => delay(ms, undefined, { signal, ref: false }).catch(() => undefined);

/** Resolves with true when it has fallen silent, with false when `signal` aborted. */
export const fallsSilent = async ({ answers, signal, pause = pauseFor }: SilenceOptions): Promise<boolean> => {
  for (let silent = 0; silent < SILENT_LOOKS; ) {
    await pause(LOOK_MS, signal);
    if (signal.aborted) return false;
    silent = (await answers()) ? 0 : silent + 1;
  }
  return !signal.aborted;
};
