import { createServer } from 'node:http';
import { createServer as createHttp2Server, type Http2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { Probe } from '#schema/core/pod.ts';
import { MemoryRuntime } from '../../runtime/memory/memory-runtime.ts';
import { systemClock } from '../fixtures.ts';
import { runProbe } from './run-probe.ts';

/** Nobody listens there, while a port of one's own that was closed may be another program's by now. */
const NOBODYS = 1;
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const listen = async (server: ReturnType<typeof createServer> | ReturnType<typeof createHttp2Server>): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
};

const run = (probe: Probe, signal = new AbortController().signal, port?: number) => {
  const container = { name: 'app', ...(port ? { ports: [{ name: 'web', containerPort: port }] } : {}) };
  return runProbe(
    probe,
    { container, containerId: 'none', podIP: '127.0.0.1' },
    new MemoryRuntime({ clock: systemClock, clusterUid: 'c' }),
    signal,
  );
};

it('judges HTTP by its status, with the headers asked for and a port by name', async () => {
  const seen: (string | undefined)[] = [];
  const port = await listen(
    createServer((request, response) => {
      seen.push(request.headers['x-probe'] as string, request.headers.host);
      response.statusCode = request.url === '/ok' ? 302 : 500;
      response.end();
    }),
  );
  const headers = [
    { name: 'X-Probe', value: '1' },
    { name: 'Host', value: 'example.com' },
  ];
  expect(await run({ httpGet: { path: '/ok', port: 'web', httpHeaders: headers } }, undefined, port)).toEqual({
    success: true,
    message: '',
  });
  expect(seen).toEqual(['1', 'example.com']);
  expect(await run({ httpGet: { path: '/', port } })).toEqual({ success: false, message: 'HTTP probe failed with statuscode: 500' });
  expect(await run({ httpGet: { path: '/', port: 'none' } })).toEqual({ success: false, message: "couldn't find port: none" });
});

it('says what a refused connection and a time-out are', async () => {
  const port = await listen(createServer(() => {}));
  const limit = new AbortController();
  const slow = run({ httpGet: { path: '/', port } }, limit.signal);
  limit.abort();
  expect((await slow).message).toContain('context deadline exceeded');
  expect((await run({ httpGet: { path: '/x', port: NOBODYS } })).message).toBe(
    'Get "http://127.0.0.1:1/x": dial tcp 127.0.0.1:1: connect: connection refused',
  );
  expect((await run({ tcpSocket: { port: NOBODYS } })).message).toBe('dial tcp 127.0.0.1:1: connect: connection refused');
});

it('connects for TCP', async () => {
  const port = await listen(createServer());
  expect((await run({ tcpSocket: { port } })).success).toBe(true);
});

it('asks gRPC health', async () => {
  const answers: Record<string, number> = { '': 1, sick: 2 };
  const server = createHttp2Server();
  server.on('stream', (stream, headers) => {
    stream.on('data', (frame: Buffer) => {
      const service = frame.subarray(7).toString();
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () =>
        stream.sendTrailers(
          headers[':path'] === '/grpc.health.v1.Health/Check' && service in answers
            ? { 'grpc-status': '0' }
            : { 'grpc-status': '5', 'grpc-message': 'unknown service' },
        ),
      );
      stream.end(Buffer.from([0, 0, 0, 0, 2, 8, answers[service] ?? 3]));
    });
  });
  const port = await listen(server);
  expect(await run({ grpc: { port } })).toEqual({ success: true, message: '' });
  expect(await run({ grpc: { port, service: 'sick' } })).toEqual({
    success: false,
    message: 'service unhealthy (responded with "NOT_SERVING")',
  });
  expect((await run({ grpc: { port, service: 'none' } })).message).toBe(
    'error: health rpc probe failed: rpc error: code = NotFound desc = unknown service',
  );
});

/** From then on the client knows that HTTP/2 is spoken here. */
const acknowledged = (session: Http2Session, then: () => void) =>
  session.pendingSettingsAck ? session.once('localSettings', then) : then();

it('says in the words of the kubelet why a gRPC server has no health', async () => {
  const connected = Promise.withResolvers<void>();
  const server = createHttp2Server();
  server.on('stream', (stream, headers) => {
    const service = String(headers[':path']);
    stream.on('data', (frame: Buffer) => {
      const asked = frame.subarray(frame.length > 135 ? 8 : 7).toString();
      if (asked === 'silent') acknowledged(stream.session!, connected.resolve);
      else if (asked === 'cut') acknowledged(stream.session!, () => stream.session?.destroy());
      else if (asked === 'lost') stream.respond({ ':status': 404 }, { endStream: true });
      else stream.respond({ ':status': 200, 'grpc-status': '12', 'grpc-message': `unknown%20${service}: ${asked}` }, { endStream: true });
    });
  });
  const port = await listen(server);
  const without = 'error: this server does not implement the grpc health protocol (grpc.health.v1.Health): ';
  const says = async (service: string) => (await run({ grpc: { port, service } })).message;
  expect(await says('a')).toBe(`${without}unknown /grpc.health.v1.Health/Check: a`);
  expect(await says('s'.repeat(300))).toBe(`${without}unknown /grpc.health.v1.Health/Check: ${'s'.repeat(300)}`);
  expect(await says('lost')).toBe(`${without}unexpected HTTP status code received from server: 404 (Not Found)`);
  expect(await says('cut')).toBe('error: health rpc probe failed: rpc error: code = Unavailable desc = error reading from server: EOF');
  const limit = new AbortController();
  const slow = run({ grpc: { port, service: 'silent' }, timeoutSeconds: 90 }, limit.signal);
  await connected.promise;
  limit.abort();
  expect((await slow).message).toBe('timeout: health rpc did not complete within 1m30s');
});

it('says that nobody speaks gRPC there', async () => {
  const plain = await listen(createServer((_, response) => response.end()));
  const words = (port: number) => `timeout: failed to connect service "127.0.0.1:${port}" within 1s: context deadline exceeded`;
  expect((await run({ grpc: { port: plain } })).message).toBe(words(plain));
  expect(await run({ grpc: { port: NOBODYS } })).toEqual({ success: false, message: words(NOBODYS) });
});
