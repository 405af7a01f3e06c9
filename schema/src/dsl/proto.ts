/**
 * From protobuf to the normal JSON form of a struct, by field number. Go encodes the zero values of non-pointer fields, so those of optional fields
 * are dropped, exactly as `decode` drops them in JSON; pointer fields keep theirs. Unknown numbers are skipped: newer clients still work.
 */

import { LENGTH, ProtoError, ProtoReader, VARINT } from '../proto/wire.ts';
import { canonical, QuantityError } from '../quantity/quantity.ts';
import { encodeBase64 } from './base64.ts';
import { formatDuration } from './duration.ts';
import type { FieldType, ScalarName, Struct } from './field.ts';
import { JsonError, parseJson } from './json.ts';
import { isObject, type JsonObject, setOwn } from './own.ts';
import { planOf, shortName } from './plan.ts';
import { wireOf } from './proto-encode.ts';
import { isZeroScalar, zeroOf } from './scalar.ts';
import { formatTimestamp } from './timestamp.ts';
import { decodeUtf8 } from './utf8.ts';

export { ProtoError } from '../proto/wire.ts';
export { encodeProto } from './proto-encode.ts';

/** Deepest nesting of messages. */
const MAX_DEPTH = 100;

/** The object of a message, without `apiVersion` and `kind` (the envelope carries them). @throws ProtoError */
export const decodeProto = (struct: Struct<any>, bytes: Uint8Array): JsonObject => {
  const out: JsonObject = {};
  readMessage(struct, new ProtoReader(bytes), out, 0);
  return out;
};

const readMessage = (struct: Struct<any>, reader: ProtoReader, out: JsonObject, depth: number): void => {
  if (depth > MAX_DEPTH) throw new ProtoError('proto: message is nested too deeply');
  const { byNumber } = planOf(struct);
  while (!reader.done) {
    const { no, wire } = reader.tag();
    const planned = byNumber.get(no);
    if (!planned) {
      reader.skip(wire);
      continue;
    }
    const { name, type, field } = planned;
    const expect = (wanted: number): void => {
      if (wire !== wanted) throw new ProtoError(`proto: wrong wireType = ${wire} for field ${shortName(struct)}.${name}`);
    };
    switch (type.kind) {
      case 'scalar': {
        expect(wireOf(type.scalar));
        const value = readScalar(type.scalar, reader);
        // the last occurrence counts, also when it is a zero
        if (value === undefined || (planned.dropsZero && isZeroScalar(type.scalar, value))) delete out[name];
        else out[name] = value;
        break;
      }
      case 'struct': {
        expect(LENGTH);
        const known = out[name];
        const target = field.inline ? out : isObject(known) ? known : {};
        if (!field.inline) out[name] = target;
        readMessage(type.struct(), reader.message(), target, depth + 1);
        break;
      }
      case 'list': {
        const items = (out[name] as unknown[] | undefined) ?? [];
        out[name] = items;
        if (type.item.kind === 'scalar' && wire === LENGTH && wireOf(type.item.scalar) !== LENGTH) {
          const packed = reader.message();
          while (!packed.done) items.push(readScalar(type.item.scalar, packed));
          if (items.length === 0) delete out[name];
        } else {
          expect(type.item.kind === 'scalar' ? wireOf(type.item.scalar) : LENGTH);
          items.push(readItem(type.item, reader, depth));
        }
        break;
      }
      case 'map': {
        expect(LENGTH);
        const known = out[name] as JsonObject | undefined;
        const entries = known ?? {};
        readEntry(type.value, reader.message(), entries, depth);
        if (!known && Object.keys(entries).length > 0) out[name] = entries;
      }
    }
  }
};

