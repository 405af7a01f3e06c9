/**
 * Timers of the control loop on Node.js: one for the next due time, one each minute as the safety net (the cron trigger of Workers).
 * Delays above what setTimeout can hold are cut and armed again.
 */
const LONGEST_MS = 0x7fffffff;

export interface DueTimer {
  /** Arms for `atMs` (Unix ms); a later call replaces it, undefined disarms. */
  setDue(atMs: number | undefined): void;
  stop(): void;
}

export const createDueTimer = (now: () => number, fire: () => void): DueTimer => {
  let timer: NodeJS.Timeout | undefined;
  const arm = (atMs: number | undefined): void => {
    clearTimeout(timer);
    timer = undefined;
    if (atMs === undefined) return;
    const wait = Math.max(0, atMs - now());
    timer = wait > LONGEST_MS ? setTimeout(() => arm(atMs), LONGEST_MS) : setTimeout(fire, wait);
    timer.unref();
  };
  return { setDue: arm, stop: () => arm(undefined) };
};

/** Calls `tick` each `intervalMs` until `signal` aborts. */
export const everyInterval = (intervalMs: number, tick: () => void, signal: AbortSignal): void => {
  const timer = setInterval(tick, intervalMs);
  timer.unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
};

/**
 * Everything that waits gets its turn; `ms` 0 costs no more than that: two turns, since what the first brings in is often put off to its end once more, as a
 * commit is, or a request on a kept connection, and would wait there behind the one who rests.
 */
export const rest = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    if (ms > 0) setTimeout(resolve, ms);
    else setImmediate(() => setImmediate(resolve));
  });
