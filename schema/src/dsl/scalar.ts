/**
 * The scalars of the field language in JSON: what is accepted, the canonical form, and the words Go uses when it is something else.
 */
import { canonical, QuantityError } from '../quantity/quantity.ts';
import { quote } from '../validation/errors.ts';
import { Base64Error, canonicalBase64 } from './base64.ts';
import { formatDuration, parseDuration } from './duration.ts';
import type { FieldType, ScalarName } from './field.ts';
import { isObject, type JsonObject, setOwn } from './own.ts';
import { canonicalTimestamp, timestampProblem } from './timestamp.ts';

/** A value of the wrong type or form. With `go` set the caller words it as `cannot unmarshal <shown> into ... of type <go>`. */
export class ScalarError extends Error {
  override readonly name = 'ScalarError';
  readonly go: string | undefined;
  readonly shown: string | undefined;

  constructor(message: string, go?: string, shown?: string) {
    super(message);
    this.go = go;
    this.shown = shown;
  }
}

/** The JSON type as Go's decoder names it. */
export const jsonTypeWord = (value: unknown): string => {
  if (Array.isArray(value)) return 'array';
  return value === null ? 'null' : typeof value === 'boolean' ? 'bool' : typeof value;
};

const wrong = (go: string, shown?: string): ScalarError => new ScalarError('', go, shown);

/** Types that decode themselves in Go do not know the field they stand in. */
const wrongInside = (value: unknown, go: string): ScalarError =>
  new ScalarError(`json: cannot unmarshal ${jsonTypeWord(value)} into Go value of type ${go}`);

const integer = (value: unknown, go: 'int32' | 'int64'): number => {
  if (typeof value !== 'number') throw wrong(go);
  const limit = go === 'int32' ? 2 ** 31 : 2 ** 63;
  if (!Number.isInteger(value) || value >= limit || value < -limit) throw wrong(go, `number ${value}`);
  return value === 0 ? 0 : value;
};

const timestamp = (value: unknown, precision: 'seconds' | 'micros'): string => {
  if (typeof value !== 'string') throw wrongInside(value, 'string');
  const out = canonicalTimestamp(value, precision);
  if (out === undefined) throw new ScalarError(timestampProblem(value.slice(0, 100), quote));
  return out;
};

/** Deep copy of a free-form value. `null` stays: nobody knows what it means there. */
const free = (value: unknown, depth: number): unknown => {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'object' || value === null) return value === 0 ? 0 : value;
  if (depth <= 0) throw new ScalarError('exceeded max depth');
  if (Array.isArray(value)) return value.map((item) => free(item, depth - 1));
  const out: JsonObject = {};
  for (const key of Object.keys(value)) setOwn(out, key.toWellFormed(), free((value as JsonObject)[key], depth - 1));
  return out;
};

/** The canonical form; lone surrogates become U+FFFD, as in Go, since UTF-8 cannot carry them. `value` is not null. `depth` bounds free-form values. @throws ScalarError */
export const decodeScalar = (scalar: ScalarName, value: unknown, depth: number): unknown => {
  switch (scalar) {
    case 'string':
      if (typeof value !== 'string') throw wrong('string');
      return value.toWellFormed();
    case 'int32':
    case 'int64':
      return integer(value, scalar);
    case 'double':
      if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong('float64');
      return value === 0 ? 0 : value;
    case 'bool':
      if (typeof value !== 'boolean') throw wrong('bool');
      return value;
    case 'bytes':
      if (typeof value !== 'string') throw wrong('[]uint8');
      try {
        return canonicalBase64(value);
      } catch (error) {
        throw error instanceof Base64Error ? new ScalarError(error.message) : error;
      }
    case 'quantity':
      try {
        if (typeof value !== 'string' && typeof value !== 'number') return canonical(JSON.stringify(value).slice(0, 64));
        return value === '' ? '0' : canonical(String(value).trim());
      } catch (error) {
        throw error instanceof QuantityError ? new ScalarError(error.message) : error;
      }
    case 'intOrString':
      if (typeof value === 'string') return value.toWellFormed();
      if (typeof value !== 'number') throw wrongInside(value, 'int32');
      if (!Number.isInteger(value) || value !== (value | 0)) {
        throw new ScalarError(`json: cannot unmarshal number ${value} into Go value of type int32`);
      }
      return value === 0 ? 0 : value;
    case 'time':
      return timestamp(value, 'seconds');
    case 'microTime':
      return timestamp(value, 'micros');
    case 'duration': {
      if (typeof value !== 'string') throw wrongInside(value, 'string');
      const parsed = parseDuration(value);
      if (parsed === undefined) throw new ScalarError(`time: invalid duration ${quote(value)}`);
      return formatDuration(parsed);
    }
    case 'json':
      return free(value, depth);
    case 'rawExtension':
    case 'fieldsV1':
      if (!isObject(value)) throw wrong(scalar === 'fieldsV1' ? 'v1.FieldsV1' : 'runtime.RawExtension');
      return free(value, depth);
  }
};

/** Whether a decoded value is what Go leaves out under `omitempty`. Message-like scalars are never zero. */
export const isZeroScalar = (scalar: ScalarName, value: unknown): boolean => {
  switch (scalar) {
    case 'string':
    case 'bytes':
      return value === '';
    case 'int32':
    case 'int64':
    case 'double':
      return value === 0;
    case 'bool':
      return value === false;
    default:
      return false;
  }
};

/** What `null` means as an element of a list or map: the zero value of its type. */
export const zeroOf = (type: FieldType): unknown => {
  if (type.kind === 'list') return [];
  if (type.kind !== 'scalar') return {};
  switch (type.scalar) {
    case 'string':
    case 'bytes':
      return '';
    case 'int32':
    case 'int64':
    case 'double':
    case 'intOrString':
      return 0;
    case 'bool':
      return false;
    case 'quantity':
      return '0';
    case 'duration':
      return '0s';
    default:
      return undefined;
  }
};
