/**
 * `kedge backup` of a cluster that is written to all the while, restored with `kedge restore`: the same objects one by one, Secrets that open, pods whose containers
 * nobody touched, clients that list again; on workerd the same, under load again, and from there back. Keys are rotated on both platforms between a Secret's versions;
 * a clone runs beside its source.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readHeader } from '#infra/backup/format.ts';
import { processStart } from '#infra/cluster/lock.ts';
import { command as backup } from '#infra/commands/backup.ts';
import { command as clone } from '#infra/commands/clone.ts';
import { command as keys } from '#infra/commands/keys.ts';
import { command as restore } from '#infra/commands/restore.ts';
import { storageKey } from '#schema/resource.ts';
import { resources } from '#schema/resources.ts';
import { followEngine } from '../chaos/engine-events.ts';
import { createAndWait, sleepPod } from '../chaos/pods.ts';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/process.ts';

const scratch = mkdtempSync(join(process.env.KEDGE_TEST_SCRATCH ?? tmpdir(), 'kedge-restored-'));
const file = join(scratch, 'one.backup');
const keyFile = join(scratch, 'keys');
/** All that have a history; once it is known which of them a cluster has objects of, those. */
let kinds = resources.filter(({ storage }) => storage === 'durable').map(storageKey);
const clusters: TestCluster[] = [];

/** Ids of the running containers of pods: an agent that starts tries out what the engine can do, too. */
const podContainers = async (cluster: TestCluster): Promise<string[]> =>
  (await cluster.containers())
    .filter(({ State, Labels }) => State === 'running' && Labels['kedge.dev/pod-uid'])
    .map(({ Id }) => Id)
    .sort();

/** Resolves with what the command said. */
const quietly = async (work: () => Promise<number>): Promise<string> => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    expect(await work()).toBe(0);
    return log.mock.calls.flat().join('\n');
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
  const held = new Set<string>();
  for (const kind of kinds) {
    for (let token: string | undefined; ; ) {
      const query = token === undefined ? `revision=${revision}` : `continue=${token}`;
      const { items, metadata, history } = await get(cluster, `/apis/kedge.dev/v1/history/${kind}?${query}`);
      expect(history, kind).toEqual({ complete: true, lost: [] });
      found.push(...items);
      if (items.length > 0) held.add(kind);
      token = metadata.continue;
      if (token === undefined) break;
    }
  }
  kinds = [...held];
  return found;
};

const makeMap = (cluster: TestCluster, name: string, text: string) =>
  cluster.fetch('/api/v1/namespaces/default/configmaps', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ metadata: { name }, data: { text } }),
  });

/** Writes all the while; `during` is written while the work goes on. */
const underLoad = async (cluster: TestCluster, name: string, work: () => Promise<unknown>): Promise<void> => {
  let writing = true;
  let written = 0;
  const load = (async () => {
    while (writing) expect((await makeMap(cluster, `${name}${written++}`, 'y'.repeat(2_000))).status).toBe(201);
  })();
  await waitFor('the load to begin', () => written > 3);
  await work();
  const during = written;
  await waitFor('the load to go on', () => written > during + 3);
  writing = false;
  await load;
};

/** As `kedge up` does: a control plane that ends is started again. */
const rotate = async (cluster: TestCluster): Promise<string> => {
  const pid = cluster.controlPlanePid();
  const rotating = quietly(() => keys({ dir: cluster.folder.root, options: {}, args: ['rotate'] }));
  await Promise.race([rotating, waitFor('the control plane to end', () => processStart(pid) === undefined)]);
  await cluster.stopControlPlane();
  await cluster.startControlPlane();
  return rotating;
};

