/**
 * Header blocks of SPDY/3: name/value pairs compressed by zlib with one context for the whole connection each way. Reading inflates; writing needs no
 * compressor: stored blocks, each followed by an empty one, which is what the clients' readers stop at.
 */
import { createInflate } from 'node:zlib';
import { spdyDictionary } from './dictionary.ts';

export type Headers = ReadonlyMap<string, string>;

/** What one block may inflate to. */
const MAX_BYTES = 64 * 1024;

/** @throws RangeError when the block is not whole */
export const decodePairs = (block: Buffer): Headers => {
  let at = 0;
  const text = (): string => {
    const length = block.readUInt32BE(at);
    if (length > block.length - at - 4) throw new RangeError('a header block is cut');
    at += 4 + length;
    return block.toString('latin1', at - length, at);
  };
  const headers = new Map<string, string>();
  at = 4;
  for (let left = block.readUInt32BE(0); left > 0; left--) headers.set(text(), text());
  return headers;
};

export interface HeaderReader {
  /** Blocks in the order of the connection, one at a time. @throws Error when it is not zlib with the dictionary, or too large */
  read(compressed: Uint8Array): Promise<Headers>;
  close(): void;
}

export const createHeaderReader = (): HeaderReader => {
  const inflate = createInflate({ dictionary: spdyDictionary });
  let chunks: Buffer[] = [];
  let bytes = 0;
  let failed: Error | undefined;
  inflate.on('data', (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (bytes <= MAX_BYTES) return void chunks.push(chunk);
    failed = new Error('a header block is too large');
    inflate.destroy();
  });
  inflate.on('error', (error) => {
    failed = error;
  });
  return {
    read: (compressed) =>
      new Promise((resolve, reject) => {
        if (failed) return reject(failed);
        const broken = (error: Error): void => reject(error);
        inflate.once('error', broken);
        inflate.write(compressed, (error) => {
          inflate.off('error', broken);
          // what destroys it in mid-work is not told to the callback
          if (error ?? failed) return reject(error ?? failed);
          const block = Buffer.concat(chunks);
          chunks = [];
          bytes = 0;
          try {
            resolve(decodePairs(block));
          } catch {
            reject(new Error('a header block is cut'));
          }
        });
      }),
    close: () => void inflate.destroy(),
  };
};

const encodePairs = (headers: Headers): Buffer => {
  const parts: Buffer[] = [];
  const number = (value: number): void => {
    const four = Buffer.alloc(4);
    four.writeUInt32BE(value);
    parts.push(four);
  };
  number(headers.size);
  for (const text of [...headers].flat()) {
    number(Buffer.byteLength(text, 'latin1'));
    parts.push(Buffer.from(text, 'latin1'));
  }
  return Buffer.concat(parts);
};

const ZLIB_HEADER = Buffer.from([0x78, 0x01]);
const EMPTY_BLOCK = Buffer.from([0, 0, 0, 0xff, 0xff]);

/** Makes the blocks of one connection, in order. */
export const createHeaderWriter = (): ((headers: Headers) => Buffer) => {
  let begun = false;
  return (headers) => {
    const pairs = encodePairs(headers);
    const stored = Buffer.alloc(5);
    stored.writeUInt16LE(pairs.length, 1);
    stored.writeUInt16LE(~pairs.length & 0xffff, 3);
    const block = Buffer.concat([...(begun ? [] : [ZLIB_HEADER]), stored, pairs, EMPTY_BLOCK]);
    begun = true;
    return block;
  };
};
