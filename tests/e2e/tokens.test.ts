/**
 * Tokens on Workers (real workerd, under the free plan's limits): `kedge token` through a kubeconfig, what a join token and a node's credential can and cannot do, and
 * what a revocation ends. join.test.ts has the same way in on Node.js, from a machine's side.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, WebSocket } from 'undici';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildAgent } from '#infra/node/build.ts';
import { SYNC_SUBPROTOCOL } from '#schema/sync/protocol.ts';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { nodePath, repoDir } from '../harness/paths.ts';
import { waitFor } from '../harness/process.ts';

const scratch = mkdtempSync(join(process.env.KEDGE_TEST_SCRATCH ?? tmpdir(), 'kedge-tokens-'));
const state = join(scratch, 'node');
let cluster: TestCluster;
let agentFile: string;

const run = (
  file: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    execFile(
      nodePath,
      ['--disable-warning=ExperimentalWarning', file, ...args],
      { env: { PATH: process.env.PATH, ...env } },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
const kedge = (...args: string[]) => run(join(repoDir, 'infra/src/cli.ts'), [...args, '--kubeconfig', cluster.kubeconfig]);
const created = async (...args: string[]) => JSON.parse((await kedge('token', 'create', ...args, '--json')).stdout);
const as = (token: string, path: string, init: RequestInit = {}) =>
  cluster.fetch(path, { ...init, headers: { ...(init.headers as object), authorization: `Bearer ${token}` } });
const nodeToken = () => readFileSync(join(state, 'token'), 'utf8').trim();

beforeAll(async () => {
  cluster = await startCluster({ name: 'tokens', platform: 'workerd', withoutAgent: true, workerd: { latencyMs: 0, dropRate: 0 } });
  const { manifest } = await buildAgent(cluster.folder.agent, { withRuntime: false, registry: 'https://registry.example/' });
  agentFile = join(cluster.folder.agent, manifest.agent.file);
  await waitFor('kube-system', async () => (await cluster.fetch('/api/v1/namespaces/kube-system')).ok);
});
afterAll(async () => {
  await cluster?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

it('a user’s token works until it is revoked', async () => {
  const { token, id } = await created('--user', 'ada', '--group', 'system:masters', '--ttl', '1h', '--description', 'her laptop');
  expect((await as(token, '/api/v1/nodes')).status).toBe(200);
  expect((await kedge('token', 'list')).stdout).toMatch(new RegExp(`^${id} +user +ada +system:masters +in \\d+ m +her laptop$`, 'm'));
  expect((await kedge('token', 'revoke', token)).stdout).toContain('Revoked');
  await waitFor('the end of the token', async () => (await as(token, '/api/v1/nodes')).status === 401);
  const again = await kedge('token', 'revoke', id);
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('There is no token')]);
});

it('the script and the agent are served, as the manifest says', async () => {
  const script = await (await cluster.fetch('/install.sh')).text();
  const sha = /^agent_sha=([0-9a-f]{64})$/m.exec(script)?.[1];
  const file = await cluster.fetch(`/kedge/v1/agent/${/^agent_file='(.*)'$/m.exec(script)?.[1]}`);
  expect(
    createHash('sha256')
      .update(Buffer.from(await file.arrayBuffer()))
      .digest('hex'),
  ).toBe(sha);
  expect((await cluster.fetch('/kedge/v1/agent/..%2f..%2fkeys.json')).status).toBe(404);
});

it('a join token makes a node, and a bad one is refused before anything is asked', async () => {
  const { token } = await created('--join');
  const joined = await run(
    agentFile,
    ['join', '--server', cluster.url, '--ca', join(cluster.folder.pki, 'ca.crt'), '--dir', state, '--node-name', 'w1'],
    { KEDGE_TOKEN: token },
  );
  expect([joined.code, joined.stdout + joined.stderr]).toEqual([0, expect.stringContaining('Joined as node w1')]);
  expect(readFileSync(join(state, 'serving.crt'), 'utf8')).toContain('BEGIN CERTIFICATE');

  const forged = `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`;
  const body = JSON.stringify({ nodeName: 'w2', machine: 'a'.repeat(64) });
  const refused = await as(forged, '/kedge/v1/join', { method: 'POST', body });
  expect([refused.status, refused.headers.get('x-kedge-calls'), (await refused.json()).message]).toEqual([
    401,
    expect.stringMatching(/^external=0, internal=0/),
    expect.stringContaining('mistyped, cut off, or of another cluster'),
  ]);
  for (const path of ['/api/v1/nodes', '/api/v1/namespaces/kube-system/secrets']) expect((await as(token, path)).status).toBe(401);
});

it('a node’s credential is good for its own node alone', async () => {
  expect((await as(nodeToken(), '/api/v1/nodes/w1')).status).toBe(200);
  const put = (path: string, body: object) =>
    as(nodeToken(), path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  for (const path of ['/api/v1/nodes', '/api/v1/secrets', '/api/v1/pods', '/api/v1/namespaces/kube-system/configmaps'])
    expect([path, (await as(nodeToken(), path)).status]).toEqual([path, 403]);
  expect((await put('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'w2' } })).status).toBe(403);
  expect((await put('/apis/kedge.dev/v1/tokens', { user: 'ada', groups: ['system:masters'] })).status).toBe(403);
  expect((await put('/kedge/v1/join', { nodeName: 'w1', machine: 'a'.repeat(64) })).status).toBe(401);
  expect((await put('/kedge/v1/renew', { machine: 'a'.repeat(64) })).status).toBe(403);
});

it('a revoked credential’s socket is closed, and no other is opened', async () => {
  const dispatcher = new Agent({ connect: { ca: readFileSync(join(cluster.folder.pki, 'ca.crt'), 'utf8') } });
  const dial = (): { readonly closed: () => boolean; readonly opened: () => boolean } => {
    const url = `${cluster.url.replace('https:', 'wss:')}/kedge/v1/sync`;
    const headers = { authorization: `Bearer ${nodeToken()}` };
    const socket = new WebSocket(url, { protocols: [SYNC_SUBPROTOCOL], headers, dispatcher });
    let opened = false;
    socket.addEventListener('open', () => {
      opened = true;
    });
    // the close frame is what ends it; the connection below may linger
    return { opened: () => opened, closed: () => socket.readyState >= WebSocket.CLOSING };
  };
  const first = dial();
  await waitFor('the socket to open', first.opened);
  const id = createHash('sha256').update('w1').digest('hex').slice(0, 24);
  const revoked = await cluster.fetch(`/api/v1/namespaces/kube-system/secrets/kedge-token-node-${id}`, { method: 'DELETE' });
  expect(revoked.status).toBe(200);
  await waitFor('the socket to be closed', first.closed);
  const second = dial();
  await waitFor('another one to be refused', second.closed);
  await waitFor('the credential to be refused', async () => (await as(nodeToken(), '/api/v1/nodes/w1')).status === 401);
  await dispatcher.destroy();
});