const word = async (cluster: TestCluster): Promise<string> =>
  atob((await get(cluster, '/api/v1/namespaces/default/secrets/canary')).data.word);

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
  const table = await rotate(source);
  expect(table).toMatch(/^k2 +seals +\d+ +0$/m);
  expect(table).toMatch(/^k1 +opens +0 +[1-9]\d*$/m);
  await source.ok('label secret canary rotated=yes');
  const containers = await podContainers(source);
  const events = await followEngine(source);

  await underLoad(source, 'load', () =>
    quietly(() => backup({ dir: source.folder.root, options: { out: file, 'key-file': keyFile }, args: [] })),
  );

  const { revision } = await readHeader(file);
  const expected = await asOf(source, revision);
  expect(expected.length).toBeGreaterThan(40);
  expect(expected.length).toBeLessThan((await asOf(source, Number.MAX_SAFE_INTEGER)).length);
  expect(gunzipSync(readFileSync(file)).toString()).not.toMatch(/canary-in|Y2FuYXJ5LWlu/);

  await source.stopAgent();
  await source.stopControlPlane();
  const dir = join(scratch, 'node');
  await quietly(() => restore({ dir, options: { 'key-file': keyFile }, args: [file] }));
  const target = await startCluster({ name: 'restored', dir, nodeName: source.nodeName, platform: 'node' });
  clusters.push(target);

  const found = await asOf(target, revision);
  expect(found).toEqual(expected);
  expect(await word(target)).toBe('canary-in-the-coal-mine');
  const watch = await target.fetch(`/api/v1/namespaces/default/configmaps?watch=1&resourceVersion=${revision}`);
  expect(await watch.text()).toContain('"code":410');
  await createAndWait(target, sleepPod('three'));
  await waitFor('the pods to be Running', async () => {
    const rows = (await target.ok('get pods --no-headers')).trim().split('\n');
    return rows.length === 3 && rows.every((row) => /^(one|two|three) +1\/1 +Running +0 /.test(row));
  });
  expect((await podContainers(target)).filter((id) => containers.includes(id))).toEqual(containers);
  events.stop();
  expect(events.all.filter(({ id }) => containers.includes(id))).toEqual([]);
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
  expect(await word(target)).toBe('canary-in-the-coal-mine');

  expect(await rotate(target)).toMatch(/^k3 +seals +\d+ +0$/m);
  expect(await word(target)).toBe('canary-in-the-coal-mine');
  const [again, newKeys] = [join(scratch, 'two.backup'), join(scratch, 'new-keys')];
  await underLoad(target, 'later', () => quietly(() => backup({ dir, options: { out: again, 'key-file': newKeys }, args: [] })));
  const later = await readHeader(again);
  const expectedLater = await asOf(target, later.revision);
  await target.stopControlPlane();
  const back = join(scratch, 'back');
  await quietly(() => restore({ dir: back, options: { 'key-file': newKeys }, args: [again] }));
  const last = await startCluster({ name: 'restored-n', dir: back, nodeName: node.nodeName, platform: 'node' });
  clusters.push(last);
  expect(await asOf(last, later.revision)).toEqual(expectedLater);
  expect(await asOf(last, revision)).toEqual(expected);
  expect(await word(last)).toBe('canary-in-the-coal-mine');
});

test('a clone beside its source: another cluster, asleep until its taint goes, and nothing runs twice', async () => {
  const source = clusters.at(-1)!;
  await waitFor('the pods to be Running', async () => (await source.ok('get pods --no-headers')).match(/ 1\/1 +Running /g)?.length === 2);
  // with those of the third pod, which its agent keeps: a control plane from a backup does not know it
  const containers = await podContainers(source);
  const events = await followEngine(source);
  const to = join(scratch, 'clone');
  const said = await quietly(() => clone({ dir: scratch, options: { from: source.folder.root, to }, args: [] }));
  expect(said).toContain('It sleeps');
  const target = await startCluster({ name: 'clone', dir: to, platform: 'node' });
  clusters.push(target);

  expect(await word(target)).toBe('canary-in-the-coal-mine');
  const theirs = new Map((await asOf(source, Number.MAX_SAFE_INTEGER)).map((object) => [`${object.kind} ${object.metadata.uid}`, object]));
  const maps = (await get(target, '/api/v1/namespaces/default/configmaps?limit=500')).items.filter(
    ({ metadata }: any) => metadata.name !== 'kube-root-ca.crt',
  );
  expect(maps.length).toBeGreaterThan(15);
  for (const { data, metadata } of maps) expect(theirs.get(`ConfigMap ${metadata.uid}`)?.data).toEqual(data);
  const rows = await target.ok('get pods --no-headers');
  expect(rows.trim().split('\n')).toHaveLength(2);
  expect(rows.match(/ 0\/1 +Pending +0 /g)).toHaveLength(2);
  const authorization = `Bearer ${/token: (\S+)/.exec(readFileSync(source.kubeconfig, 'utf8'))![1]}`;
  expect((await target.fetch('/api', { headers: { authorization } })).status).toBe(401);

  await target.ok('taint nodes --all kedge.dev/clone-');
  await waitFor('the pods of the clone', async () => (await target.ok('get pods --no-headers')).match(/ 1\/1 +Running +0 /g)?.length === 2);
  expect(await podContainers(source)).toEqual(containers);
  expect((await podContainers(target)).filter((id) => containers.includes(id))).toEqual([]);
  events.stop();
  expect(events.all.filter(({ id }) => containers.includes(id))).toEqual([]);
});
