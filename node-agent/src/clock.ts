/** Clock and log of the running agent; parts get them passed in. */
import type { Clock, Logger } from './context.ts';

export const createClock = (): Clock => ({
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener('abort', done, { once: true });
    }),
});

const levels = { debug: 10, info: 20, warn: 30, error: 40 } as const;

/** One JSON object a line, so untrusted text can never break out of its field. */
export const createLogger = (minimum: keyof typeof levels, write: (line: string) => void): Logger => {
  const at = (level: keyof typeof levels) => (message: string, fields?: Record<string, unknown>) => {
    if (levels[level] < levels[minimum]) return;
    write(JSON.stringify({ time: new Date().toISOString(), level, component: 'agent', message, ...fields }));
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};
