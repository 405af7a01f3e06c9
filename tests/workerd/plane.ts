/**
 * The control plane on real workerd: `wrangler dev` with the repository's wrangler.toml, Durable Objects in a scratch folder, and the local libSQL-over-HTTP
 * server as its database. Everything is ended by its own pid.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair } from 'jose';
import { Agent, fetch } from 'undici';
import { ownTokenType } from '#control-plane/auth/token-secrets.ts';
import { adminIdentity, ensureToken, nodeIdentity, tokenEntry } from '#infra/cluster/tokens.ts';
import { type HranaServer, startHranaServer } from '#infra/hrana/server.ts';
import { ensureAuthority, ensureLeaf } from '#infra/pki/authority.ts';
import { workerdsBelow } from '#infra/workers/wrangler.ts';
import { freePort } from '../harness/free-port.ts';
import { repoDir } from '../harness/paths.ts';
import { cpuMsOf, residentBytesOf, waitFor } from '../harness/process.ts';
import { killServing } from '../harness/workerd-cluster.ts';
import { type Dev, startDev } from './dev.ts';

export interface WorkerdPlane {
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  readonly clusterUid: string;
  readonly adminToken: string;
  nodeToken(node: string): string;
  /** Tokens for further nodes, as joining makes them: their hashes are Secrets. Any number, where the variable of the first ones holds some hundreds. */
  admit(nodes: readonly string[]): Promise<void>;
  /** An API request as the admin. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** The same, with and from JSON. @throws Error with the Status' message */
  call(method: string, path: string, body?: unknown): Promise<any>;
  /** What the cron trigger does each minute. `scheduledMs`: the minute it is for; default: the present one. */
  tick(scheduledMs?: number): Promise<void>;
  /** Processor time of workerd so far, user and system, in ms. */
  cpuMs(): number;
  /** Resident memory of workerd. */
  residentBytes(): number;
  /** What wrangler and the Worker have said. */
  logs(): string;
  /** Of the inspector protocol; another one after a restart. */
  inspectorPort(): number;
  /** The database behind the Worker: what it was asked, and how it fails on purpose. */
  readonly database: HranaServer;
  /** The workerd behind the Worker dies, and is there again; `anew` false: it is not waited for. */
  kill(anew?: boolean): Promise<void>;
  /** Ends the Worker and starts it again on the same state; `worker`: with this source of its main module, where it had one. `between`: runs while it is away. */
  restart(worker?: string, between?: () => Promise<unknown>): Promise<void>;
  stop(): Promise<void>;
}

/** Path of a module of the control plane, for `worker`. */
export const workerModule = (path: string): string => JSON.stringify(join(repoDir, 'control-plane/src', path));

const ADMIT_AT_ONCE = 10;
const ANSWER_MS = 90_000;
const secretsPath = '/api/v1/namespaces/kube-system/secrets';

