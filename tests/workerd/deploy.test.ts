/**
 * `kedge deploy` from nothing, again, and when something is in the way: everything is real but Cloudflare. The database is the local libSQL server, and what wrangler is
 * asked to deploy is bundled by wrangler itself (`--dry-run`), with exactly the arguments and files of a deployment.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { clusterFolder } from '#infra/cluster/folder.ts';
import { type DeployInput, deploy, describeDeploy } from '#infra/deploy/deploy.ts';
import { realWrangler, type WranglerPort } from '#infra/deploy/wrangler-port.ts';
import { startHranaServer } from '#infra/hrana/server.ts';

// a busy machine is slow, not wrong
vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 });

const scratch = mkdtempSync(join(process.env.KEDGE_TEST_SCRATCH ?? tmpdir(), 'kedge-deploy-'));
const folder = clusterFolder(join(scratch, 'deployment'));
const out = join(scratch, 'out');
const url = 'https://kedge.somebody.workers.dev';
let database: Awaited<ReturnType<typeof startHranaServer>>;
const calls: (readonly string[])[] = [];
let secrets: Record<string, string> = {};

/** Cloudflare: knows the account, takes what wrangler could bundle. */
const cloudflare: WranglerPort = async ({ args }) => {
  calls.push(args);
  if (args[0] === 'whoami') return { code: 0, output: '{"loggedIn":true,"email":"ada@example.com"}', records: [] };
  secrets = JSON.parse(readFileSync(args[args.indexOf('--secrets-file') + 1] as string, 'utf8'));
  const { code, output } = await realWrangler({ args: [...args, '--dry-run', '--outdir', out] });
  return { code, output, records: [{ type: 'deploy', targets: [url] }] };
};

const asked = (more: Partial<DeployInput> = {}): DeployInput => ({
  folder,
  asked: { name: 'kedge', databaseUrl: database.url, region: 'aws:us-east-1' },
  env: { KEDGE_DATABASE_TOKEN: 'database-token', npm_config_registry: 'https://registry.example/' },
  wrangler: cloudflare,
  progress: { done: () => {}, start: () => ({ done: () => {} }) },
  nowMs: Date.now(),
  firstAnswer: async () => {},
  ...more,
});

beforeAll(async () => {
  database = await startHranaServer({ path: join(scratch, 'libsql.db'), port: 0 });
});
beforeEach(() => void calls.splice(0));
afterAll(async () => {
  await database?.close();
  rmSync(scratch, { recursive: true, force: true });
});