const readItem = (type: FieldType, reader: ProtoReader, depth: number): unknown => {
  if (type.kind === 'scalar') return readScalar(type.scalar, reader) ?? zeroOf(type);
  if (depth > MAX_DEPTH) throw new ProtoError('proto: message is nested too deeply');
  const inner = reader.message();
  if (type.kind === 'struct') {
    const out: JsonObject = {};
    readMessage(type.struct(), inner, out, depth + 1);
    return out;
  }
  if (type.kind === 'map') throw new ProtoError('proto: a map cannot be an item');
  // a list as an item is a wrapper message `{ items = 1 }`
  const out: unknown[] = [];
  while (!inner.done) {
    const { no, wire } = inner.tag();
    if (no === 1) out.push(readItem(type.item, inner, depth + 1));
    else inner.skip(wire);
  }
  return out;
};

const readEntry = (type: FieldType, reader: ProtoReader, entries: JsonObject, depth: number): void => {
  let key = '';
  let value: unknown;
  while (!reader.done) {
    const { no, wire } = reader.tag();
    if (no === 1 && wire === LENGTH) key = decodeUtf8(reader.view());
    else if (no === 2 && wire === (type.kind === 'scalar' ? wireOf(type.scalar) : LENGTH)) value = readItem(type, reader, depth);
    else reader.skip(wire);
  }
  const found = value ?? zeroOf(type);
  if (found !== undefined) setOwn(entries, key, found);
};

/** `undefined` is an absent special message, such as the zero time. */
const readScalar = (scalar: ScalarName, reader: ProtoReader): unknown => {
  switch (scalar) {
    case 'string': {
      const end = reader.length();
      const text = decodeUtf8(reader.bytes, reader.at, end);
      reader.at = end;
      return text;
    }
    case 'int32':
      return reader.int32();
    case 'int64':
      return reader.int64();
    case 'bool':
      return reader.bool();
    case 'double':
      return reader.double();
    case 'bytes':
      return encodeBase64(reader.view());
    case 'quantity': {
      const text = numbered(reader.message()).text(1);
      try {
        return text === '' ? '0' : canonical(text);
      } catch (error) {
        throw error instanceof QuantityError ? new ProtoError(error.message) : error;
      }
    }
    case 'intOrString': {
      const fields = numbered(reader.message());
      return fields.number(1) === 1 ? fields.text(3) : fields.number(2) | 0;
    }
    case 'time':
    case 'microTime': {
      const inner = reader.message();
      if (inner.done) return undefined;
      const fields = numbered(inner);
      const seconds = fields.number(1);
      // years 0 to 9999, what RFC 3339 can say
      if (seconds < -62_167_219_200 || seconds > 253_402_300_799) throw new ProtoError('proto: time is out of range');
      const nanos = Math.min(999_999_999, Math.max(0, fields.number(2)));
      return scalar === 'time' ? formatTimestamp(seconds) : formatTimestamp(seconds, Math.floor(nanos / 1000));
    }
    case 'duration':
      return formatDuration(BigInt(numbered(reader.message()).number(1)));
    case 'rawExtension':
    case 'json':
    case 'fieldsV1': {
      const raw = numbered(reader.message()).text(1);
      if (raw === '' || raw === 'null') return undefined;
      try {
        const { value } = parseJson(raw);
        if (scalar === 'json' || isObject(value)) return value;
      } catch (error) {
        if (!(error instanceof JsonError)) throw error;
      }
      throw new ProtoError('proto: embedded object is not JSON');
    }
  }
};

/** The small special messages: numbers and texts by field number, absent is 0 or ''. */
const numbered = (reader: ProtoReader): { readonly number: (no: number) => number; readonly text: (no: number) => string } => {
  const numbers = new Map<number, number>();
  const texts = new Map<number, string>();
  while (!reader.done) {
    const { no, wire } = reader.tag();
    if (wire === VARINT) numbers.set(no, reader.int64());
    else if (wire === LENGTH) texts.set(no, decodeUtf8(reader.view()));
    else reader.skip(wire);
  }
  return { number: (no) => numbers.get(no) ?? 0, text: (no) => texts.get(no) ?? '' };
};
