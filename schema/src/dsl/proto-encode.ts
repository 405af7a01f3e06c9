/**
 * From the normal JSON form to protobuf. Fields that are absent are not written; fields go by number and map keys are sorted, so equal
 * objects give equal bytes.
 */
import { FIXED64, LENGTH, ProtoError, ProtoWriter, VARINT } from '../proto/wire.ts';
import { decodeBase64 } from './base64.ts';
import { parseDuration } from './duration.ts';
import type { FieldType, ScalarName, Struct } from './field.ts';
import type { JsonObject } from './own.ts';
import { planOf } from './plan.ts';
import { parseTimestamp } from './timestamp.ts';
import { encodeUtf8 } from './utf8.ts';

/** The wire type of a scalar. */
export const wireOf = (scalar: ScalarName): number => {
  if (scalar === 'int32' || scalar === 'int64' || scalar === 'bool') return VARINT;
  return scalar === 'double' ? FIXED64 : LENGTH;
};

/** The message of a decoded object. @throws ProtoError when a value is not of its field's type */
export const encodeProto = (struct: Struct<any>, value: JsonObject): Uint8Array => {
  const writer = new ProtoWriter();
  for (const [no, { name, type, field }] of [...planOf(struct).byNumber].sort(([a], [b]) => a - b)) {
    if (field.inline && type.kind === 'struct') {
      const inner = encodeProto(type.struct(), value);
      if (inner.length > 0) writer.field(no, inner);
      continue;
    }
    const item = value[name];
    if (item === undefined || item === null) continue;
    if (type.kind === 'list') for (const element of item as unknown[]) writeItem(writer, no, type.item, element);
    else if (type.kind === 'map') {
      for (const key of Object.keys(item as JsonObject).sort()) {
        const entry = new ProtoWriter();
        entry.field(1, encodeUtf8(key));
        writeItem(entry, 2, type.value, (item as JsonObject)[key]);
        writer.field(no, entry.finish());
      }
    } else writeItem(writer, no, type, item);
  }
  return writer.finish();
};

const writeItem = (writer: ProtoWriter, no: number, type: FieldType, value: unknown): void => {
  if (type.kind === 'struct') writer.field(no, encodeProto(type.struct(), value as JsonObject));
  else if (type.kind === 'list') {
    const wrapper = new ProtoWriter();
    for (const element of value as unknown[]) writeItem(wrapper, 1, type.item, element);
    writer.field(no, wrapper.finish());
  } else if (type.kind === 'scalar') {
    const content = scalarContent(type.scalar, value);
    if (typeof content === 'bigint') writeVarint(writer, no, content);
    else if (type.scalar === 'double') {
      writer.tag(no, FIXED64);
      writer.double(value as number);
    } else writer.field(no, content);
  }
};

const writeVarint = (writer: ProtoWriter, no: number, value: bigint): void => {
  writer.tag(no, VARINT);
  writer.varint(value);
};

const smallMessage = (build: (writer: ProtoWriter) => void): Uint8Array => {
  const writer = new ProtoWriter();
  build(writer);
  return writer.finish();
};

/** A varint, or the bytes of a length-delimited field. */
const scalarContent = (scalar: ScalarName, value: unknown): bigint | Uint8Array => {
  switch (scalar) {
    case 'string':
      return encodeUtf8(value as string);
    case 'int32':
    case 'int64':
      return BigInt(value as number);
    case 'bool':
      return value ? 1n : 0n;
    case 'double':
      return new Uint8Array(0);
    case 'bytes':
      return decodeBase64(value as string);
    case 'quantity':
      return smallMessage((inner) => inner.field(1, encodeUtf8(String(value))));
    case 'intOrString':
      return smallMessage((inner) => {
        writeVarint(inner, 1, typeof value === 'string' ? 1n : 0n);
        writeVarint(inner, 2, typeof value === 'number' ? BigInt(value) : 0n);
        inner.field(3, encodeUtf8(typeof value === 'string' ? value : ''));
      });
    case 'time':
    case 'microTime': {
      const parsed = parseTimestamp(value as string);
      if (!parsed) throw new ProtoError('proto: not a time');
      return smallMessage((inner) => {
        writeVarint(inner, 1, BigInt(parsed.seconds));
        writeVarint(inner, 2, scalar === 'time' ? 0n : BigInt(parsed.nanos));
      });
    }
    case 'duration':
      return smallMessage((inner) => writeVarint(inner, 1, parseDuration(value as string) ?? 0n));
    case 'rawExtension':
    case 'json':
    case 'fieldsV1':
      return smallMessage((inner) => inner.field(1, encodeUtf8(JSON.stringify(value))));
  }
};
