/** Formats of strings that are checked; all others are text for people, as upstream has it. */
import { parseDuration } from '../dsl/duration.ts';
import { parseTime } from '../meta/time.ts';
import { isIPv4, isIPv6 } from '../validation/ip.ts';

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const uuid = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const date = /^\d{4}-(\d{2})-(\d{2})$/;
const dateTime = /^(\d{4}-\d{2}-\d{2})[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;
const email = /^[^\s@<>]{1,64}@[^\s@<>]{1,255}$/;
const hostname = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;

const isDate = (text: string): boolean => {
  const found = date.exec(text);
  return found !== null && !Number.isNaN(parseTime(`${text}T00:00:00Z`));
};

const isUri = (text: string): boolean => text.startsWith('/') || /^[A-Za-z][A-Za-z0-9+.-]{0,30}:[^\s]+$/.test(text);

const checks: Readonly<Record<string, (text: string) => boolean>> = {
  date: isDate,
  'date-time': (text) => {
    const found = dateTime.exec(text);
    return found !== null && isDate(found[1]!);
  },
  duration: (text) => text.length <= 200 && parseDuration(text) !== undefined,
  byte: (text) => base64.test(text),
  uuid: (text) => uuid.test(text),
  ipv4: isIPv4,
  ipv6: isIPv6,
  email: (text) => email.test(text),
  hostname: (text) => text.length <= 253 && hostname.test(text),
  uri: isUri,
};

/** Unknown formats fit every text. */
export const fitsFormat = (format: string, text: string): boolean => (Object.hasOwn(checks, format) ? checks[format]!(text) : true);
