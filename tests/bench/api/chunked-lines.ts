/** The body of an answer, kept as it came: reading it must not take the time of those that are measured. */
export class ChunkedLines {
  #bytes: Buffer;
  #length = 0;

  /** `expected`: about how many bytes will come; room for them is made at once. */
  constructor(expected: number) {
    this.#bytes = Buffer.alloc(expected);
  }

  /** `piece` is only lent. */
  take(piece: Buffer): void {
    const length = this.#length + piece.length;
    if (length > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes], length * 2);
    piece.copy(this.#bytes, this.#length);
    this.#length = length;
  }

  /**
   * What came, read as chunks of HTTP/1.1 and those as lines. A last chunk or line that is not whole is left out.
   * @throws Error when something is no chunk
   */
  lines(): string[] {
    const bytes = this.#bytes.subarray(0, this.#length);
    const chunks: Buffer[] = [];
    for (let at = 0; ; ) {
      const end = bytes.indexOf('\r\n', at);
      if (end < 0) break;
      const head = bytes.toString('latin1', at, end);
      if (!/^[0-9a-f]+$/i.test(head)) throw new Error(`a chunk of ${JSON.stringify(head.slice(0, 20))} bytes`);
      const from = end + 2;
      at = from + Number.parseInt(head, 16) + 2;
      if (at > bytes.length) break;
      if (bytes.toString('latin1', at - 2, at) !== '\r\n') throw new Error('a chunk without its end');
      chunks.push(bytes.subarray(from, at - 2));
    }
    return Buffer.concat(chunks).toString('utf8').split('\n').slice(0, -1);
  }
}
