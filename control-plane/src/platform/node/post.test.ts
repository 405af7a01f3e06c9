import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createPost } from './post.ts';

const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

const setUp = async (listener: RequestListener) => {
  const sockets = new Set<Socket>();
  const server = createServer(listener);
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/at?q=1`);
  const send = createPost();
  const post = async (text: string, deadlineMs = 60_000): Promise<string> => {
    const pieces: Buffer[] = [];
    const body = new TextEncoder().encode(text);
    const status = await send({ url, headers: { 'x-mine': 'yes' }, body, deadlineMs, take: (piece) => pieces.push(Buffer.from(piece)) });
    return `${status} ${Buffer.concat(pieces)}`;
  };
  return { post, sockets };
};

/** Says what it was sent. */
const echo: RequestListener = async (request, response) => {
  let text = '';
  for await (const piece of request) text += piece;
  response.writeHead(text === 'refuse' ? 403 : 200, { 'content-type': 'text/plain' });
  response.end(`${request.method} ${request.url} ${request.headers['x-mine']} ${text}`);
};

it('posts one after the other on kept connections, and together on several', async () => {
  const { post, sockets } = await setUp(echo);
  const long = 'long '.repeat(80_000);
  expect(await post('a')).toBe('200 POST /at?q=1 yes a');
  expect(await post('refuse')).toBe('403 POST /at?q=1 yes refuse');
  expect(await post(long)).toBe(`200 POST /at?q=1 yes ${long}`);
  for (let i = 0; i < 10; i++) expect(await post(`${i}`)).toBe(`200 POST /at?q=1 yes ${i}`);
  // one rests for a turn of the event loop after its answer, while the other is used
  expect(sockets.size).toBeLessThan(7);
  const many = Array.from({ length: 5 }, (_, i) => `m${i}`);
  expect(await Promise.all(many.map((text) => post(text)))).toEqual(many.map((text) => `200 POST /at?q=1 yes ${text}`));
  expect(sockets.size).toBeGreaterThanOrEqual(5);
});

it('fails when the connection is closed before the answer is whole, and opens another', async () => {
  let calls = 0;
  const { post, sockets } = await setUp((request, response) => {
    calls++;
    if (calls === 1) return void request.socket.destroy();
    if (calls === 2) return void response.write('half', () => request.socket.destroy());
    return echo(request, response);
  });
  await expect(post('a')).rejects.toThrow();
  await expect(post('b')).rejects.toThrow();
  expect(await post('c')).toContain('200 ');
  expect(sockets.size).toBe(3);
});

it('fails after its deadline, and at once where nobody listens', async () => {
  const { post } = await setUp(() => {});
  await expect(post('a', 20)).rejects.toThrow('no answer within 20 ms');
  const nowhere = createPost()({
    url: new URL('http://127.0.0.1:1/'),
    headers: {},
    body: new Uint8Array(),
    deadlineMs: 60_000,
    take: () => {},
  });
  await expect(nowhere).rejects.toThrow('ECONNREFUSED');
});
