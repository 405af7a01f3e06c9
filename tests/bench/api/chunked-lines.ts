/** Reads the body of an answer as HTTP/1.1 chunks, and what they hold as lines. Keeps all of it. */
export class ChunkedLines {
  readonly lines: string[] = [];
  /** What is no chunk. */
  broken: string | undefined;
  #bytes: Buffer = Buffer.alloc(0);
  #text = '';

  take(piece: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, piece]);
    for (let chunk = this.#chunk(); chunk !== undefined; chunk = this.#chunk()) {
      const parts = (this.#text + chunk).split('\n');
      this.#text = parts.pop()!;
      this.lines.push(...parts);
    }
  }

  #chunk(): string | undefined {
    const end = this.#bytes.indexOf('\r\n');
    if (this.broken || end < 0) return undefined;
    const head = this.#bytes.toString('latin1', 0, end);
    const from = end + 2;
    const to = from + Number.parseInt(head, 16);
    if (!/^[0-9a-f]+$/i.test(head)) this.broken = `a chunk of ${JSON.stringify(head)} bytes`;
    if (this.broken || this.#bytes.length < to + 2) return undefined;
    if (this.#bytes.toString('latin1', to, to + 2) !== '\r\n') this.broken = 'a chunk without its end';
    // an event is one chunk or part of one: a character is never cut
    const chunk = this.#bytes.toString('utf8', from, to);
    this.#bytes = Buffer.from(this.#bytes.subarray(to + 2));
    return chunk;
  }
}
