/** Watch over WebSocket, as a browser asks: a real socket to the upgrader of Node.js, the frames one by one. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { upstreamCases } from '#tests/conformance/upstream/table.ts';
import { createNodeUpgrader } from '../platform/node/upgrade.ts';
import { createWorld, type World } from './testing.ts';
import { linesOf, watchProtocol } from './verbs/watch-socket.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';
const upgrader = createNodeUpgrader();
const opened: WebSocket[] = [];
let world: World;
let server: Server;
/** Ends every watch's clock. */
let over: () => void;

beforeAll(async () => {
  const end = new Promise<void>((resolve) => {
    over = resolve;
  });
  const aborted = (signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  world = await createWorld({
    upgrader,
    delay: (_ms, signal) => {
      waits++;
      signal.addEventListener('abort', () => waits--, { once: true });
      return Promise.race([end, aborted(signal)]);
    },
  });
  server = createServer();
  server.on(
    'upgrade',
    upgrader.handle('http://kedge.test', (request) => world.app.fetch(request)),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  for (const socket of opened.splice(0)) socket.terminate();
});
afterAll(async () => {
  upgrader.close();
  server.close();
  await world.close();
});

interface Watched {
  readonly socket: WebSocket;
  /** The next frame, parsed. */
  next(): Promise<any>;
  readonly closed: Promise<number>;
}

const open = (path: string, options: { protocols?: string[]; headers?: Record<string, string> } = {}): Watched => {
  const { port } = server.address() as AddressInfo;
  const { protocols = [], headers = { authorization: `Bearer ${world.adminToken}` } } = options;
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, { headers });
  opened.push(socket);
  const frames: string[] = [];
  const waiting: ((text: string) => void)[] = [];
  socket.on('message', (data: Buffer, isBinary) => {
    const text = isBinary ? 'binary' : data.toString();
    const taker = waiting.shift();
    if (taker) taker(text);
    else frames.push(text);
  });
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  const next = async () => JSON.parse(frames.shift() ?? (await new Promise<string>((resolve) => waiting.push(resolve))));
  return { socket, next, closed };
};

/** What watches still wait for: each waits for its time. */
let waits = 0;

const seen = ({ type, object }: any) => [type, object.metadata?.name];

upstreamCases('watch', import.meta.url, {
  TestWatchWebsocket: async () => {
    const name = 'on-a-socket';
    // from a revision on: the socket may be there after the changes are
    const { resourceVersion } = (await world.call('GET', configMaps)).body.metadata;
    const { next } = open(`${configMaps}?watch=true&fieldSelector=metadata.name%3D${name}&resourceVersion=${resourceVersion}`);
    await world.create(configMaps, { metadata: { name } });
    await world.call('PATCH', `${configMaps}/${name}`, { data: { k: 'v' } }, { 'content-type': 'application/merge-patch+json' });
    await world.call('DELETE', `${configMaps}/${name}`);
    const events = [await next(), await next(), await next()];
    expect(events.map(seen)).toEqual(['ADDED', 'MODIFIED', 'DELETED'].map((type) => [type, name]));
  },
  TestWatchWebsocketClientClose: async () => {
    await expect.poll(() => waits).toBe(0);
    const { socket, closed } = open(`${configMaps}?watch=true`);
    await expect.poll(() => waits).toBe(1);
    socket.close();
    await closed;
    await expect.poll(() => waits).toBe(0);
  },
  TestWatchProtocolSelection: async () => {
    for (const protocols of [[], ['base64.binary.k8s.io'], ['anything']]) {
      const { socket } = open(`${configMaps}?watch=true`, { protocols });
      await once(socket, 'open');
      expect(socket.protocol).toBe(protocols[0] ?? '');
    }
    const plain = await world.raw('GET', `${configMaps}?watch=true`);
    expect([plain.status, plain.headers.get('content-type')]).toEqual([200, 'application/json']);
    await plain.body!.cancel();
  },
});

describe('a watch over WebSocket', () => {
  it('sends one event a text frame, what there was and what happens', async () => {
    await world.create(configMaps, { metadata: { name: 'a' }, data: { text: 'é\n€' } });
    await world.create(configMaps, { metadata: { name: 'b' } });
    const { socket, next } = open(`${configMaps}?watch=true`);
    const first = await next();
    expect(first).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'a' }, data: { text: 'é\n€' } } });
    expect(seen(await next())).toEqual(['ADDED', 'b']);
    expect(socket.protocol).toBe('');
    // what a client says is nobody's business
    socket.send('hello');
    await world.call('DELETE', `${configMaps}/b`);
    expect(seen(await next())).toEqual(['DELETED', 'b']);
  });

  it('takes the token as a sub-protocol, and echoes the other one', async () => {
    const token = btoa(world.adminToken).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    const protocols = [`base64url.bearer.authorization.k8s.io.${token}`, 'base64.binary.k8s.io'];
    const { socket, next } = open(`${configMaps}?watch=true&fieldSelector=metadata.name%3Da`, { protocols, headers: {} });
    expect(seen(await next())).toEqual(['ADDED', 'a']);
    expect(socket.protocol).toBe('base64.binary.k8s.io');
  });

  it('tells an error of the watch in a frame, and ends', async () => {
    const { next, closed } = open(`${configMaps}?watch=true&resourceVersion=999999999`);
    expect(await next()).toMatchObject({ type: 'ERROR', object: { kind: 'Status', reason: 'Timeout' } });
    expect(await closed).toBe(1000);
  });

  it.each([
    ['without rights', `${configMaps}?watch=true`, { authorization: 'Bearer kdg1.x.y.z' }, 401],
    ['with options nobody understands', `${configMaps}?watch=true&labelSelector=%21%21`, undefined, 400],
    ['of what is not there', '/api/v1/nothings?watch=true', undefined, 404],
  ])('is refused %s by a plain answer', async (_what, path, headers, code) => {
    const { socket } = open(path, headers ? { headers } : {});
    socket.on('error', () => undefined);
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(code);
  });

  // the clock of all watches ends here: keep it last
  it('ends with its time', async () => {
    const { next, closed } = open(`${configMaps}?watch=true&timeoutSeconds=5`);
    expect(seen(await next())).toEqual(['ADDED', 'a']);
    over();
    expect(await closed).toBe(1000);
  });
});

describe('lines', () => {
  const bytes = new TextEncoder().encode('{"é":1}\n{"b":2}\n\n{"€":3}');
  it.each([1, 2, 3, 7, 100])('are found in pieces of %i bytes', async (size) => {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
    const stream = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        const piece = pieces.shift();
        if (piece) controller.enqueue(piece);
        else controller.close();
      },
    });
    const lines: string[] = [];
    for await (const line of linesOf(stream, new AbortController().signal)) lines.push(line);
    expect(lines).toEqual(['{"é":1}\n', '{"b":2}\n', '\n', '{"€":3}']);
  });

  it('end when the reader leaves, and the source hears of it', async () => {
    const stop = new AbortController();
    let cancelled = false;
    const stream = new ReadableStream<Uint8Array>({
      cancel: () => {
        cancelled = true;
      },
    });
    const next = linesOf(stream, stop.signal).next();
    stop.abort();
    expect((await next).done).toBe(true);
    expect(cancelled).toBe(true);
  });
});

it('any sub-protocol but a token is echoed', () => {
  const of = (value: string) => watchProtocol(new Request('http://x', { headers: { 'sec-websocket-protocol': value } }));
  expect(of('base64url.bearer.authorization.k8s.io.abc, a, b')).toBe('a');
  expect(of('base64url.bearer.authorization.k8s.io.abc')).toBeUndefined();
});
