/** Conversions between types, size() and type(). */

import { parseDuration } from '../../dsl/duration.ts';
import { formatTimestamp, parseTimestamp } from '../../dsl/timestamp.ts';
import { decodeUtf8, encodeUtf8 } from '../../dsl/utf8.ts';
import { CelError } from '../errors.ts';
import type { Library } from '../overloads.ts';
import { codePoints } from '../text.ts';
import { CelMap, type Duration, type Timestamp, TypeValue, typeNameOf, type Value } from '../values.ts';
import { duration, int, timestamp, uint } from './operators.ts';

const BILLION = 1_000_000_000n;

const wholeOf = (text: string, type: string): bigint => {
  if (!/^[+-]?[0-9]{1,20}$/.test(text)) throw new CelError(`type conversion error from 'string' to '${type}'`);
  return BigInt(text.replace(/^\+/, ''));
};

const fromDouble = (value: number, problem: string): bigint => {
  if (!Number.isFinite(value)) throw new CelError(problem);
  return BigInt(Math.trunc(value));
};

/** As Go prints a float in its shortest form. */
export const formatDouble = (value: number): string => {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [digits = '', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) return plainDecimal(value);
  const size = String(Math.abs(exponent)).padStart(2, '0');
  return `${digits}e${exponent < 0 ? '-' : '+'}${size}`;
};

const plainDecimal = (value: number): string => {
  const text = String(value);
  return text.includes('e') ? value.toFixed(20).replace(/0+$/, '') : text;
};

const fraction = (nanos: bigint): string => (nanos === 0n ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`);

export const formatTime = ({ nanos }: Timestamp): string => {
  const seconds = (nanos - (((nanos % BILLION) + BILLION) % BILLION)) / BILLION;
  return formatTimestamp(Number(seconds)).replace('Z', `${fraction(nanos - seconds * BILLION)}Z`);
};

export const formatSeconds = ({ nanos }: Duration): string => {
  const size = nanos < 0n ? -nanos : nanos;
  return `${nanos < 0n ? '-' : ''}${size / BILLION}${fraction(size % BILLION)}s`;
};

export const timestampOf = (text: string): Timestamp => {
  const parsed = parseTimestamp(text);
  if (!parsed) throw new CelError(`type conversion error from 'string' to 'google.protobuf.Timestamp'`);
  return timestamp(BigInt(parsed.seconds) * BILLION + BigInt(parsed.nanos));
};

export const durationOf = (text: string): Duration => {
  const parsed = parseDuration(text);
  if (parsed === undefined) throw new CelError(`type conversion error from 'string' to 'google.protobuf.Duration'`);
  return duration(parsed);
};

const truths: ReadonlyMap<string, boolean> = new Map([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false] as const),
]);

const boolOf = (text: string): boolean => {
  const found = truths.get(text);
  if (found === undefined) throw new CelError(`type conversion error from 'string' to 'bool'`);
  return found;
};

const doubleOf = (text: string): number => {
  const known = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (known) return known[2]!.toLowerCase() === 'nan' ? Number.NaN : known[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (!/^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(text) || text.length > 400) {
    throw new CelError(`type conversion error from 'string' to 'double'`);
  }
  return Number(text);
};

const textOfBytes = (bytes: Uint8Array): string => {
  const text = decodeUtf8(bytes);
  const back = encodeUtf8(text);
  if (back.length !== bytes.length || back.some((byte, i) => byte !== bytes[i]))
    throw new CelError('invalid UTF-8 in bytes, cannot convert to string');
  return text;
};

const secondsOf = ({ nanos }: Timestamp): bigint => {
  const rest = ((nanos % BILLION) + BILLION) % BILLION;
  return (nanos - rest) / BILLION;
};

const identity = ([value]: readonly Value[]): Value => value!;
const ofSize = (value: Value): bigint => BigInt(value instanceof CelMap ? value.size : (value as readonly Value[] | Uint8Array).length);

export const conversions: Library = {
  'int(int): int': identity,
  'int(uint): int': ([value]) => int(value.value),
  'int(double): int': ([value]) => int(fromDouble(value, 'integer overflow')),
  'int(string): int': ([text]) => int(wholeOf(text, 'int')),
  'int(timestamp): int': ([time]) => secondsOf(time),
  'uint(uint): uint': identity,
  'uint(int): uint': ([value]) => uint(value),
  'uint(double): uint': ([value]) => uint(fromDouble(value, 'unsigned integer overflow')),
  'uint(string): uint': ([text]) => uint(wholeOf(text, 'uint')),
  'double(double): double': identity,
  'double(int): double': ([value]) => Number(value),
  'double(uint): double': ([value]) => Number(value.value),
  'double(string): double': ([text]) => doubleOf(text),
  'bool(bool): bool': identity,
  'bool(string): bool': ([text]) => boolOf(text),
  'string(string): string': identity,
  'string(bool): string': ([value]) => String(value),
  'string(int): string': ([value]) => String(value),
  'string(uint): string': ([value]) => String(value.value),
  'string(double): string': ([value]) => formatDouble(value),
  'string(bytes): string': ([bytes], { budget }) => {
    budget.text(bytes.length);
    return textOfBytes(bytes);
  },
  'string(timestamp): string': ([time]) => formatTime(time),
  'string(duration): string': ([time]) => formatSeconds(time),
  'bytes(bytes): bytes': identity,
  'bytes(string): bytes': ([text], { budget }) => {
    budget.text(text.length);
    return encodeUtf8(text);
  },
  'timestamp(timestamp): timestamp': identity,
  'timestamp(string): timestamp': ([text]) => timestampOf(text),
  'timestamp(int): timestamp': ([seconds]) => timestamp(seconds * BILLION),
  'duration(duration): duration': identity,
  'duration(string): duration': ([text]) => durationOf(text),
  'duration(int): duration': ([nanos]) => duration(nanos),
  'dyn(T): dyn': identity,
  'type(T): type': ([value]) => new TypeValue(typeNameOf(value)),
  'size(string): int': ([text], { budget }) => BigInt(codePoints(text, budget)),
  'string.size(): int': ([text], { budget }) => BigInt(codePoints(text, budget)),
  'size(bytes): int': ([value]) => ofSize(value),
  'bytes.size(): int': ([value]) => ofSize(value),
  'size(list<T>): int': ([value]) => ofSize(value),
  'list<T>.size(): int': ([value]) => ofSize(value),
  'size(map<K, V>): int': ([value]) => ofSize(value),
  'map<K, V>.size(): int': ([value]) => ofSize(value),
};
