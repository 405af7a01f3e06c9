/** Structured log lines: one JSON object a line, for `wrangler tail` and Workers Logs. */
import type { Logger } from '../platform.ts';

const levels = { debug: 10, info: 20, warn: 30, error: 40 } as const;

export const createLogger = (component: string, minimum: string | undefined): Logger => {
  const least = levels[minimum as keyof typeof levels] ?? levels.info;
  const at = (level: keyof typeof levels) => (message: string, fields?: Readonly<Record<string, unknown>>) => {
    if (levels[level] >= least) console.log(JSON.stringify({ level, component, message, ...fields }));
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};
