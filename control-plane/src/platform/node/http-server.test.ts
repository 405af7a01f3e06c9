/** The HTTPS front over a real socket: bodies whose length is told and bodies in chunks, answers that are short texts and others. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOfStream } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serverCertificate } from '#tests/harness/test-authority.ts';
import { maxRequestBytes, readBytes } from '../../apiserver/body.ts';
import { ApiError } from '../../apiserver/errors.ts';
import { failure, json, jsonText, withWarnings } from '../../apiserver/respond.ts';
import { type HttpServer, startHttpServer } from './http-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'kedge-http-'));
let server: HttpServer;
let agent: Agent;

const answer = async (asked: Request): Promise<Response> => {
  const { pathname } = new URL(asked.url);
  if (pathname === '/long') return jsonText(JSON.stringify('é'.repeat(100_000)));
  if (pathname === '/warned') return withWarnings(json({ a: 'é' }), ['one', 'two']);
  try {
    return json({ length: (await readBytes(asked)).length });
  } catch (error) {
    if (error instanceof ApiError) return failure(error);
    throw error;
  }
};

const call = (method: string, path: string, chunks: readonly string[] = [], headers: OutgoingHttpHeaders = {}) =>
  new Promise<{ status: number; text: string; headers: NodeJS.Dict<string | string[]> }>((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: server.port, agent, method, path, headers }, (incoming) => {
      textOfStream(incoming).then((text) => resolve({ status: incoming.statusCode!, text, headers: incoming.headers }), reject);
    });
    asked.on('error', reject);
    for (const chunk of chunks) asked.write(chunk);
    asked.end();
  });

beforeAll(async () => {
  const { ca, cert, key } = await serverCertificate(['127.0.0.1']);
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key);
  const fail = (): never => {
    throw new Error('not asked for');
  };
  server = await startHttpServer({ host: '127.0.0.1', port: 0, ...files, fetch: answer, upgrade: fail, onCertificateError: fail });
  agent = new Agent({ ca, keepAlive: true, maxSockets: 1 });
});
afterAll(async () => {
  agent.destroy();
  await server.close();
  rmSync(folder, { recursive: true });
});

test('a body arrives whole, whether its length is told or not', async () => {
  const parts = ['{"a":', '"b"', '}'];
  expect((await call('PATCH', '/', parts, { 'content-length': 9 })).text).toBe('{"length":9}\n');
  expect((await call('PATCH', '/', parts)).text).toBe('{"length":9}\n');
  expect((await call('POST', '/', [], { 'content-length': 0 })).text).toBe('{"length":0}\n');
  expect((await call('DELETE', '/')).text).toBe('{"length":0}\n');
});

test('a body that is too large is refused, and the connection serves the next', async () => {
  const large = 'x'.repeat(maxRequestBytes + 1);
  expect((await call('POST', '/', [large], { 'content-length': large.length })).status).toBe(413);
  expect((await call('POST', '/', [large])).status).toBe(413);
  expect((await call('POST', '/', ['x'], { 'content-length': 1 })).text).toBe('{"length":1}\n');
});

test('a short text is sent with its length in bytes and its headers', async () => {
  const { status, text, headers } = await call('GET', '/warned');
  expect([status, text, headers['content-length']]).toEqual([200, '{"a":"é"}\n', '11']);
  expect([headers['content-type'], headers.warning]).toEqual(['application/json', '299 - "one", 299 - "two"']);
  expect(headers['transfer-encoding']).toBeUndefined();
});

test('a long text is compressed for those who can read that, and whole for others', async () => {
  expect((await call('GET', '/long')).text).toHaveLength(100_002);
  expect((await call('GET', '/long', [], { 'accept-encoding': 'gzip' })).headers['content-encoding']).toBe('gzip');
});
