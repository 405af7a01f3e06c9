/**
 * The part of Protocol Buffers' wire format that libSQL's pipelines use: varints, doubles, and fields with a length. Texts go as the bytes they are, where
 * JSON would escape each body. Web standards only; infra/src/hrana speaks the other side with the same two classes.
 */

const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

const encoder = new TextEncoder();
// A byte order mark is part of a text like any other character.
const decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

const varintBytes = (value: number): number => {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
};

export class ProtobufWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #at = 0;

  /** `memory` is written to from its beginning, and left for more when it is too little. */
  constructor(memory: Uint8Array<ArrayBuffer> = new Uint8Array(1_024)) {
    this.#bytes = memory;
    this.#view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  }

  /** What was written; the writer is not used afterwards. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#at);
  }

  uint(field: number, value: number): void {
    this.#room(20);
    this.#tag(field, VARINT);
    this.#varint(value);
  }

  sint(field: number, value: bigint): void {
    this.#room(20);
    this.#tag(field, VARINT);
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    for (; rest >= 128n; rest >>= 7n) this.#bytes[this.#at++] = Number(rest & 127n) | 128;
    this.#bytes[this.#at++] = Number(rest);
  }

  double(field: number, value: number): void {
    this.#room(20);
    this.#tag(field, FIXED64);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  text(field: number, value: string): void {
    this.#room(20 + 3 * value.length);
    this.#delimited(field, varintBytes(value.length), () => {
      this.#at += encoder.encodeInto(value, this.#bytes.subarray(this.#at)).written;
    });
  }

  bytes(field: number, value: Uint8Array): void {
    this.#room(20 + value.length);
    this.#tag(field, DELIMITED);
    this.#varint(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** A message within this one: `write` writes its fields. */
  message(field: number, write: () => void = () => {}): void {
    this.#room(20);
    this.#delimited(field, 1, write);
  }

  /** The length stands before what it counts: room for a guess is left, and what follows moves when it takes more. */
  #delimited(field: number, guess: number, write: () => void): void {
    this.#tag(field, DELIMITED);
    const start = this.#at;
    this.#at += guess;
    write();
    const length = this.#at - start - guess;
    const more = varintBytes(length) - guess;
    if (more > 0) {
      this.#room(more);
      this.#bytes.copyWithin(start + guess + more, start + guess, this.#at);
    }
    this.#at = start;
    this.#varint(length);
    this.#at += length;
  }

  #tag(field: number, wire: number): void {
    this.#varint(field * 8 + wire);
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.#bytes[this.#at++] = (rest % 128) | 128;
    this.#bytes[this.#at++] = rest;
  }

  #room(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** @throws RangeError for bytes that are no message. */
export class ProtobufReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #end: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.length;
  }

  /** Calls `read` with the number of each field; one that it leaves unread is passed over. */
  fields(read: (field: number) => void): void {
    while (this.#at < this.#end) {
      const tag = this.uint();
      const start = this.#at;
      read(Math.floor(tag / 8));
      if (this.#at === start) this.#skip(tag % 8);
    }
  }

  /** The fields of the message within this one. */
  message(read: (field: number) => void): void {
    const end = this.#endOfNext();
    const outer = this.#end;
    this.#end = end;
    this.fields(read);
    this.#end = outer;
    this.#at = end;
  }

  uint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  sint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asIntN(64, value >> 1n) ^ -(value & 1n);
    }
  }

  /** A sint as a number. @throws RangeError when it is none exactly */
  safeSint(): number {
    const start = this.#at;
    const value = this.uint();
    if (value < 2 ** 49) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    this.#at = start;
    const number = Number(this.sint());
    if (!Number.isSafeInteger(number)) throw new RangeError('an integer is too large to be a number');
    return number;
  }

  double(): number {
    const value = this.#view.getFloat64(this.#at, true);
    this.#at += 8;
    return value;
  }

  text(): string {
    return decoder.decode(this.bytes());
  }

  /** Shares memory with what is read. */
  bytes(): Uint8Array {
    const end = this.#endOfNext();
    const value = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return value;
  }

  #endOfNext(): number {
    const length = this.uint();
    if (this.#at + length > this.#end) throw new RangeError('a field ends beyond its message');
    return this.#at + length;
  }

  #byte(): number {
    const byte = this.#at < this.#end ? this.#bytes[this.#at++] : undefined;
    if (byte === undefined) throw new RangeError('a message ends within a field');
    return byte;
  }

  #skip(wire: number): void {
    if (wire === VARINT) this.uint();
    else if (wire === DELIMITED) this.#at = this.#endOfNext();
    else if (wire === FIXED64) this.#at += 8;
    else if (wire === FIXED32) this.#at += 4;
    else throw new RangeError(`a field of an unknown type: ${wire}`);
  }
}
