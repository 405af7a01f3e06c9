import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ensureAuthority, ensureLeaf } from './authority.ts';

const day = 86_400_000;
const now = Date.now();
let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kedge-pki-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const names = { dns: ['localhost', 'kubernetes.default.svc'], ips: ['127.0.0.1', '::1'] };

const fetchTls = async (servername: string) => {
  const server = createServer({ cert: readFileSync(join(dir, 'server.crt')), key: readFileSync(join(dir, 'server.key')) }, (_, reply) =>
    reply.end('ok'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await new Promise<string>((resolve, reject) => {
      const call = request(
        {
          host: '127.0.0.1',
          port: (server.address() as AddressInfo).port,
          ca: readFileSync(join(dir, 'ca.crt')),
          servername,
          agent: false,
        },
        (reply) => reply.setEncoding('utf8').on('data', resolve),
      );
      call.on('error', reject).end();
    });
  } finally {
    server.close();
  }
};

it('makes certificates that a TLS client trusts by name and by address, and by no other', async () => {
  const authority = await ensureAuthority(dir, '01234567-89ab', now);
  await ensureLeaf(dir, 'server', { authority, names, nowMs: now });
  expect(await fetchTls('')).toBe('ok');
  expect(await fetchTls('kubernetes.default.svc')).toBe('ok');
  await expect(fetchTls('example.com')).rejects.toThrow(/altnames/);
});

it('renews a leaf when its names change or its end is near, and not otherwise', async () => {
  const authority = await ensureAuthority(dir, '01234567-89ab', now);
  const leaf = (nowMs: number, ips = names.ips) => ensureLeaf(dir, 'server', { authority, names: { ...names, ips }, nowMs });
  expect((await leaf(now)).renewed).toBe(true);
  expect((await leaf(now)).renewed).toBe(false);
  expect((await leaf(now, [...names.ips].reverse())).renewed).toBe(false);
  expect((await leaf(now, [...names.ips, '192.0.2.7'])).renewed).toBe(true);
  expect((await leaf(now, names.ips)).renewed).toBe(true);
  expect((await leaf(now + 330 * day)).renewed).toBe(false);
  expect((await leaf(now + 340 * day)).renewed).toBe(true);
});

it('keeps its CA, and renews leaves of another one', async () => {
  const first = await ensureAuthority(dir, '01234567-89ab', now);
  expect((await ensureAuthority(dir, '01234567-89ab', now)).certPem).toBe(first.certPem);
  await ensureLeaf(dir, 'server', { authority: first, names, nowMs: now });
  rmSync(join(dir, 'ca.crt'));
  rmSync(join(dir, 'ca.key'));
  const second = await ensureAuthority(dir, '01234567-89ab', now);
  expect((await ensureLeaf(dir, 'server', { authority: second, names, nowMs: now })).renewed).toBe(true);
});