/** `nodes` get tokens that stand in a variable of the Worker: for more than some hundreds see `admit`. */
export const startWorkerdPlane = async (options: {
  readonly nodes: readonly string[];
  readonly latencyMs?: number;
  /** Share of committed writes whose reply is lost. */
  readonly dropRate?: number;
  /** Source of another main module, which may import by the names of {@link workerModule}. Default: the Worker as it is. */
  readonly worker?: string;
  /** Each node takes a /24 of it. Default: that of wrangler.toml, which is enough for 256 nodes. */
  readonly podCidr?: string;
}): Promise<WorkerdPlane> => {
  const dir = mkdtempSync(join(tmpdir(), 'kedge-workerd-'));
  const clusterUid = crypto.randomUUID();
  const database = await startHranaServer({
    path: join(dir, 'k.db'),
    port: 0,
    latencyMs: options.latencyMs ?? 0,
    dropRate: options.dropRate ?? 0,
  });
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const bytes = (): string => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64');
  const keys = {
    tokenHmacKey: bytes(),
    saSigningKey: { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: 'test' },
    sealingKeys: [{ id: 'k1', key: bytes() }],
  };
  const adminToken = await ensureToken(undefined, keys.tokenHmacKey);
  const nodeTokens = new Map<string, string>();
  for (const node of options.nodes) nodeTokens.set(node, await ensureToken(undefined, keys.tokenHmacKey));
  const tokens = [
    await tokenEntry(adminToken, adminIdentity),
    ...(await Promise.all([...nodeTokens].map(([node, token]) => tokenEntry(token, nodeIdentity(node))))),
  ];
  const vars = {
    KEDGE_CLUSTER_UID: clusterUid,
    KEDGE_DATABASE_URL: database.url,
    KEDGE_BOOTSTRAP_TOKENS: JSON.stringify(tokens),
    KEDGE_KEYS: JSON.stringify(keys),
    KEDGE_LOG_LEVEL: 'debug',
    KEDGE_LIMITS: 'free',
    ...(options.podCidr === undefined ? {} : { KEDGE_POD_CIDR: options.podCidr }),
  };
  const envFile = join(dir, 'env');
  writeFileSync(
    envFile,
    Object.entries(vars)
      .map(([name, value]) => `${name}='${value}'\n`)
      .join(''),
    { mode: 0o600 },
  );
  mkdirSync(join(dir, 'state'));
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  mkdirSync(join(dir, 'pki'), { mode: 0o700 });
  const authority = await ensureAuthority(join(dir, 'pki'), clusterUid, Date.now());
  const leaf = await ensureLeaf(join(dir, 'pki'), 'worker', {
    authority,
    names: { dns: ['localhost'], ips: ['127.0.0.1'] },
    nowMs: Date.now(),
  });
  const dispatcher = new Agent({ connect: { ca: authority.certPem } });
  let config = join(repoDir, 'wrangler.toml');
  if (options.worker !== undefined) {
    writeFileSync(join(dir, 'worker.js'), options.worker);
    // wrangler bundles it, and again when it changes
    const toml = readFileSync(config, 'utf8')
      .replace(/^main = .*$/m, `main = "${join(dir, 'worker.js')}"`)
      .replace(/^no_bundle = .*\nfind_additional_modules = .*$/m, 'minify = true')
      .replace(/^\[build\][^[]*\[\[rules\]\][^[]*/m, `[alias]\nutil = ${workerModule('platform/workers/util.ts')}\n\n`);
    config = join(dir, 'wrangler.toml');
    writeFileSync(config, toml);
  }
  let output = '';
  const start = (): Promise<Dev> =>
    startDev({
      ...{ config, variables: envFile, state: join(dir, 'state'), port, tls: leaf },
      answers: async () => (await fetch(`${url}/livez`, { dispatcher, signal: AbortSignal.timeout(15_000) })).ok,
      said: (text) => {
        output += text;
      },
    });

  const request = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = { authorization: `Bearer ${adminToken}`, ...(init.headers as Record<string, string>) };
    return (await fetch(url + path, { ...(init as object), headers, dispatcher })) as unknown as Response;
  };

  const call: WorkerdPlane['call'] = async (method, path, body) => {
    const headers = { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' };
    // wrangler's proxy may leave a request without an answer whose workerd dies
    const signal = AbortSignal.timeout(ANSWER_MS);
    const response = await request(path, { method, signal, ...(body === undefined ? {} : { headers, body: JSON.stringify(body) }) });
    const value = (await response.json()) as { message?: string };
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${value.message}\n${output.slice(-3_000)}`);
    return value;
  };

  const admit = async (node: string): Promise<void> => {
    const token = await ensureToken(undefined, keys.tokenHmacKey);
    const { id, sha256, user, groups } = await tokenEntry(token, nodeIdentity(node));
    const stringData = { sha256, user, groups: groups.join(',') };
    await call('POST', secretsPath, { metadata: { name: `kedge-token-${id}` }, type: ownTokenType, stringData });
    nodeTokens.set(node, token);
  };

  let dev = await start();
  return {
    url,
    ca: authority.certPem,
    clusterUid,
    adminToken,
    nodeToken: (node) => nodeTokens.get(node)!,
    admit: async (nodes) => {
      for (let i = 0; i < nodes.length; i += ADMIT_AT_ONCE) await Promise.all(nodes.slice(i, i + ADMIT_AT_ONCE).map(admit));
    },
    fetch: request,
    call,
    tick: async (scheduledMs) => {
      const time = scheduledMs === undefined ? '' : `?time=${scheduledMs}`;
      const response = await fetch(`${url}/cdn-cgi/handler/scheduled${time}`, { dispatcher, signal: AbortSignal.timeout(ANSWER_MS) });
      if (!response.ok) throw new Error(`the tick answered ${response.status} ${await response.text()}`);
    },
    cpuMs: () => workerdsBelow(dev.pid).reduce((sum, pid) => sum + cpuMsOf(pid), 0),
    residentBytes: () => workerdsBelow(dev.pid).reduce((sum, pid) => sum + residentBytesOf(pid), 0),
    logs: () => output,
    inspectorPort: () => dev.inspectorPort,
    database,
    kill: async (anew = true) => {
      await killServing(dev.pid, join(dir, 'state'));
      if (!anew) return;
      await waitFor(
        'the Worker to answer',
        async () => (await fetch(`${url}/livez`, { dispatcher, signal: AbortSignal.timeout(15_000) })).ok,
        {
          timeoutMs: 120_000,
        },
      );
    },
    restart: async (worker, between) => {
      await dev.stop();
      if (worker !== undefined) writeFileSync(join(dir, 'worker.js'), worker);
      await between?.();
      dev = await start();
    },
    stop: async () => {
      await dev.stop();
      await dispatcher.destroy();
      await database.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
};
