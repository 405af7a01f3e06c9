/**
 * The next version is deployed and taken back, each in two steps (Worker and objects change one after the other), on a database that the next version has added to, while
 * clients write and watch and an agent is there: nothing acknowledged is lost, no event is missed, no agent is sent away.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@libsql/client';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { readableStatements } from '#control-plane/store/migrate.ts';
import { schemaVersion } from '#db/migrations.ts';
import { PROTOCOL_VERSION, SYNC_SUBPROTOCOL } from '#schema/sync/protocol.ts';
import { waitFor } from '../harness/process.ts';
import { startTestAgent, type TestAgent } from './agent.ts';
import { follow } from './follow.ts';
import { type Build, workerSource } from './next-version.ts';
import { startWorkerdPlane, type WorkerdPlane } from './plane.ts';

// a busy machine is slow, not wrong
vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 });

const present: Build = { name: 'present', worker: 'present', objects: 'present' };
const steps: readonly Build[] = [
  { name: 'the Worker first', worker: 'next', objects: 'present' },
  { name: 'next', worker: 'next', objects: 'next' },
  { name: 'back, the Worker first', worker: 'present', objects: 'next' },
  { ...present, name: 'back' },
];

const scratch = mkdtempSync(join(tmpdir(), 'kedge-rollback-'));
const current = join(scratch, 'current.js');
const maps = '/api/v1/namespaces/default/configmaps';
const pods = '/api/v1/namespaces/default/pods';
const lease = '/apis/coordination.k8s.io/v1/namespaces/default/leases/one';
let plane: WorkerdPlane;
let agent: TestAgent;

const until = <T>(what: string, probe: () => Promise<T>) => waitFor(what, probe, { timeoutMs: 120_000 });

const place = (build: Build): void => writeFileSync(current, workerSource(build));

/** Wrangler sees the file and starts another workerd, as a deploy does: every socket ends. */
const deploy = async (build: Build): Promise<void> => {
  place(build);
  await until(`"${build.name}" to answer`, async () => {
    const response = await plane.fetch('/build', { signal: AbortSignal.timeout(10_000) });
    return (await response.text()) === build.name;
  });
};

/** What the next version's migration does before its Worker is deployed. */
const addToDatabase = async (): Promise<void> => {
  const version = schemaVersion + 1;
  const client = createClient({ url: plane.database.url });
  await client.batch(
    [
      'ALTER TABLE objects ADD COLUMN later TEXT',
      { sql: 'UPDATE meta SET schema_version = ?', args: [version] },
      ...readableStatements({ version, readableFrom: schemaVersion }).map(({ sql, args }) => ({ sql, args: [...args] })),
    ],
    'write',
  );
  client.close();
};

const GREET_MS = 30_000;

/** What the agent of the next version hears on n2, up to its first view or to its being sent away. @throws Error when it hears nothing of the kind in time */
const greet = async (protocolMin: number): Promise<any[]> => {
  const url = `${plane.url.replace('https', 'wss')}/kedge/v1/sync`;
  const headers = { authorization: `Bearer ${plane.nodeToken('n2')}` };
  const socket = new WebSocket(url, SYNC_SUBPROTOCOL, { ca: plane.ca, headers });
  const hello = { type: 'hello', protocolMin, protocolMax: PROTOCOL_VERSION + 1, version: '99.0.0', clusterUid: plane.clusterUid };
  const state = { incarnation: '', revision: 0, features: ['later'], node: 'n2', later: {} };
  const frames: any[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`heard ${JSON.stringify(frames)} only`)), GREET_MS);
      socket.on('error', reject);
      socket.on('close', () => resolve());
      socket.on('open', () => {
        socket.send(JSON.stringify({ ...hello, ...state }));
        socket.send(JSON.stringify({ type: 'later', what: 'nobody knows' }));
      });
      socket.on('message', (data) => {
        frames.push(JSON.parse(String(data)));
        if (['view', 'goAway'].includes(frames.at(-1).type)) resolve();
      });
    });
  } finally {
    clearTimeout(timer);
    socket.terminate();
  }
  return frames;
};

const send = async (method: string, path: string, body: unknown) => {
  const headers = { 'content-type': 'application/json' };
  const response = await plane.fetch(path, { method, headers, body: JSON.stringify(body), signal: AbortSignal.timeout(15_000) });
  return { status: response.status, body: (await response.json()) as any };
};

interface Churn {
  /** What was acknowledged. */
  readonly done: string[];
  readonly ended: Promise<void>;
}

/** One step after the other, each until it is surely done; at its end whatever `name` says is there. */
const churn = (signal: AbortSignal, name: (serial: number) => string, step: (name: string) => Promise<boolean>): Churn => {
  const done: string[] = [];
  const ended = (async () => {
    for (let serial = 0; !signal.aborted; serial++) {
      const next = name(serial);
      await until(`${next} to be written`, () => step(next));
      done.push(next);
    }
  })();
  return { done, ended };
};

const created = async (path: string, object: unknown): Promise<boolean> => {
  const { status } = await send('POST', path, object);
  return status === 201 || status === 409;
};

/** Raises a number that stands in a Lease by compare-and-swap; a lost write, or a hub that lost its memory, would break the row. */
const raise = async (to: string): Promise<boolean> => {
  const found = await plane.call('GET', lease);
  const has = Number(found.spec.holderIdentity);
  expect([Number(to) - 1, Number(to)]).toContain(has);
  if (has === Number(to)) return true;
  return (await send('PUT', lease, { ...found, spec: { ...found.spec, holderIdentity: to } })).status === 200;
};

