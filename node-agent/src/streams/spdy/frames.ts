/**
 * Frames of SPDY/3.1, as far as port forwarding uses them. Reading takes bytes in any cuts and holds no more than one control frame: data comes out in the
 * pieces it came in. Flow-control windows are not part of it; the clients keep none.
 */
import { createHeaderReader, type Headers } from './header-block.ts';

export type SpdyFrame =
  | { readonly type: 'data'; readonly streamId: number; readonly data: Uint8Array; readonly fin: boolean }
  | { readonly type: 'synStream'; readonly streamId: number; readonly fin: boolean; readonly headers: Headers }
  | { readonly type: 'rstStream'; readonly streamId: number }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'goAway' };

const SYN_STREAM = 1;
const SYN_REPLY = 2;
const RST_STREAM = 3;
const PING = 6;
const GOAWAY = 7;
const HEADERS = 8;

const FIN = 1;
const HEAD_BYTES = 8;
const MAX_CONTROL_BYTES = 64 * 1024;
/** A frame's length has 24 bits. */
export const MAX_DATA_BYTES = 0xff_ffff;

/** Hands out bytes of a stream of chunks by number. */
class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** At most `limit` bytes, what is there; undefined at the end. */
  async some(limit: number): Promise<Uint8Array | undefined> {
    while (this.#chunk.byteLength === 0) {
      const { value, done } = await this.#source.next();
      if (done) return undefined;
      this.#chunk = value;
    }
    const taken = this.#chunk.subarray(0, limit);
    this.#chunk = this.#chunk.subarray(taken.byteLength);
    return taken;
  }

  /** Exactly `count` bytes; undefined when the stream ends before. */
  async exactly(count: number): Promise<Buffer | undefined> {
    const all = Buffer.alloc(count);
    for (let at = 0; at < count; ) {
      const part = await this.some(count - at);
      if (!part) return undefined;
      all.set(part, at);
      at += part.byteLength;
    }
    return all;
  }
}

/** Ends with the source, or in the middle of a frame with it. @throws Error when the bytes are not SPDY/3 */
export async function* readFrames(source: AsyncIterable<Uint8Array>): AsyncGenerator<SpdyFrame, void> {
  const bytes = new ByteReader(source);
  const headers = createHeaderReader();
  try {
    for (;;) {
      const head = await bytes.exactly(HEAD_BYTES);
      if (!head) return;
      const length = head.readUIntBE(5, 3);
      const fin = (head[4]! & FIN) !== 0;
      if ((head[0]! & 0x80) === 0) {
        const streamId = head.readUInt32BE(0);
        for (let left = length; left > 0; ) {
          const data = await bytes.some(left);
          if (!data) return;
          left -= data.byteLength;
          yield { type: 'data', streamId, data, fin: fin && left === 0 };
        }
        if (length === 0) yield { type: 'data', streamId, data: new Uint8Array(0), fin };
        continue;
      }
      if ((head.readUInt16BE(0) & 0x7fff) !== 3) throw new Error('not SPDY/3');
      if (length > MAX_CONTROL_BYTES) throw new Error('a control frame is too large');
      const body = await bytes.exactly(length);
      if (!body) return;
      const type = head.readUInt16BE(2);
      if (type === SYN_STREAM) {
        yield { type: 'synStream', streamId: body.readUInt32BE(0) & 0x7fffffff, fin, headers: await headers.read(body.subarray(10)) };
      } else if (type === RST_STREAM) yield { type: 'rstStream', streamId: body.readUInt32BE(0) & 0x7fffffff };
      else if (type === PING) yield { type: 'ping', id: body.readUInt32BE(0) };
      else if (type === GOAWAY) yield { type: 'goAway' };
      // their blocks belong to the same zlib context
      else if (type === SYN_REPLY || type === HEADERS) await headers.read(body.subarray(4));
    }
  } finally {
    headers.close();
  }
}

const control = (type: number, flags: number, body: Buffer): Buffer => {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt16BE(0x8003, 0);
  head.writeUInt16BE(type, 2);
  head[4] = flags;
  head.writeUIntBE(body.length, 5, 3);
  return Buffer.concat([head, body]);
};

const fourBytes = (...values: number[]): Buffer => {
  const body = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) body.writeUInt32BE(value >>> 0, 4 * i);
  return body;
};

/** `data` at most MAX_DATA_BYTES. */
export const dataFrame = (streamId: number, data: Uint8Array, fin = false): Buffer => {
  const frame = Buffer.alloc(HEAD_BYTES + data.byteLength);
  frame.writeUInt32BE(streamId, 0);
  frame[4] = fin ? FIN : 0;
  frame.writeUIntBE(data.byteLength, 5, 3);
  frame.set(data, HEAD_BYTES);
  return frame;
};

/** `block` from the connection's header writer. */
export const synReplyFrame = (streamId: number, block: Buffer): Buffer =>
  control(SYN_REPLY, 0, Buffer.concat([fourBytes(streamId), block]));

/** `block` from the connection's header writer. */
export const synStreamFrame = (streamId: number, block: Buffer): Buffer =>
  control(SYN_STREAM, 0, Buffer.concat([fourBytes(streamId, 0), Buffer.alloc(2), block]));

/** `status` 5 is CANCEL, 3 REFUSED_STREAM. */
export const rstStreamFrame = (streamId: number, status: number): Buffer => control(RST_STREAM, 0, fourBytes(streamId, status));

export const pingFrame = (id: number): Buffer => control(PING, 0, fourBytes(id));
