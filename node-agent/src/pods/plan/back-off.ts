/** Restart back-off: 10 s, doubling to 5 minutes, forgotten after ten minutes without a restart. The first restart is immediate. */
import type { BackOff } from './observed.ts';

export const INITIAL_MS = 10_000;
export const MAX_MS = 300_000;
const FORGET_MS = 2 * MAX_MS;

const forgotten = (entry: BackOff, eventMs: number): boolean => eventMs - entry.updatedAtMs > FORGET_MS;

/** When a container that ended at `endedAtMs` may start again. */
export const restartAt = (entry: BackOff | undefined, endedAtMs: number): number =>
  entry && !forgotten(entry, endedAtMs) ? endedAtMs + entry.delayMs : endedAtMs;

/** The entry after a restart at `now` of a container that ended at `endedAtMs`. */
export const afterRestart = (entry: BackOff | undefined, endedAtMs: number, now: number): BackOff => ({
  delayMs: entry && !forgotten(entry, endedAtMs) ? Math.min(entry.delayMs * 2, MAX_MS) : INITIAL_MS,
  updatedAtMs: now,
});

/** The entry of a container found at its n-th restart, when nobody remembers the earlier ones. */
export const assumeBackOff = (restarts: number, lastStartMs: number): BackOff | undefined =>
  restarts === 0 ? undefined : { delayMs: Math.min(INITIAL_MS * 2 ** Math.min(restarts - 1, 10), MAX_MS), updatedAtMs: lastStartMs };

/** Go's duration text of whole seconds: 10s, 1m20s, 5m0s. */
export const formatSeconds = (ms: number): string => {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
};
