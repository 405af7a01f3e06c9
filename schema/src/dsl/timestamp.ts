/**
 * RFC 3339 texts without `Date`: checked, moved to UTC and cut to the precision of the field (seconds for Time, microseconds for MicroTime).
 * Values as numbers live in `meta/time.ts`; here are only the texts on the wire.
 */
const SHAPE = /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]+))?(Z|[+-][0-9]{2}:[0-9]{2})$/;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
const two = (n: number): string => String(n).padStart(2, '0');

/** Days since 1970-01-01 in the proleptic Gregorian calendar. */
const daysOf = (year: number, month: number, day: number): number => {
  const y = month > 2 ? year : year - 1;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return era * 146097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719468;
};

/** RFC 3339 text of seconds since 1970, with microseconds when they are given. */
export const formatTimestamp = (seconds: number, micros?: number): string => {
  const days = Math.floor(seconds / 86400);
  const rest = seconds - days * 86400;
  const z = days + 719468;
  const era = Math.floor(z / 146097);
  const dayOfEra = z - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const clock = `${two(Math.floor(rest / 3600))}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`;
  const fraction = micros === undefined ? '' : `.${String(micros).padStart(6, '0')}`;
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T${clock}${fraction}Z`;
};

/** Seconds since 1970 and nanoseconds of an RFC 3339 text, or undefined when it is none. */
export const parseTimestamp = (text: string): { seconds: number; nanos: number } | undefined => {
  const match = SHAPE.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
  if (day > (month === 2 && isLeap(year) ? 29 : DAYS[month - 1]!)) return undefined;
  let seconds = daysOf(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
  const zone = match[8]!;
  if (zone !== 'Z') {
    const hours = Number(zone.slice(1, 3));
    const minutes = Number(zone.slice(4, 6));
    if (hours > 23 || minutes > 59) return undefined;
    seconds -= (zone[0] === '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
  }
  return { seconds, nanos: Number((match[7] ?? '').slice(0, 9).padEnd(9, '0')) };
};

/** The text in UTC with the field's precision, or undefined when it is no RFC 3339 time. */
export const canonicalTimestamp = (text: string, precision: 'seconds' | 'micros'): string | undefined => {
  const parsed = parseTimestamp(text);
  if (!parsed) return undefined;
  return precision === 'seconds' ? formatTimestamp(parsed.seconds) : formatTimestamp(parsed.seconds, Math.floor(parsed.nanos / 1000));
};

const LAYOUT: readonly (readonly [element: string, digits: number])[] = [
  ['2006', 4],
  ['-', 0],
  ['01', 2],
  ['-', 0],
  ['02', 2],
  ['T', 0],
  ['15', 2],
  [':', 0],
  ['04', 2],
  [':', 0],
  ['05', 2],
];
const RANGES = { '01': ['month', 1, 12], '15': ['hour', 0, 23], '04': ['minute', 0, 59], '05': ['second', 0, 59] } as const;

/** What Go's parser says of a text that `parseTimestamp` refuses. `quote` prints a text as Go's %q. */
export const timestampProblem = (text: string, quote: (text: string) => string): string => {
  const layout = `parsing time ${quote(text)} as "2006-01-02T15:04:05Z07:00": cannot parse`;
  let rest = text;
  for (const [element, digits] of LAYOUT) {
    const length = digits || 1;
    const part = rest.slice(0, length);
    const matches = digits ? part.length === digits && /^[0-9]+$/.test(part) : part === element;
    if (!matches) return `${layout} ${quote(rest)} as "${element}"`;
    if (Object.hasOwn(RANGES, element)) {
      const [name, low, high] = RANGES[element as keyof typeof RANGES];
      if (Number(part) < low || Number(part) > high) return `parsing time ${quote(text)}: ${name} out of range`;
    }
    rest = rest.slice(length);
  }
  const zone = rest.replace(/^[.,][0-9]+/, '');
  return /^(?:Z|[+-][0-9]{2}:[0-9]{2})$/.test(zone)
    ? `parsing time ${quote(text)}: day out of range`
    : `${layout} ${quote(zone)} as "Z07:00"`;
};
