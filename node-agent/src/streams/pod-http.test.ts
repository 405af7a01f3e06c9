/** A request of the control plane to a pod, whole way: its client, the stream, the agent, a server. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { dialPod } from '#control-plane/relay/dial-pod.ts';
import { loopbackRelay } from '#tests/harness/loopback-relay.ts';

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

const call = (port: number, request: Request) => {
  const platform = { relay: loopbackRelay as never, random: { bytes: (n: number) => new Uint8Array(n), uuid: () => 'u', float: () => 0 } };
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

it('streams a large answer, and one without a body', async () => {
  const big = await pod((_request, response) => void response.end(Buffer.alloc(5_000_000, 7)));
  const bytes = new Uint8Array(await (await call(big, new Request('http://web/'))).arrayBuffer());
  expect([bytes.byteLength, bytes.every((byte) => byte === 7)]).toEqual([5_000_000, true]);
  const none = await pod((_request, response) => void response.writeHead(204).end());
  expect((await call(none, new Request('http://web/'))).status).toBe(204);
});

it('says why a pod cannot be reached', async () => {
  const port = await pod(() => undefined);
  for (const end of ends.splice(0)) end();
  await expect(call(port, new Request('http://web/'))).rejects.toMatchObject({
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
