/**
 * Times as Kubernetes writes them. The only file of schema/ that touches Date, and only to turn milliseconds into text and back: the present
 * is always passed in.
 */
// biome-ignore-all lint/style/noRestrictedGlobals: text and milliseconds only; nothing here asks for the present.

/** RFC 3339 with whole seconds, in UTC (metav1.Time). The fraction is cut, not rounded. */
export const toRfc3339 = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** RFC 3339 with six decimals, in UTC (metav1.MicroTime). */
export const toMicroTime = (ms: number): string => {
  const whole = Math.floor(ms);
  const micros = Math.floor((ms - whole) * 1000);
  return `${new Date(whole).toISOString().slice(0, 23)}${String(micros).padStart(3, '0')}Z`;
};

const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i;

/** Milliseconds since 1970 of an RFC 3339 text; NaN when it is none. */
export const parseTime = (text: string): number => (rfc3339.test(text) ? Date.parse(text) : Number.NaN);

/** An age in kubectl's short form: `5s`, `2m30s`, `7h`, `3d4h`, `2y10d`. Negative up to 2 s counts as 0, more is `<invalid>`. */
export const formatAge = (ms: number): string => {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return minutes % 60 === 0 ? `${hours}h` : `${hours}h${minutes % 60}m`;
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (hours < 24 * 8) return hours % 24 === 0 ? `${days}d` : `${days}d${hours % 24}h`;
  if (hours < 24 * 365 * 2) return `${days}d`;
  const years = Math.trunc(hours / 24 / 365);
  if (hours < 24 * 365 * 8) return days % 365 === 0 ? `${years}y` : `${years}y${days % 365}d`;
  return `${years}y`;
};
