import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ensureAuthority, ensureLeaf } from '../pki/authority.ts';
import { serverNames } from '../pki/names.ts';
import { createApi, kubeconfigPath } from './api.ts';

const scratch = mkdtempSync(join(tmpdir(), 'kedge-api-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('which kubeconfig', () => {
  const file = (name: string): string => {
    const path = join(scratch, name);
    mkdirSync(resolve(path, '..'), { recursive: true });
    writeFileSync(path, '');
    return path;
  };
  const exported = file('exported');
  const env = { KUBECONFIG: exported };
  const merelyThere = resolve('.kedge/kubeconfig');

  test('one that is named wins, then a folder that is named, then KUBECONFIG', () => {
    const named = file('named/kubeconfig');
    expect(kubeconfigPath({ kubeconfig: '/x' }, named, env)).toBe('/x');
    expect(kubeconfigPath({}, named, env)).toBe(named);
    expect(kubeconfigPath({}, merelyThere, env)).toBe(exported);
  });

  test('a folder without one, and a context, leave it to KUBECONFIG', () => {
    expect(kubeconfigPath({}, join(scratch, 'none', 'kubeconfig'), env)).toBe(exported);
    expect(kubeconfigPath({ context: 'other' }, file('also/kubeconfig'), env)).toBe(exported);
  });
});

test('a certificate of a CA that is not known is told with what to do', async () => {
  const nowMs = Date.now();
  for (const folder of ['pki', 'other']) mkdirSync(join(scratch, folder));
  const authority = await ensureAuthority(join(scratch, 'pki'), 'a', nowMs);
  const other = await ensureAuthority(join(scratch, 'other'), 'b', nowMs);
  const leaf = await ensureLeaf(join(scratch, 'pki'), 'server', { authority, names: serverNames(['127.0.0.1']), nowMs });
  const server = createServer({ cert: readFileSync(leaf.cert), key: readFileSync(leaf.key) }, (_request, response) => response.end('{}'));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const ask = async (caPem: string | undefined): Promise<unknown> => {
    const api = createApi({ server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, caPem, token: 't' });
    try {
      return await api.call('GET', '/');
    } finally {
      await api.close();
    }
  };
  try {
    expect(await ask(authority.certPem)).toEqual({});
    await expect(ask(undefined)).rejects.toThrow('name that with --ca FILE');
    await expect(ask(other.certPem)).rejects.toThrow('of another CA than the one named here');
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
