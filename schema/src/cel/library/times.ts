/** Parts of timestamps and durations. */
import { formatTimestamp, parseTimestamp } from '../../dsl/timestamp.ts';
import { CelError } from '../errors.ts';
import type { CallContext, Library } from '../overloads.ts';
import type { Timestamp } from '../values.ts';

const BILLION = 1_000_000_000n;
const DAY = 86_400;

interface Moment {
  readonly seconds: number;
  readonly nanos: bigint;
}

const momentOf = ({ nanos }: Timestamp): Moment => {
  const rest = ((nanos % BILLION) + BILLION) % BILLION;
  return { seconds: Number((nanos - rest) / BILLION), nanos: rest };
};

/** Seconds to add to UTC. @throws CelError for a zone that is none */
const offsetOf = (zone: string, seconds: number, { budget }: CallContext): number => {
  const fixed = /^([+-]?)([0-9]{1,2}):([0-9]{2})$/.exec(zone);
  if (fixed) return (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) * 3600 + Number(fixed[3]) * 60);
  if (zone === 'UTC' || zone === '') return 0;
  // building a zone is far dearer than a step
  budget.spend(200);
  try {
    const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(seconds * 1000);
    const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
    const [, sign, hours = '0', minutes = '0', rest = '0'] = /^GMT(?:([+-])([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?)?$/.exec(name) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(rest));
  } catch {
    throw new CelError(`unknown time zone ${zone.slice(0, 100)}`);
  }
};

const field =
  (from: number, to: number, less = 0) =>
  (moment: Moment): bigint =>
    BigInt(Number(formatTimestamp(moment.seconds).slice(from, to)) - less);

const dayOf = ({ seconds }: Moment): number => Math.floor(seconds / DAY);

const dayOfYear = (moment: Moment): bigint => {
  const first = parseTimestamp(`${formatTimestamp(moment.seconds).slice(0, 4)}-01-01T00:00:00Z`)!;
  return BigInt(dayOf(moment) - Math.floor(first.seconds / DAY));
};

const parts: Readonly<Record<string, (moment: Moment) => bigint>> = {
  getFullYear: field(0, 4),
  getMonth: field(5, 7, 1),
  getDate: field(8, 10),
  getDayOfMonth: field(8, 10, 1),
  getDayOfWeek: (moment) => BigInt((((dayOf(moment) + 4) % 7) + 7) % 7),
  getDayOfYear: dayOfYear,
  getHours: field(11, 13),
  getMinutes: field(14, 16),
  getSeconds: field(17, 19),
  getMilliseconds: ({ nanos }) => nanos / 1_000_000n,
};

const ofTimestamps: Library = Object.fromEntries(
  Object.entries(parts).flatMap(([name, part]) => [
    [`timestamp.${name}(): int`, ([time]: readonly any[]) => part(momentOf(time))],
    [
      `timestamp.${name}(string): int`,
      ([time, zone]: readonly any[], context: CallContext) => {
        const { seconds, nanos } = momentOf(time);
        return part({ seconds: seconds + offsetOf(zone, seconds, context), nanos });
      },
    ],
  ]),
);

export const times: Library = {
  ...ofTimestamps,
  'duration.getHours(): int': ([time]) => time.nanos / (3600n * BILLION),
  'duration.getMinutes(): int': ([time]) => time.nanos / (60n * BILLION),
  'duration.getSeconds(): int': ([time]) => time.nanos / BILLION,
  'duration.getMilliseconds(): int': ([time]) => time.nanos / 1_000_000n,
};
