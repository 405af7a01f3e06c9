/** A reconciler that ends the whole process: the control plane that is started again leaves out what it died of, and the rest goes on. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Agent, fetch } from 'undici';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type ClusterFolder, clusterFolder } from '#infra/cluster/folder.ts';
import { tokenOf } from '#infra/cluster/kubeconfig.ts';
import { controlPlaneRuntime, prepareCluster } from '#infra/cluster/prepare.ts';
import { freePort } from '../harness/free-port.ts';
import { nodePath, repoDir } from '../harness/paths.ts';
import { waitFor } from '../harness/process.ts';

// a busy machine is slow, not wrong
vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const module = (path: string): string => JSON.stringify(join(repoDir, 'control-plane/src', path));
/** It ends the process over one ConfigMap, as V8 does when the heap is full. */
const program = `
import { controllers } from ${module('controllers/controllers.ts')};
import { readConfig } from ${module('platform/node/config.ts')};
import { startControlPlane } from ${module('platform/node.ts')};
controllers.push({
  name: 'deadly-controller', primary: 'core/configmaps', watches: [],
  reconcile: ({ name }) => { if (name === 'deadly') process.abort(); return { changes: [] }; },
});
const plane = await startControlPlane(readConfig(process.argv), () => undefined);
process.on('SIGTERM', () => plane.stop().then(() => process.exit(0)));
console.log('ready');
`;

const maps = '/api/v1/namespaces/default/configmaps';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
let root: string;
let folder: ClusterFolder;
let url: string;
let dispatcher: Agent;
let child: ChildProcess;
let ended: Promise<NodeJS.Signals | number | null>;

/** Resolves when it serves, or has died over that. */
const start = async (): Promise<void> => {
  const args = ['--disable-warning=ExperimentalWarning', join(root, 'plane.mjs')];
  child = spawn(nodePath, [...args, '--config', folder.controlPlaneConfig], {
    ...{ cwd: repoDir, stdio: ['ignore', 'pipe', 'ignore'] },
    env: { ...process.env, ...controlPlaneRuntime.env },
  });
  ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
  await Promise.race([ended, new Promise((resolve) => createInterface({ input: child.stdout! }).once('line', resolve))]);
};

const call = async (method: string, path: string, body?: object): Promise<any> => {
  const headers = { authorization: `Bearer ${tokenOf(readFileSync(folder.kubeconfig, 'utf8'))}`, 'content-type': 'application/json' };
  const response = await fetch(url + path, { method, headers, dispatcher, ...(body ? { body: JSON.stringify(body) } : {}) });
  return response.json();
};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'kedge-deadly-'));
  folder = clusterFolder(root);
  ({ url } = await prepareCluster(folder, { dockerHost: 'unix:///nowhere', port: await freePort(), taken: async () => [] }));
  dispatcher = new Agent({ connect: { ca: readFileSync(join(folder.pki, 'ca.crt'), 'utf8') } });
  await writeFile(join(root, 'plane.mjs'), program);
  await start();
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await ended;
  await dispatcher?.destroy();
  await rm(root, { recursive: true, force: true });
});

it('leaves out what it died of, also over a further restart, and goes on with everything else', async () => {
  await waitFor('the default account', async () => (await call('GET', '/api/v1/namespaces/default/serviceaccounts/default')).metadata?.uid);
  // it may die before it answers
  await call('POST', maps, { metadata: { name: 'deadly' } }).catch(() => undefined);
  expect(await ended).toBe('SIGABRT');

  const leftOut = async () =>
    (await call('GET', '/api/v1/namespaces/default/events')).items?.find(({ reason }: any) => reason === 'ReconcilerLeftOut');
  let lives = 1;
  const event = await waitFor(
    'it to be left out',
    async () => {
      if (child.exitCode === null && child.signalCode === null) return leftOut();
      lives++;
      await start();
      return undefined;
    },
    { timeoutMs: 240_000 },
  );
  expect(event).toMatchObject({
    involvedObject: { kind: 'ConfigMap', name: 'deadly' },
    message: expect.stringContaining('deadly-controller'),
  });
  console.log(`a reconciler that ends the process is left out in life ${lives}`);
  expect(lives).toBeGreaterThan(2);

  child.kill('SIGTERM');
  await ended;
  await start();
  await call('POST', deployments, {
    metadata: { name: 'web' },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
    },
  });
  await waitFor('a pod', async () => (await call('GET', '/api/v1/namespaces/default/pods')).items?.length === 1);
  expect([child.exitCode, child.signalCode]).toEqual([null, null]);
});
