/** Of Node.js' `util`, what prom-client words its errors with (wrangler.toml names this file for it). */
export const format = (...parts: readonly unknown[]): string => parts.map(String).join(' ');
export const inspect = (value: unknown): string => JSON.stringify(value) ?? String(value);