describe('kedge deploy', () => {
  test('says all it would do, and does none of it', () => {
    const lines = describeDeploy(asked());
    expect(lines.join('\n')).toContain(
      `run   wrangler deploy --config ${folder.root}/wrangler.toml --secrets-file ${folder.root}/worker-secrets.json`,
    );
    expect([existsSync(folder.root), calls]).toEqual([false, []]);
  });

  test('deploys from nothing: database, keys, agent, Worker, kubeconfig', async () => {
    const answered: string[] = [];
    const done = await deploy(asked({ firstAnswer: async (address) => void answered.push(address) }));
    expect(done).toMatchObject({ url, isNew: true, kubeconfig: folder.kubeconfig });
    expect(answered).toEqual([url]);
    expect(calls).toEqual([
      ['whoami', '--json'],
      ['deploy', '--config', join(folder.root, 'wrangler.toml'), '--secrets-file', join(folder.root, 'worker-secrets.json')],
    ]);
    expect(Object.keys(secrets)).toEqual(['KEDGE_KEYS', 'KEDGE_DATABASE_TOKEN']);
    expect(Object.keys(JSON.parse(secrets.KEDGE_KEYS as string))).toEqual(['tokenHmacKey', 'saSigningKey', 'sealingKeys', 'authorityKey']);
    const kubeconfig = parse(readFileSync(folder.kubeconfig, 'utf8'));
    expect(kubeconfig.clusters[0].cluster).toEqual({ server: url });
    // no secret stays behind, and none is in what everybody may read
    const toml = readFileSync(join(folder.root, 'wrangler.toml'), 'utf8');
    const { tokenHmacKey } = JSON.parse(readFileSync(folder.keys, 'utf8'));
    for (const secret of [tokenHmacKey, kubeconfig.users[0].user.token, 'database-token']) expect(toml).not.toContain(secret);
    expect(existsSync(join(folder.root, 'worker-secrets.json'))).toBe(false);
    expect(statSync(folder.root).mode & 0o777).toBe(0o700);
    expect(toml).toMatch(/^KEDGE_PUBLICLY_TRUSTED = "true"$/m);
    const assets = readdirSync(join(folder.root, 'assets/kedge/v1/agent'));
    expect(assets.filter((name) => /^(manifest\.json|agent-.*\.mjs|launcher-.*\.sh)$/.test(name))).toHaveLength(3);
    expect(assets).toHaveLength(3);
  });

  test('the Worker is below 1 MiB gzipped, and no asset is above the limit', () => {
    const modules = readdirSync(out).filter((name) => name.endsWith('.mjs'));
    expect(modules).toContain('worker.mjs');
    const gzipped = modules.map((name) => gzipSync(readFileSync(join(out, name)), { level: 9 }).byteLength);
    expect(gzipped.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(1024 * 1024);
    const dir = join(folder.root, 'assets/kedge/v1/agent');
    for (const name of readdirSync(dir)) expect(statSync(join(dir, name)).size).toBeLessThan(25 * 1024 * 1024);
  });

  test('again is an upgrade: same cluster, same keys, same admin, nothing to be named again', async () => {
    const before = ['deployment.json', 'keys.json', 'kubeconfig', 'pki/ca.crt'].map((name) =>
      readFileSync(join(folder.root, name), 'utf8'),
    );
    const done = await deploy(
      asked({
        asked: {},
        env: { npm_config_registry: 'https://registry.example/' },
        wrangler: async (call) =>
          call.args[0] === 'deploy' ? { code: 0, output: `Deployed kedge\n  ${url}\n`, records: [] } : cloudflare(call),
      }),
    );
    expect(done).toMatchObject({ url, isNew: false });
    expect(
      ['deployment.json', 'keys.json', 'kubeconfig', 'pki/ca.crt'].map((name) => readFileSync(join(folder.root, name), 'utf8')),
    ).toEqual(before);
  });

  test('a database of another cluster is left alone', async () => {
    const other = clusterFolder(join(scratch, 'other'));
    await expect(deploy(asked({ folder: other }))).rejects.toThrow('holds another cluster than this folder');
    expect(calls.map(([name]) => name)).toEqual(['whoami']);
    expect(existsSync(join(other.root, 'deployment.json'))).toBe(false);
  });

  test.each([
    [{ wrangler: async () => ({ code: 1, output: 'You are not authenticated.', records: [] }) }, 'https://dash.cloudflare.com/sign-up'],
    [{ wrangler: async () => ({ code: 0, output: '{"loggedIn":false}', records: [] }) }, 'npx wrangler login'],
    [{ asked: { databaseUrl: 'http://127.0.0.1:1' } }, 'The database http://127.0.0.1:1 cannot be used'],
    [{ asked: { name: 'A b' } }, '--name A b'],
    [{ asked: { databaseUrl: 'file:x' } }, '--database-url: an address such as'],
    [{ asked: { region: 'x; y' } }, '--region x; y'],
    [{ folder: clusterFolder(join(scratch, 'empty')), asked: {} }, 'turso db create kedge'],
    [{ databaseTokenFile: join(scratch, 'nothing') }, 'holds no token of the database'],
  ] as [Partial<DeployInput>, string][])('%o says what to do', async (more, message) => {
    await expect(deploy(asked(more))).rejects.toThrow(message);
  });

  test('keys that are lost are never made anew over a database that is sealed with them', async () => {
    const keys = readFileSync(folder.keys);
    rmSync(folder.keys);
    await expect(deploy(asked())).rejects.toThrow('keys.json is missing, and Secrets in the database are sealed with it');
    writeFileSync(folder.keys, keys, { mode: 0o600 });
    expect(calls.map(([name]) => name)).toEqual(['whoami']);
  });

  test('what wrangler says is said when it fails, and the secrets are deleted all the same', async () => {
    const wrangler: WranglerPort = async (call) =>
      call.args[0] === 'whoami' ? cloudflare(call) : { code: 1, output: 'A request failed: quota', records: [] };
    await expect(deploy(asked({ wrangler }))).rejects.toThrow('wrangler deploy failed:\nA request failed: quota');
    expect(existsSync(join(folder.root, 'worker-secrets.json'))).toBe(false);
  });
});
