/** `"%s has %d".format([name, count])`: %s, %d, %f, %e, %b, %o, %x and %X, with a precision for the two of doubles. */
import { encodeUtf8 } from '../../dsl/utf8.ts';
import { type Budget, CelError } from '../errors.ts';
import { CelMap, Duration, isOpaque, Optional, Timestamp, TypeValue, typeNameOf, Uint, type Value } from '../values.ts';
import { formatDouble, formatSeconds, formatTime } from './conversions.ts';

const MAX_PRECISION = 100;

const shown = (value: Value, budget: Budget): string => {
  budget.spend(1);
  if (typeof value === 'string') {
    budget.text(value.length);
    return value;
  }
  if (typeof value === 'number') return formatDouble(value);
  if (value === null || typeof value !== 'object') return String(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Timestamp) return formatTime(value);
  if (value instanceof Duration) return formatSeconds(value);
  if (value instanceof TypeValue) return value.type;
  if (value instanceof Optional) return value.value === undefined ? 'optional.none()' : `optional(${shown(value.value, budget)})`;
  if (value instanceof Uint8Array) {
    budget.text(value.length);
    return String.fromCharCode(...value.slice(0, 10_000));
  }
  if (Array.isArray(value)) return `[${value.map((item) => shown(item, budget)).join(', ')}]`;
  if (value instanceof CelMap) {
    const entries = value.keys().map((key) => [shown(key, budget), shown(value.get(key)!, budget)] as const);
    return `{${entries
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, held]) => `${key}: ${held}`)
      .join(', ')}}`;
  }
  return isOpaque(value) ? value.key() : '';
};

const wrong = (clause: string, value: Value): CelError =>
  new CelError(`error during formatting: ${clause} clause can only be used on numbers, was given ${typeNameOf(value)}`);

const whole = (value: Value, clause: string): bigint => {
  if (typeof value === 'bigint') return value;
  if (value instanceof Uint) return value.value;
  throw wrong(clause, value);
};

const real = (value: Value, clause: string): number => {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint) return Number(value.value);
  throw wrong(clause, value);
};

const hex = (value: Value, budget: Budget): string => {
  const bytes = typeof value === 'string' ? encodeUtf8(value) : value instanceof Uint8Array ? value : undefined;
  if (!bytes) return whole(value, 'hexadecimal').toString(16);
  budget.text(bytes.length * 2);
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
};

const clause = (verb: string, precision: number, value: Value, budget: Budget): string => {
  switch (verb) {
    case 's':
      return shown(value, budget);
    case 'd':
      if (typeof value === 'number') return formatDouble(value);
      return whole(value, 'decimal').toString();
    case 'f':
      return real(value, 'fixed-point').toFixed(precision);
    case 'e': {
      const [digits = '', power = '0'] = real(value, 'scientific').toExponential(precision).split('e');
      return `${digits}e${power[0]}${power.slice(1).padStart(2, '0')}`;
    }
    case 'b':
      return typeof value === 'boolean' ? String(Number(value)) : whole(value, 'binary').toString(2);
    case 'o':
      return whole(value, 'octal').toString(8);
    case 'x':
      return hex(value, budget);
    case 'X':
      return hex(value, budget).toUpperCase();
    default:
      throw new CelError(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
  }
};

/** @throws CelError for a clause without an argument, or one that does not fit it */
export const formatText = (format: string, args: readonly Value[], budget: Budget): string => {
  budget.text(format.length);
  let next = 0;
  const made = format.replace(/%(%|(?:\.([0-9]{1,4}))?([a-zA-Z]?))/g, (_all, rest: string, precision: string | undefined, verb: string) => {
    if (rest === '%') return '%';
    const value = args[next++];
    if (value === undefined) throw new CelError(`index ${next - 1} out of range`);
    return clause(verb, Math.min(Number(precision ?? 6), MAX_PRECISION), value, budget);
  });
  budget.text(made.length);
  return made;
};
