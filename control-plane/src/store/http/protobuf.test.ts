import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import { ProtobufReader, ProtobufWriter } from './protobuf.ts';

type Field = { readonly uint: number } | { readonly sint: bigint } | { readonly double: number } | { readonly text: string } | Message;
interface Message {
  readonly fields: readonly Field[];
}

const { message } = fc.letrec<{ field: Field; message: Message }>((tie) => ({
  field: fc.oneof(
    { maxDepth: 4 },
    fc.record({ uint: fc.maxSafeNat() }),
    fc.record({ sint: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) }),
    fc.record({ double: fc.double() }),
    fc.record({ text: fc.string({ unit: 'binary', maxLength: 200 }) }),
    tie('message'),
  ),
  message: fc.record({ fields: fc.array(tie('field'), { maxLength: 12 }) }),
}));

function write(writer: ProtobufWriter, { fields }: Message): void {
  for (const field of fields) {
    if ('uint' in field) writer.uint(1, field.uint);
    else if ('sint' in field) writer.sint(2, field.sint);
    else if ('double' in field) writer.double(3, field.double);
    else if ('text' in field) writer.text(400, field.text);
    else writer.message(5, () => write(writer, field));
  }
}

function readFields(reader: ProtobufReader, into: Field[]): (field: number) => void {
  return (field) => {
    if (field === 1) into.push({ uint: reader.uint() });
    else if (field === 2) into.push({ sint: reader.sint() });
    else if (field === 3) into.push({ double: reader.double() });
    else if (field === 400) into.push({ text: reader.text() });
    else if (field === 5) {
      const fields: Field[] = [];
      into.push({ fields });
      reader.message(readFields(reader, fields));
    }
  };
}

const written = (what: Message): Uint8Array => {
  const writer = new ProtobufWriter();
  write(writer, what);
  return writer.finish();
};

const scalars = (writer: ProtobufWriter): void => {
  writer.text(1, 'é');
  writer.double(2, 1.5);
  writer.uint(3, 300);
};

describe('Protocol Buffers', () => {
  it('are read as they were written, whatever the lengths (property)', () => {
    fc.assert(
      fc.property(message, (what) => {
        const fields: Field[] = [];
        const reader = new ProtobufReader(written(what));
        reader.fields(readFields(reader, fields));
        expect(fields).toEqual(what.fields);
      }),
    );
  });

  it('are the bytes that the format says', () => {
    const writer = new ProtobufWriter();
    scalars(writer);
    writer.sint(4, -2n);
    writer.message(5, () => writer.text(1, 'x'.repeat(127)));
    writer.message(6);
    const hex = Buffer.from(writer.finish()).toString('hex');
    expect(hex).toBe(`0a02c3a911000000000000f83f18ac0220032a81010a7f${'78'.repeat(127)}3200`);
  });

  it('pass over what the reader does not know', () => {
    const writer = new ProtobufWriter();
    scalars(writer);
    writer.message(4, () => scalars(writer));
    writer.text(5, 'known');
    const reader = new ProtobufReader(writer.finish());
    const texts: string[] = [];
    reader.fields((field) => field === 5 && texts.push(reader.text()));
    expect(texts).toEqual(['known']);
  });

  it('that end too early are refused', () => {
    const bytes = written({ fields: [{ fields: [{ text: 'abc' }] }] });
    for (let length = 1; length < bytes.length; length++) {
      const reader = new ProtobufReader(bytes.subarray(0, length));
      expect(() => reader.fields(readFields(reader, []))).toThrow(RangeError);
    }
  });

  it('give integers as numbers only where they are exact', () => {
    const number = (value: bigint) => {
      const writer = new ProtobufWriter();
      writer.sint(1, value);
      const reader = new ProtobufReader(writer.finish());
      let read: number | undefined;
      reader.fields(() => {
        read = reader.safeSint();
      });
      return read;
    };
    for (const value of [0, -1, 1, 2 ** 47, -(2 ** 48), 2 ** 48, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])
      expect(number(BigInt(value))).toBe(value);
    expect(() => number(2n ** 53n)).toThrow(RangeError);
    expect(() => number(-(2n ** 63n))).toThrow(RangeError);
  });
});
