/** Waits; an abort ends the wait early and leaves no timer behind. Never rejects. */
export const delay = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.min(Math.max(ms, 0), 0x7fffffff));
    signal.addEventListener('abort', done, { once: true });
  });
