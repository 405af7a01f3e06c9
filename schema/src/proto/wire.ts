/**
 * The protobuf wire format: a reader that never reads past its bounds and a writer for tests and later responses. Lengths are checked against
 * what is left before anything is allocated.
 */

/** The bytes are no message of the expected shape. */
export class ProtoError extends Error {
  override readonly name = 'ProtoError';
}

export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH = 2;
export const FIXED32 = 5;

const TWO32 = 0x1_0000_0000;

export class ProtoReader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  /** Field number and wire type. */
  tag(): { readonly no: number; readonly wire: number } {
    const tag = this.uint32();
    const no = tag >>> 3;
    const wire = tag & 7;
    if (no === 0) throw new ProtoError(`proto: illegal tag 0 (wire type ${wire})`);
    return { no, wire };
  }

  /** A varint that must fit 32 bits: tags and lengths. */
  uint32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const b = this.byte();
      value += (b & 0x7f) * 2 ** shift;
      if (b < 0x80) {
        if (value >= TWO32) break;
        return value;
      }
    }
    throw new ProtoError('proto: integer overflow');
  }

  byte(): number {
    if (this.at >= this.end) throw new ProtoError('unexpected EOF');
    return this.bytes[this.at++]!;
  }

  /** A 64-bit varint as two unsigned halves. */
  #varint64(): { low: number; high: number } {
    let low = 0;
    let high = 0;
    for (let i = 0; i < 10; i++) {
      const b = this.byte();
      const bits = b & 0x7f;
      if (i < 4) low += bits * 2 ** (7 * i);
      else if (i === 4) {
        low += (bits & 0x0f) * 2 ** 28;
        high += bits >> 4;
      } else high += bits * 2 ** (7 * i - 32);
      if (b < 0x80) return { low: low >>> 0, high: high >>> 0 };
    }
    throw new ProtoError('proto: integer overflow');
  }

  /** Signed 32 bits; higher bits are cut, as Go does. */
  int32(): number {
    return this.#varint64().low | 0;
  }

  /** Signed 64 bits. Beyond 2^53 the nearest double. */
  int64(): number {
    const { low, high } = this.#varint64();
    return (high | 0) * TWO32 + low;
  }

  bool(): boolean {
    const { low, high } = this.#varint64();
    return low !== 0 || high !== 0;
  }

  double(): number {
    this.#need(8);
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset + this.at, 8);
    this.at += 8;
    return view.getFloat64(0, true);
  }

  /** Reads a length and returns where the delimited bytes end. */
  length(): number {
    const size = this.uint32();
    this.#need(size);
    return this.at + size;
  }

  /** A reader over the next length-delimited value; this one moves past it. */
  message(): ProtoReader {
    const end = this.length();
    const inner = new ProtoReader(this.bytes, this.at, end);
    this.at = end;
    return inner;
  }

  /** The next length-delimited value, not copied. */
  view(): Uint8Array {
    const end = this.length();
    const out = this.bytes.subarray(this.at, end);
    this.at = end;
    return out;
  }

  skip(wire: number): void {
    if (wire === VARINT) this.#varint64();
    else if (wire === FIXED64) this.#advance(8);
    else if (wire === LENGTH) this.at = this.length();
    else if (wire === FIXED32) this.#advance(4);
    else throw new ProtoError(`proto: illegal wireType ${wire}`);
  }

  #need(size: number): void {
    if (size > this.end - this.at) throw new ProtoError('unexpected EOF');
  }

  #advance(size: number): void {
    this.#need(size);
    this.at += size;
  }
}

export class ProtoWriter {
  #bytes = new Uint8Array(256);
  #size = 0;

  #room(extra: number): void {
    if (this.#size + extra <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#size + extra));
    grown.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = grown;
  }

  tag(no: number, wire: number): void {
    this.varint(BigInt(no * 8 + wire));
  }

  /** Negative values take ten bytes. */
  varint(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    this.#room(10);
    while (rest >= 0x80n) {
      this.#bytes[this.#size++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#size++] = Number(rest);
  }

  double(value: number): void {
    this.#room(8);
    new DataView(this.#bytes.buffer).setFloat64(this.#size, value, true);
    this.#size += 8;
  }

  raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#size);
    this.#size += bytes.length;
  }

  /** Tag, length and content. */
  field(no: number, content: Uint8Array): void {
    this.tag(no, LENGTH);
    this.varint(BigInt(content.length));
    this.raw(content);
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#size);
  }
}