beforeAll(async () => {
  place(present);
  const path = JSON.stringify(current);
  plane = await startWorkerdPlane({
    nodes: ['n1', 'n2'],
    latencyMs: 2,
    worker: `export * from ${path};\nexport { default } from ${path};\n`,
  });
  await plane.tick();
  await until('the default account', () => plane.call('GET', '/api/v1/namespaces/default/serviceaccounts/default'));
  agent = startTestAgent(plane, 'n1');
  agent.reports.send({ kind: 'node', labels: {}, annotations: {}, status: {} });
  await until('the node', () => plane.call('GET', '/api/v1/nodes/n1'));
});
afterAll(async () => {
  await agent?.stop();
  await plane?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

it('loses no write and no event while the next version comes and goes', async () => {
  await plane.call('POST', lease.replace('/one', ''), { metadata: { name: 'one' }, spec: { holderIdentity: '-1' } });
  const [writing, watching] = [new AbortController(), new AbortController()];
  const { metadata } = await plane.call('GET', maps);
  const watches = [1, 2].map(() => follow(plane, maps, metadata.resourceVersion, watching.signal));
  const writers = ['a', 'b'].map((prefix) =>
    churn(
      writing.signal,
      (serial) => `${prefix}-${serial}`,
      (name) => created(maps, { metadata: { name } }),
    ),
  );
  const bound = { nodeName: 'n1', containers: [{ name: 'c', image: 'nginx' }] };
  const podWriter = churn(
    writing.signal,
    (serial) => `p-${serial}`,
    async (name) => {
      if (!(await created(pods, { metadata: { name }, spec: bound }))) return false;
      // its node hears of it and says how it is, over whatever version
      const pod = await until(`${name} at its node`, async () => agent.view.get(`core/pods/default/${name}`));
      const report = {
        kind: 'podStatus',
        namespace: 'default',
        name,
        uid: pod.metadata.uid!,
        sequence: 1,
        status: { phase: 'Running' },
      } as const;
      agent.reports.send(report);
      await until(`${name} to be Running`, async () => (await plane.call('GET', `${pods}/${name}`)).status.phase === 'Running');
      return true;
    },
  );
  const counter = churn(writing.signal, String, raise);
  const all = [...writers, podWriter, counter];
  const goOn = async (what: string): Promise<void> => {
    const before = all.map(({ done }) => done.length);
    await until(`all to go on with ${what}`, async () => all.every(({ done }, index) => done.length > before[index]! + 1));
  };

  await goOn('the present version');
  await addToDatabase();
  for (const build of steps) {
    await deploy(build);
    await goOn(`"${build.name}"`);
    const words = build.objects === 'next' ? ['hello', 'later', 'view'] : ['hello', 'view'];
    await until(`the words of "${build.name}"`, async () => {
      const heard = (await greet(PROTOCOL_VERSION)).map(({ type, later }) => ({ type, isNext: later !== undefined }));
      expect(heard).toEqual(words.map((type) => ({ type, isNext: build.objects === 'next' })));
      return true;
    });
  }
  writing.abort();
  await Promise.all(all.map(({ ended }) => ended));

  const names = writers.flatMap(({ done }) => done).sort();
  const ours = (found: readonly string[]) => found.filter((name) => /^[ab]-/.test(name)).sort();
  await until('the watches to have seen everything', async () => {
    const behind = watches.filter(({ added }) => ours(added).length < names.length);
    if (behind.length === 0) return true;
    // as every minute: the last write of all may have told nobody
    await plane.tick();
    throw new Error(`of ${names.length}: ${behind.map(({ state }) => state()).join('; ')}`);
  });
  watching.abort();
  for (const { added, ended } of watches) {
    await ended;
    expect(ours(added)).toEqual(names);
  }
  expect(ours((await plane.call('GET', maps)).items.map((item: any) => item.metadata.name))).toEqual(names);
  expect((await plane.call('GET', lease)).spec.holderIdentity).toBe(counter.done.at(-1));
  const namesOfView = () => agent.view.list('core/pods').map((pod) => pod.metadata.name);
  await expect.poll(() => namesOfView().sort()).toEqual([...podWriter.done].sort());
  // it may just be coming back
  await expect.poll(() => ({ complete: agent.view.complete, retained: agent.view.retained })).toEqual({ complete: true, retained: [] });
});

it('understands an agent of the next version, and one it cannot understand goes away with a reason', async () => {
  await until('the greeting', async () => {
    // two agents hang on it
    expect(await greet(PROTOCOL_VERSION)).toMatchObject([
      { type: 'hello', protocolMax: PROTOCOL_VERSION, returnWithinMs: 40 },
      { type: 'view', complete: true },
    ]);
    return true;
  });
  await until('the refusal', async () => {
    const frames = await greet(PROTOCOL_VERSION + 1);
    expect(frames).toMatchObject([{ type: 'goAway', reason: `protocol ${PROTOCOL_VERSION} is spoken here` }]);
    return true;
  });
});

it('stays below the limits of the free plan all the while', () => {
  expect(plane.logs().match(/limit crossed[^"\\]*/g) ?? []).toEqual([]);
});
