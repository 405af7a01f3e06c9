/** Watches over real sockets: what is sent straight to them is HTTP, a slow reader is waited for, and one that leaves is noticed. */
import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PieceSource } from '../../apiserver/piece-source.ts';
import { chunkOf, sendPieces, takesChunks } from './piece-sender.ts';

/** A source that is fed by the test. */
class Fed implements PieceSource {
  readonly shared = true;
  error: Error | undefined;
  readonly pieces: Uint8Array[] = [];
  ended = false;
  taken = 0;
  closes = 0;
  onNews = (): void => undefined;
  next(): Uint8Array | 'ended' | undefined {
    if (this.error) throw this.error;
    const piece = this.pieces.shift();
    if (piece) this.taken++;
    return piece ?? (this.ended ? 'ended' : undefined);
  }
  close(): void {
    this.closes++;
  }
  feed(...pieces: Uint8Array[]): void {
    this.pieces.push(...pieces);
    this.onNews();
  }
  fail(error: Error): void {
    this.error = error;
    this.onNews();
  }
  end(): void {
    this.ended = true;
    this.onNews();
  }
}

let server: Server;
let source: Fed;
let agent: Agent;
beforeEach(async () => {
  source = new Fed();
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
  server = createServer((_, outgoing) => {
    expect(takesChunks(outgoing)).toBe(true);
    sendPieces(source, new Response(null, { headers: { 'content-type': 'application/json', warning: '299 - "w"' } }), outgoing);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterEach(async () => {
  agent.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const open = async (): Promise<IncomingMessage> => {
  const sent = get({ agent, host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return answer;
};
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('headers go out at once, then each piece, and the connection serves the next request', async () => {
  for (const round of ['one', 'two']) {
    source = new Fed();
    const answer = await open();
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json', warning: '299 - "w"', 'transfer-encoding': 'chunked' });
    const texts: string[] = [];
    answer.on('data', (chunk) => texts.push(String(chunk)));
    source.feed(bytes(`${round}\n`), bytes('ä\n'));
    source.end();
    await once(answer, 'end');
    expect(texts.join('')).toBe(`${round}\nä\n`);
    await expect.poll(() => source.closes).toBe(1);
  }
  await expect.poll(() => Object.values(agent.freeSockets).flat()).toHaveLength(1);
});

test('a piece is framed once, however many send it', () => {
  const piece = bytes('{"type":"ADDED"}\n');
  expect(chunkOf(piece)).toBe(chunkOf(piece));
  expect(String(chunkOf(piece))).toBe('11\r\n{"type":"ADDED"}\n\r\n');
});

test('a reader that stands still is asked for nothing more, and gets all of it later', async () => {
  const answer = await open();
  answer.pause();
  const piece = new Uint8Array(1_000_000).fill(97);
  const pieces = 40;
  source.feed(...Array.from({ length: pieces }, () => piece));
  // far more than sockets take: the rest stays with the source
  await expect.poll(() => source.taken).toBeLessThan(pieces);
  let read = 0;
  answer.on('data', (chunk: Buffer) => {
    read += chunk.length;
  });
  answer.resume();
  await expect.poll(() => read, { timeout: 20_000 }).toBe(pieces * piece.length);
  expect(source.taken).toBe(pieces);
});

test('a reader that leaves closes the source', async () => {
  const answer = await open();
  source.feed(bytes('one\n'));
  answer.destroy();
  await expect.poll(() => source.closes).toBe(1);
});

test('a body that breaks off is cut off, and the source closed', async () => {
  const answer = await open();
  source.feed(bytes('one\n'));
  const failed = once(answer.resume(), 'error');
  source.fail(new Error('gone'));
  expect(await failed).toMatchObject([{ code: 'ECONNRESET' }]);
  await expect.poll(() => source.closes).toBe(1);
});
