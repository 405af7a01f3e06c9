/**
 * Drill 5: the agent loses its memory, or meets a control plane that lost its own: an empty database, an older one put back, one of another cluster,
 * one that was away for an hour. By the engine's events no container of a running pod is touched by any of it, and afterwards all is as it was.
 */
import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { repoDir } from '../harness/paths.ts';
import { waitFor } from '../harness/process.ts';
import { type EngineEvents, followEngine } from './engine-events.ts';
import { createAndWait, manifest, running, sleepPod, uidOf } from './pods.ts';

const hourMs = 3_600_000;

let cluster: TestCluster;
let events: EngineEvents;
/** The pods nothing may happen to. */
let uids: string[];
let containers: string[];
let probes = 0;

const aside = (name: string) => join(cluster.folder.root, `data-${name}`);
const agentLog = () => join(cluster.folder.logs, 'agent.log');

/** Waits for a line that the agent writes from now on. */
const agentSays = (pattern: RegExp) => {
  const from = statSync(agentLog()).size;
  return () => waitFor(`the agent to say ${pattern}`, () => pattern.test(readFileSync(agentLog()).subarray(from).toString()));
};

/** Starts a process of the cluster an hour from now. */
const anHourLater = async (start: () => Promise<void>) => {
  const before = process.env.NODE_OPTIONS;
  process.env.NODE_OPTIONS = `--import=${join(repoDir, 'tests/chaos/clock-ahead.ts')}`;
  process.env.KEDGE_TEST_CLOCK_AHEAD_MS = String(hourMs);
  try {
    await start();
  } finally {
    if (before === undefined) delete process.env.NODE_OPTIONS;
    else process.env.NODE_OPTIONS = before;
    delete process.env.KEDGE_TEST_CLOCK_AHEAD_MS;
  }
};

/** A pod made, run and deleted: agent and control plane understand each other, and every controller had its turn. */
const roundTrip = async () => {
  const name = `probe-${probes++}`;
  await createAndWait(cluster, sleepPod(name));
  await cluster.ok(`delete pod ${name}`);
};

const untouched = async () => {
  expect(events.all.filter(({ podUid }) => uids.includes(podUid))).toEqual([]);
  expect((await Promise.all(uids.map((uid) => running(cluster, uid)))).flat().sort()).toEqual(containers);
};

/** The API and the engine as before the drill. */
const allAsBefore = async () => {
  await roundTrip();
  await waitFor('the pods in the API', async () => {
    const rows = (await cluster.ok('get pods --no-headers')).trim().split('\n');
    return rows.length === 3 && rows.every((row) => /^(one|two|three) +1\/1 +Running +0 /.test(row));
  });
  await untouched();
};

/** The Node's condition once it names these pods. */
const kept = async (pods: RegExp): Promise<{ status: string; message: string }> => {
  let found = { status: '', message: '' };
  await waitFor(
    `the node to say that it keeps ${pods}`,
    async () => {
      const path = '{.status.conditions[?(@.type=="kedge.dev/PodsKept")]}';
      const text = await cluster.ok(['get', 'node', cluster.nodeName, '-o', `jsonpath=${path}`]);
      found = text === '' ? found : JSON.parse(text);
      if (found.status === 'True' && pods.test(found.message)) return true;
      throw new Error(`it says ${JSON.stringify(found)}`);
    },
    { timeoutMs: 90_000, intervalMs: 500 },
  );
  return found;
};

/** Each is a revision of the database. */
const configMaps = (name: string, count: number): string =>
  manifest(...Array.from({ length: count }, (_, i) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `${name}-${i}` } })));

const forgetView = () => {
  for (const file of ['view.json', 'view.key']) rmSync(join(cluster.folder.node, file));
};

beforeAll(async () => {
  // its database is a folder of files here, to be swapped
  cluster = await startCluster({ name: 'strange', platform: 'node' });
  await createAndWait(cluster, sleepPod('one'), sleepPod('two'));
  await cluster.stopControlPlane();
  cpSync(cluster.folder.data, aside('older'), { recursive: true });
  await cluster.startControlPlane();
  await createAndWait(cluster, sleepPod('three'));
  uids = await Promise.all(['one', 'two', 'three'].map((pod) => uidOf(cluster, pod)));
  containers = await running(cluster);
  expect(containers).toHaveLength(6);
  events = await followEngine(cluster);
});

afterEach(allAsBefore);

afterAll(async () => {
  events?.stop();
  await cluster?.stop();
});

test('an agent without its memory', async () => {
  await cluster.killAgent();
  forgetView();
  await cluster.startAgent();
  await roundTrip();
  await untouched();
});

test('an agent without its memory, before there is a control plane', async () => {
  await cluster.stopControlPlane();
  await cluster.killAgent();
  forgetView();
  const saidAlone = agentSays(/connection to the control plane ended/);
  const starting = cluster.startAgent();
  await saidAlone();
  await untouched();
  await cluster.startControlPlane();
  await starting;
});

test('an empty database', async () => {
  await cluster.stopControlPlane();
  renameSync(cluster.folder.data, aside('newest'));
  mkdirSync(cluster.folder.data, { mode: 0o700 });
  await cluster.startControlPlane();
  await roundTrip();
  expect(await cluster.ok('get pods -o name')).toBe('');
  await untouched();

  await cluster.killAgent();
  await cluster.startAgent();
  await roundTrip();
  await untouched();
  await putBack();
});

