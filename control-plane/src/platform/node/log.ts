/** Structured log lines on standard error: one JSON object a line, so untrusted text can never break out of its field. */
import type { Logger } from '../platform.ts';

const levels = { debug: 10, info: 20, warn: 30, error: 40 } as const;
export type LogLevel = keyof typeof levels;

/** `write` gets one line without its newline. */
export const createLogger = (component: string, minimum: LogLevel, write: (line: string) => void): Logger => {
  const at = (level: LogLevel) => (message: string, fields?: Readonly<Record<string, unknown>>) => {
    if (levels[level] < levels[minimum]) return;
    write(JSON.stringify({ time: new Date().toISOString(), level, component, message, ...fields }));
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};
