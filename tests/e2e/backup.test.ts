/**
 * `kedge backup` of a cluster that is written to all the while, restored with `kedge restore`: the same objects one by one, Secrets that open, pods whose containers
 * nobody touched, clients that list again; and on workerd the same objects once more.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readHeader } from '#infra/backup/format.ts';
import { command as backup } from '#infra/commands/backup.ts';
import { command as restore } from '#infra/commands/restore.ts';
import { followEngine } from '../chaos/engine-events.ts';
import { createAndWait, running, sleepPod } from '../chaos/pods.ts';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/process.ts';

const scratch = mkdtempSync(join(process.env.KEDGE_TEST_SCRATCH ?? tmpdir(), 'kedge-restored-'));
const file = join(scratch, 'one.backup');
const keyFile = join(scratch, 'keys');
const kinds = ['core/configmaps', 'core/secrets', 'core/pods', 'core/serviceaccounts', 'apps/deployments'];
const clusters: TestCluster[] = [];

const quietly = async (work: () => Promise<number>) => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    expect(await work()).toBe(0);
  } finally {
    log.mockRestore();
  }
};

const get = async (cluster: TestCluster, path: string): Promise<any> => {
  const response = await cluster.fetch(path);
  const body = await response.json();
  expect(response.status, JSON.stringify(body)).toBe(200);
  return body;
};

/** What lived at a revision, by the history; without what the control plane writes on its own. */
const asOf = async (cluster: TestCluster, revision: number) => {
  const found: any[] = [];
  for (const kind of kinds) {
    for (let token: string | undefined; ; ) {
      const query = token === undefined ? `revision=${revision}` : `continue=${token}`;
      const { items, metadata, history } = await get(cluster, `/apis/kedge.dev/v1/history/${kind}?${query}`);
      expect(history).toEqual({ complete: true, lost: [] });
      found.push(...items);
      token = metadata.continue;
      if (token === undefined) break;
    }
  }
  return found;
};

const makeMap = (cluster: TestCluster, name: string, text: string) =>
  cluster.fetch('/api/v1/namespaces/default/configmaps', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ metadata: { name }, data: { text } }),
  });

beforeAll(async () => {
  clusters.push(await startCluster({ name: 'backup' }));
});

afterAll(async () => {
  for (const cluster of clusters.reverse()) await cluster.stop();
  rmSync(scratch, { recursive: true, force: true });
});

test('under load, into a new folder: every object, every Secret, no container touched', async () => {
  const source = clusters[0]!;
  await createAndWait(source, sleepPod('one'), sleepPod('two'));
  await source.ok('create secret generic canary --from-literal=word=canary-in-the-coal-mine');
  for (let index = 0; index < 12; index++) expect((await makeMap(source, `big${index}`, 'x'.repeat(200_000))).status).toBe(201);
  const containers = await running(source);
  const events = await followEngine(source);

  let writing = true;
  let written = 0;
  const load = (async () => {
    while (writing) expect((await makeMap(source, `load${written++}`, 'y'.repeat(2_000))).status).toBe(201);
  })();
  await waitFor('the load to begin', () => written > 3);
  await quietly(() => backup({ dir: source.folder.root, options: { out: file, 'key-file': keyFile }, args: [] }));
  const during = written;
  await waitFor('the load to go on', () => written > during + 3);
  writing = false;
  await load;

  const { revision } = await readHeader(file);
  const expected = await asOf(source, revision);
  expect(expected.length).toBeGreaterThan(15);
  expect(expected.length).toBeLessThan((await asOf(source, Number.MAX_SAFE_INTEGER)).length);
  expect(gunzipSync(readFileSync(file)).toString()).not.toMatch(/canary-in|Y2FuYXJ5LWlu/);

  await source.stopAgent();
  await source.stopControlPlane();
  const dir = join(scratch, 'node');
  await quietly(() => restore({ dir, options: { 'key-file': keyFile }, args: [file] }));
  const target = await startCluster({ name: 'restored', dir, nodeName: source.nodeName });
  clusters.push(target);

  const found = await asOf(target, revision);
  expect(found).toEqual(expected);
  expect(atob((await get(target, '/api/v1/namespaces/default/secrets/canary')).data.word)).toBe('canary-in-the-coal-mine');
  const watch = await target.fetch(`/api/v1/namespaces/default/configmaps?watch=1&resourceVersion=${revision}`);
  expect(await watch.text()).toContain('"code":410');
  await createAndWait(target, sleepPod('three'));
  await waitFor('the pods to be Running', async () => {
    const rows = (await target.ok('get pods --no-headers')).trim().split('\n');
    return rows.length === 3 && rows.every((row) => /^(one|two|three) +1\/1 +Running +0 /.test(row));
  });
  expect((await running(target)).filter((id) => containers.includes(id))).toEqual(containers);
  events.stop();
});

test('on workerd, and from there back to Node.js: the same objects', async () => {
  const { revision } = await readHeader(file);
  const node = clusters[1]!;
  const expected = await asOf(node, revision);
  await node.stopAgent();
  await node.stopControlPlane();
  const dir = join(scratch, 'workers');
  await quietly(() => restore({ dir, options: { 'key-file': keyFile, to: 'workers' }, args: [file] }));
  const target = await startCluster({ name: 'restored-w', dir, platform: 'workerd', withoutAgent: true });
  clusters.push(target);
  expect(await asOf(target, revision)).toEqual(expected);
  expect(atob((await get(target, '/api/v1/namespaces/default/secrets/canary')).data.word)).toBe('canary-in-the-coal-mine');

  const again = join(scratch, 'two.backup');
  await quietly(() => backup({ dir, options: { out: again }, args: [] }));
  await target.stopControlPlane();
  const back = join(scratch, 'back');
  await quietly(() => restore({ dir: back, options: { 'key-file': keyFile }, args: [again] }));
  const last = await startCluster({ name: 'restored-n', dir: back, withoutAgent: true });
  clusters.push(last);
  expect(await asOf(last, revision)).toEqual(expected);
});
