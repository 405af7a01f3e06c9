/**
 * Go durations such as `1m30s`, the JSON form of metav1.Duration: parsed to nanoseconds and printed as Go prints them.
 */
const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const MAX = (1n << 63n) - 1n;

/** Nanoseconds, or undefined when the text is no duration. */
export const parseDuration = (text: string): bigint | undefined => {
  if (text.length > 256) return undefined;
  const negative = text.startsWith('-');
  const body = text.replace(/^[-+]/, '');
  if (body === '0') return 0n;
  if (body === '') return undefined;
  let total = 0n;
  const part = /([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)/y;
  while (part.lastIndex < body.length) {
    const match = part.exec(body);
    if (!match) return undefined;
    const [, whole = '', fraction = '', unit = ''] = match;
    if (whole === '' && fraction === '') return undefined;
    total += (BigInt(whole + fraction || '0') * units[unit]!) / 10n ** BigInt(fraction.length);
    if (total > MAX) return undefined;
  }
  return negative ? -total : total;
};

const fixed = (n: bigint, unit: bigint): string => {
  const rest = n % unit;
  if (rest === 0n) return `${n / unit}`;
  const digits = String(unit).length - 1;
  return `${n / unit}.${String(rest).padStart(digits, '0').replace(/0+$/, '')}`;
};

/** As Go's `Duration.String()`: `1m30s`, `1.5ms`, `0s`. */
export const formatDuration = (nanoseconds: bigint): string => {
  if (nanoseconds === 0n) return '0s';
  const sign = nanoseconds < 0n ? '-' : '';
  const n = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  if (n < 1_000n) return `${sign}${n}ns`;
  if (n < 1_000_000n) return `${sign}${fixed(n, 1_000n)}µs`;
  if (n < 1_000_000_000n) return `${sign}${fixed(n, 1_000_000n)}ms`;
  const minutes = n / units.m!;
  const seconds = `${fixed(n % units.m!, units.s!)}s`;
  if (minutes === 0n) return sign + seconds;
  const hours = minutes / 60n;
  return hours === 0n ? `${sign}${minutes}m${seconds}` : `${sign}${hours}h${minutes % 60n}m${seconds}`;
};