test('an older database, restored', async () => {
  await cluster.stopControlPlane();
  renameSync(cluster.folder.data, aside('newest'));
  cpSync(aside('older'), cluster.folder.data, { recursive: true });
  markRestored(join(cluster.folder.data, 'kedge.db'));
  await cluster.startControlPlane();
  await roundTrip();
  expect(await cluster.ok('get pods -o name')).toBe('pod/one\npod/two\n');
  await untouched();

  await cluster.killAgent();
  await cluster.startAgent();
  await roundTrip();
  await untouched();
  await putBack();
});

test('an older database, copied over the newer one', async () => {
  await createAndWait(cluster, sleepPod('extra'));
  const extra = await uidOf(cluster, 'extra');
  await cluster.stopControlPlane();
  renameSync(cluster.folder.data, aside('newest'));
  cpSync(aside('older'), cluster.folder.data, { recursive: true });
  await cluster.startControlPlane();
  await roundTrip();
  expect(await cluster.ok('get pods -o name')).toBe('pod/one\npod/two\n');
  const { message } = await kept(/default\/extra, default\/three\./);
  await untouched();

  // A person ends one of them, with the words of the message.
  const command = /kubectl (annotate node [^;]+); to end only some/.exec(message)?.[1] ?? 'no command in the message';
  await cluster.ok(`${command}:default/extra`);
  await waitFor('the pod that was let go of to end', async () => (await running(cluster, extra)).length === 0);
  await kept(/run on: default\/three\./);
  await roundTrip();
  await untouched();

  // The copy goes on past what the agent had seen before; a new agent process still keeps what the copy lacks.
  await cluster.ok('create -f -', { input: configMaps('later', 5) });
  await cluster.killAgent();
  await cluster.startAgent();
  await roundTrip();
  await untouched();
  await putBack();
  await cluster.ok('delete pod extra --now');
});

test('an older database, copied over the newer one, that went on before the agent came', async () => {
  await cluster.stopControlPlane();
  await cluster.killAgent();
  renameSync(cluster.folder.data, aside('newest'));
  cpSync(aside('older'), cluster.folder.data, { recursive: true });
  await cluster.startControlPlane();
  await cluster.ok('create -f -', { input: configMaps('meanwhile', 60) });
  await cluster.startAgent();
  await roundTrip();
  expect(await cluster.ok('get pods -o name')).toBe('pod/one\npod/two\n');
  await kept(/run on: default\/three\./);
  await untouched();
  await putBack();
});

test('an empty database, and an agent without its memory', async () => {
  await cluster.stopControlPlane();
  await cluster.killAgent();
  forgetView();
  renameSync(cluster.folder.data, aside('newest'));
  mkdirSync(cluster.folder.data, { mode: 0o700 });
  await cluster.startControlPlane();
  await cluster.startAgent();
  await roundTrip();
  await kept(/run on: default\/one, default\/three, default\/two\./);
  await untouched();

  await cluster.killAgent();
  await cluster.startAgent();
  await roundTrip();
  await untouched();
  await putBack();
});

test('a control plane of another cluster that takes the same credentials', async () => {
  const config = readFileSync(cluster.folder.controlPlaneConfig, 'utf8');
  await cluster.stopControlPlane();
  const data = join(cluster.folder.root, 'data-of-another');
  writeFileSync(cluster.folder.controlPlaneConfig, JSON.stringify({ ...JSON.parse(config), clusterUid: randomUUID(), dir: data }));
  const left = agentSays(/this is cluster [0-9a-f-]+, not/);
  await cluster.startControlPlane();
  await left();
  expect(await cluster.ok('get pods -o name')).toBe('');
  await untouched();
  await cluster.stopControlPlane();
  writeFileSync(cluster.folder.controlPlaneConfig, config, { mode: 0o600 });
  await cluster.startControlPlane();
  // A new process asks at once; this one would, as it was told, in half a minute.
  await cluster.killAgent();
  await cluster.startAgent();
});

test('a control plane that was away for an hour', async () => {
  const alone = agentSays(/connection to the control plane ended/);
  await cluster.stopControlPlane();
  await alone();
  await untouched();
  await anHourLater(() => cluster.startControlPlane());
  await roundTrip();
  await cluster.ok('create configmap made-later');
  const made = Date.parse(await cluster.ok('get configmap made-later -o jsonpath={.metadata.creationTimestamp}'));
  expect(made - Date.now()).toBeGreaterThan(hourMs - 60_000);
  await untouched();

  // The agent's own hour: a new process, whose certificates, tokens and back-offs are an hour old.
  await cluster.killAgent();
  await anHourLater(() => cluster.startAgent());
  await roundTrip();
  await untouched();
});

/** The newest database in place of what stands there. */
const putBack = async () => {
  await cluster.stopControlPlane();
  rmSync(cluster.folder.data, { recursive: true });
  renameSync(aside('newest'), cluster.folder.data);
  await cluster.startControlPlane();
};

/** What a restore does to the copy: another incarnation, and revisions that never were. */
const markRestored = (file: string) => {
  const database = new Database(file);
  try {
    database.exec(`UPDATE sqlite_sequence SET seq = seq + 1000000 WHERE name = 'changes'`);
    database.exec(
      `UPDATE meta SET incarnation = '${randomUUID()}', compacted_revision = (SELECT seq FROM sqlite_sequence WHERE name = 'changes')`,
    );
  } finally {
    database.close();
  }
};
