import { createHash } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { fromNow, parseDuration } from '../duration.ts';
import { addressForOthers, cloudInit, joinLine } from './join-line.ts';
import { secretNames, tokenEntryOf, tokensText } from './list.ts';
import { listensAt, unreachableText } from './reach.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');
const data = (values: Record<string, string>) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));

describe('the line for a machine', () => {
  test('pins a CA of the cluster’s own, and needs none where the certificate is publicly trusted', () => {
    const caPem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    const sum = createHash('sha256').update(caPem).digest('hex');
    expect(joinLine({ server: 'https://10.0.0.5:6443/', caPem, token: 'kdj1.a.b.c' })).toBe(
      `ca=$(mktemp) && curl -fsSk https://10.0.0.5:6443/kedge/v1/ca.crt -o $ca && echo "${sum}  $ca" | sha256sum -c --status && curl -fsSL --cacert $ca https://10.0.0.5:6443/install.sh | sudo sh -s -- --token kdj1.a.b.c`,
    );
    expect(joinLine({ server: 'https://kedge.example.workers.dev', token: 'kdj1.a.b.c' })).toBe(
      'curl -fsSL https://kedge.example.workers.dev/install.sh | sudo sh -s -- --token kdj1.a.b.c',
    );
  });

  test.each([
    ['https://x$(reboot)', 'kdj1.a'],
    ['https://x y', 'kdj1.a'],
    ["https://x'", 'kdj1.a'],
    ['https://ok', 'kdj1.a;reboot'],
    ['https://ok', '`reboot`'],
  ])('carries nothing a shell could take for a command: %s %s', (server, token) => {
    expect(() => joinLine({ server, token })).toThrow('cannot stand in a command line');
  });

  test('goes into the user data of a new machine', () => {
    const text = cloudInit(joinLine({ server: 'https://kedge.example.com', token: 'kdj1.a.b.c' }));
    expect(text.startsWith('#cloud-config\n')).toBe(true);
    expect(parse(text)).toEqual({
      packages: ['curl', 'ca-certificates'],
      runcmd: [['sh', '-c', 'curl -fsSL https://kedge.example.com/install.sh | sh -s -- --token kdj1.a.b.c']],
    });
  });

  test('names an address that others can reach', () => {
    expect(addressForOthers('https://127.0.0.1:6443', ['::1', '127.0.0.1', '192.168.1.7'])).toBe('https://192.168.1.7:6443');
    expect(addressForOthers('https://127.0.0.1:6443', [])).toBe('https://127.0.0.1:6443');
    expect(addressForOthers('https://kedge.example.com', ['192.168.1.7'])).toBe('https://kedge.example.com');
  });
});

test('the list shows who, what and until when, and no secret', () => {
  const secrets = [
    {
      type: 'kedge.dev/token',
      metadata: { name: 'kedge-token-ab12', annotations: { 'kedge.dev/description': 'laptop\u001b[2J' } },
      data: data({ sha256: 'beef', user: 'ada', groups: 'a,b' }),
    },
    {
      type: 'kedge.dev/token',
      metadata: { name: 'kedge-token-node-1f' },
      data: data({ sha256: 'beef', user: 'system:node:n1', groups: 'system:nodes', expiration: '2026-04-01T00:00:00Z' }),
    },
    {
      type: 'bootstrap.kubernetes.io/token',
      metadata: { name: 'bootstrap-token-abcdef' },
      data: data({ 'token-secret': 'hush', expiration: '2025-12-31T22:00:00Z', 'kedge-uses-left': '2' }),
    },
    { type: 'Opaque', metadata: { name: 'other' }, data: {} },
  ];
  const entries = secrets.flatMap((secret) => tokenEntryOf(secret, nowMs) ?? []);
  expect(JSON.stringify(entries)).not.toMatch(/beef|hush/);
  expect(tokensText(entries, nowMs)).toMatchInlineSnapshot(`
    "ID        TYPE   USER             GROUPS         EXPIRES           ABOUT
    ab12      user   ada              a,b            never             laptop?[2J
    node-1f   node   system:node:n1   system:nodes   in 90 d           -
    abcdef    join   -                -              EXPIRED 2 h ago   2 uses left"
  `);
  expect(tokensText([], nowMs)).toBe('There are no tokens: `kedge token create` makes one.');
});

test('a token is found by its id and by itself', () => {
  for (const named of ['abcdef', 'kdg1.abcdef.x.y', 'kdj1.abcdef.x.y'])
    expect(secretNames(named)).toEqual(['kedge-token-abcdef', 'bootstrap-token-abcdef']);
});

test('durations', () => {
  expect(['90s', '30m', '24h', '7d', '2w'].map((text) => parseDuration(text, 'ttl'))).toEqual([90, 1_800, 86_400, 604_800, 1_209_600]);
  for (const wrong of ['', '0h', '5', 'h', '1y', '-1h', '1h30m']) expect(() => parseDuration(wrong, 'ttl')).toThrow('--ttl');
  expect([fromNow(nowMs + 90_000, nowMs), fromNow(nowMs - 7_200_000, nowMs), fromNow(nowMs + 90 * 86_400_000, nowMs)]).toEqual([
    'in 90 s',
    '2 h ago',
    'in 90 d',
  ]);
});

test('a line to where nothing listens is told as such', async () => {
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await listensAt(origin, 60_000)).toBe(true);
  await new Promise((resolve) => server.close(resolve));
  // not where it listened: that port may be another program's by now
  expect(await listensAt('https://127.0.0.1:1', 60_000)).toBe(false);
  expect(unreachableText(origin)).toContain('--host 0.0.0.0');
});
