import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { workerVariables } from './variables.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kedge-variables-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const config = (keys: string) => {
  writeFileSync(join(dir, 'ca.crt'), '-----BEGIN CERTIFICATE-----\nQUJD+/==\n-----END CERTIFICATE-----\n');
  writeFileSync(join(dir, 'keys.json'), keys);
  return {
    dir,
    listen: { host: '127.0.0.1', port: 6444 },
    tls: { cert: '', key: '', ca: join(dir, 'ca.crt') },
    keysFile: join(dir, 'keys.json'),
    clusterUid: 'uid',
    podCIDR: '10.64.0.0/16',
    serviceCIDR: '10.96.0.0/16',
    bootstrapTokens: [{ id: 'a', sha256: 'b', user: 'kubernetes-admin', groups: ['system:masters'] }],
  };
};

it('says everything so that it is read back the same, certificates with their lines included', () => {
  const read = parseEnv(workerVariables(config('{\n  "tokenHmacKey": "x=="\n}'), 'http://127.0.0.1:8080'));
  expect(read.KEDGE_ROOT_CA).toBe('-----BEGIN CERTIFICATE-----\nQUJD+/==\n-----END CERTIFICATE-----\n');
  expect(JSON.parse(read.KEDGE_KEYS as string)).toEqual({ tokenHmacKey: 'x==' });
  expect(JSON.parse(read.KEDGE_BOOTSTRAP_TOKENS as string)[0].user).toBe('kubernetes-admin');
  expect(read).toMatchObject({ KEDGE_CLUSTER_UID: 'uid', KEDGE_POD_CIDR: '10.64.0.0/16', KEDGE_DATABASE_URL: 'http://127.0.0.1:8080' });
});

it('says which plan the account has, and what else was asked for', () => {
  const asked = { ...config('{}'), plan: 'paid', logLevel: 'warn' } as const;
  expect(parseEnv(workerVariables(asked, 'http://x'))).toMatchObject({ KEDGE_PLAN: 'paid', KEDGE_LOG_LEVEL: 'warn' });
  expect(parseEnv(workerVariables(config('{}'), 'http://x'))).not.toHaveProperty('KEDGE_PLAN');
});

it('refuses a value that would end its own quotes', () => {
  expect(() => workerVariables(config(`{"tokenHmacKey":"it's"}`), 'http://x')).toThrow('KEDGE_KEYS holds a quote');
});
