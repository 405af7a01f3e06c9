/**
 * Reads one HTTP/1.1 answer from the bytes of a connection, however they are cut, and hands its body on as it comes, without a copy. It knows what servers
 * of databases and the proxies before them send: a length, chunks, or a body that ends with the connection. See post.ts.
 */

const MAX_HEAD_BYTES = 65_536;
const MAX_LINE_BYTES = 8_192;

type Framing = 'head' | 'length' | 'chunks' | 'close' | 'done';

/** @throws Error for bytes that are no such answer */
export class HttpAnswer {
  readonly #hand: (piece: Uint8Array) => void;
  #framing: Framing = 'head';
  /** The head, or a line between chunks, as far as it came. */
  #text = '';
  /** Bytes of the body, or of the chunk, that are still to come. */
  #left = 0;
  /** Where in a chunked body: before the line of a length, within a chunk, at its end, or in the trailers. */
  #part: 'length' | 'chunk' | 'end' | 'trailers' = 'length';
  status = 0;
  /** Whether the connection can be used again once the answer is whole. */
  reusable = false;

  constructor(hand: (piece: Uint8Array) => void) {
    this.#hand = hand;
  }

  get whole(): boolean {
    return this.#framing === 'done';
  }

  /** Takes what came. @throws Error also for bytes behind the end of the answer */
  take(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#framing === 'done') throw new Error('the server sent more than its answer');
      if (this.#framing === 'head') at = this.#takeHead(bytes, at);
      else if (this.#framing === 'chunks' && this.#part !== 'chunk') at = this.#takeLine(bytes, at);
      else at = this.#takeBody(bytes, at);
    }
  }

  /** The connection ended. @throws Error when the answer is not whole by that */
  end(): void {
    if (this.#framing === 'close') this.#framing = 'done';
    if (!this.whole) throw new Error('the connection was closed before the answer was whole');
  }

  #takeHead(bytes: Buffer, at: number): number {
    const before = this.#text.length;
    this.#text += bytes.toString('latin1', at, Math.min(bytes.length, at + MAX_HEAD_BYTES));
    const end = this.#text.indexOf('\r\n\r\n', Math.max(0, before - 3));
    if (end < 0) {
      if (this.#text.length >= MAX_HEAD_BYTES) throw new Error('the head of the answer is too long');
      return bytes.length;
    }
    const [first = '', ...lines] = this.#text.slice(0, end).split('\r\n');
    this.#text = '';
    this.#begin(first, lines);
    return at + end + 4 - before;
  }

  #begin(first: string, lines: readonly string[]): void {
    const status = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: |$)/.exec(first);
    if (!status) throw new Error('the answer is not HTTP/1.1');
    this.status = Number(status[2]);
    // what follows is the answer
    if (this.status < 200 && this.status !== 101) return;
    const headers = new Map(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line
          .slice(line.indexOf(':') + 1)
          .trim()
          .toLowerCase(),
      ]),
    );
    this.reusable = status[1] === '1' && headers.get('connection') !== 'close';
    const length = headers.get('content-length');
    const coding = headers.get('transfer-encoding');
    if (coding === 'chunked') this.#framing = 'chunks';
    else if (coding !== undefined) throw new Error('the answer comes in a transfer encoding that is not known');
    else if (this.status === 204 || this.status === 304) this.#framing = 'done';
    else if (length === undefined) {
      this.#framing = 'close';
      this.reusable = false;
    } else {
      if (!/^\d{1,15}$/.test(length)) throw new Error('the answer has a length that is no number');
      this.#left = Number(length);
      this.#framing = this.#left > 0 ? 'length' : 'done';
    }
  }

  #takeBody(bytes: Buffer, at: number): number {
    const end = this.#framing === 'close' ? bytes.length : Math.min(bytes.length, at + this.#left);
    this.#hand(bytes.subarray(at, end));
    this.#left -= end - at;
    if (this.#framing === 'length' && this.#left === 0) this.#framing = 'done';
    if (this.#framing === 'chunks' && this.#left === 0) this.#part = 'end';
    return end;
  }

  /** A line of a chunked body; what it says counts once it is whole. */
  #takeLine(bytes: Buffer, at: number): number {
    const newline = bytes.indexOf(10, at);
    const end = newline < 0 ? bytes.length : newline + 1;
    this.#text += bytes.toString('latin1', at, Math.min(end, at + MAX_LINE_BYTES + 1));
    if (this.#text.length > MAX_LINE_BYTES) throw new Error('a line between chunks is too long');
    if (newline < 0) return end;
    const line = this.#text.trim();
    this.#text = '';
    if (this.#part === 'length') {
      const digits = /^([0-9a-fA-F]{1,12})\s*(?:;|$)/.exec(line)?.[1];
      if (digits === undefined) throw new Error('a chunk has no length');
      this.#left = Number.parseInt(digits, 16);
      this.#part = this.#left > 0 ? 'chunk' : 'trailers';
    } else if (this.#part === 'end') {
      if (line !== '') throw new Error('a chunk is longer than its length');
      this.#part = 'length';
    } else if (line === '') this.#framing = 'done';
    return end;
  }
}
