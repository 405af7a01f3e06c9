/** A request of the control plane to a pod, whole way: its client, the stream, the agent, a server. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { credited, creditParams } from '#control-plane/relay/credited.ts';
import { dialPod } from '#control-plane/relay/dial-pod.ts';
import type { Relay } from '#control-plane/relay/relay.ts';
import { loopbackRelay } from '#tests/harness/loopback-relay.ts';
import { socketPair } from './fixtures.ts';
import { servePodHttp } from './pod-http.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const pod = async (serve: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> => {
  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
};

/** Nobody listens there, while a port of one's own that was closed may be another program's by now. */
const NOBODYS = 1;

/** As on Workers, whose sockets cannot be paused. */
const creditedRelay: Pick<Relay, 'dial'> = {
  dial: async (node, open, ...more) =>
    credited(await loopbackRelay.dial(node, { ...open, params: { ...open.params, ...creditParams } }, ...more)),
};

const call = (port: number, request: Request, relay = loopbackRelay) => {
  const platform = { relay: relay as never, random: { bytes: (n: number) => new Uint8Array(n), uuid: () => 'u', float: () => 0 } };
  const endpoint = { node: 'n1', namespace: 'default', pod: 'web', podUid: 'uid', port };
  return dialPod(platform, endpoint)(request);
};

it('passes method, path, query, headers and body on, and the answer back', async () => {
  const port = await pod((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      response.writeHead(418, { 'content-type': 'text/x', 'set-cookie': ['a=1', 'b=2'] });
      response.end(`${request.method} ${request.url} ${request.headers['x-one']} ${body}`);
    });
  });
  const answer = await call(
    port,
    new Request('http://web/a%2Fb/c?x=1&y', { method: 'POST', headers: { 'x-one': 'two', te: 'x' }, body: 'hello' }),
  );
  expect([answer.status, answer.headers.get('content-type'), answer.headers.getSetCookie()]).toEqual([418, 'text/x', ['a=1', 'b=2']]);
  expect(await answer.text()).toBe('POST /a%2Fb/c?x=1&y two hello');
});

it("passes a body's length on where it is known: not every server reads chunks", async () => {
  const port = await pod((request, response) => {
    const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
    request.resume().on('end', () => response.end(`${length} ${encoding}`));
  });
  const lengthOf = async (init: RequestInit) =>
    (await call(port, new Request('http://web/', { method: 'POST', ...init, duplex: 'half' } as RequestInit))).text();
  expect(await lengthOf({ body: 'hello', headers: { 'content-length': '5' } })).toBe('5 undefined');
  expect(await lengthOf({ body: new Blob(['hello']).stream() })).toBe('undefined chunked');
});

it('streams a large answer, and one without a body', async () => {
  const big = await pod((_request, response) => void response.end(Buffer.alloc(5_000_000, 7)));
  const bytes = new Uint8Array(await (await call(big, new Request('http://web/'))).arrayBuffer());
  expect([bytes.byteLength, bytes.every((byte) => byte === 7)]).toEqual([5_000_000, true]);
  const none = await pod((_request, response) => void response.writeHead(204).end());
  expect((await call(none, new Request('http://web/'))).status).toBe(204);
});

it('carries a body there and back at once', async () => {
  const echo = await pod((request, response) => void request.pipe(response));
  for (const relay of [loopbackRelay, creditedRelay]) {
    const body = randomBytes(3_000_000);
    const answer = await call(echo, new Request('http://web/', { method: 'POST', body, duplex: 'half' } as RequestInit), relay);
    expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
  }
});

it('hears of credit while the pod takes nothing of the body', async () => {
  const port = await pod((_request, response) => void response.writeHead(200).write(Buffer.alloc(1_000_000)));
  const { socket, say, sent, untaken, leave } = socketPair();
  const served = servePodHttp(socket, '127.0.0.1', { port: [String(port)], credit: ['65536'], bodyWindow: ['100000000'] });
  say(JSON.stringify({ method: 'POST', path: '/', headers: [['host', 'web']] }));
  const part = new Uint8Array(64 * 1024);
  // more than the kernel holds
  for (let i = 0; i < 600; i++) say(part);
  const answered = (): number => sent.reduce((sum, frame) => sum + (typeof frame === 'string' ? 0 : frame.byteLength), 0);
  await expect.poll(answered).toBeGreaterThan(0);
  const before = answered();
  expect(before).toBeLessThan(200_000);
  say('credit 500000');
  await expect.poll(answered).toBeGreaterThan(before);
  expect([untaken(), sent[0]]).toEqual([0, 'taken 0']);
  leave();
  await served;
});

it('answers before it has taken the body', async () => {
  const hasty = await pod((_request, response) => void response.writeHead(413).end('too large'));
  const request = () => new Request('http://web/', { method: 'POST', body: randomBytes(3_000_000), duplex: 'half' } as RequestInit);
  for (const relay of [loopbackRelay, creditedRelay]) {
    const answer = await call(hasty, request(), relay);
    expect([answer.status, await answer.text()]).toEqual([413, 'too large']);
  }
});

it('says why a pod cannot be reached', async () => {
  await expect(call(NOBODYS, new Request('http://web/'))).rejects.toMatchObject({
    code: 503,
    message: expect.stringMatching(/^error trying to reach pod "default\/web": .*ECONNREFUSED/),
  });
});

it('breaks the body when the pod breaks off', async () => {
  const port = await pod((_request, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half');
    setImmediate(() => response.destroy());
  });
  const answer = await call(port, new Request('http://web/'));
  await expect(answer.text()).rejects.toThrow();
});
