/** The engine's multiplexed stream: 8 bytes of header (stream, 0, 0, 0, length) before each chunk of a container without a tty. */
export interface Frame {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Uint8Array;
}

/** Splits a byte stream into frames; a raw (tty) stream is all stdout. Ends where the source ends, even inside a frame. */
export async function* readFrames(source: AsyncIterable<Uint8Array>, raw: boolean): AsyncGenerator<Frame> {
  if (raw) {
    for await (const data of source) yield { stream: 'stdout', data };
    return;
  }
  let buffer: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    buffer = buffer.length === 0 ? Buffer.from(chunk) : Buffer.concat([buffer, chunk]);
    while (buffer.length >= 8) {
      const length = buffer.readUInt32BE(4);
      if (buffer.length < 8 + length) break;
      yield { stream: buffer[0] === 2 ? 'stderr' : 'stdout', data: buffer.subarray(8, 8 + length) };
      buffer = buffer.subarray(8 + length);
    }
  }
}
