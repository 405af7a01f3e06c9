/** Self-fencing with the pod controller over the runtime in memory: what runs, what ends, what is said, over restarts of the agent. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Pod } from '#schema/core/pod.ts';
import { createPodController } from '../pods/controller.ts';
import { ManualClock, MemorySink, MemoryView, noApi, noNetwork, podOf, quietLog, settle } from '../pods/fixtures.ts';
import { MemoryRuntime } from '../runtime/memory/memory-runtime.ts';
import { memoryFolder } from '../volumes/pod-volumes.ts';
import { createFencing, type Fencing } from './fencing.ts';

let clock: ManualClock;
let dir: string;
let runtime: MemoryRuntime;
let view: MemoryView;
let sink: MemorySink;
let fencing: Fencing;
let stop: AbortController;
let running: Promise<unknown>;

const moment = () => ({ steadyMs: clock.now() - 1_600_000_000_000, wallMs: clock.now() });

const start = (boot = 'b1') => {
  stop = new AbortController();
  fencing = createFencing({ dir, clock, log: quietLog, now: moment, boot });
  const controller = createPodController({
    ...{ runtime, view, reports: sink, api: noApi, clock, log: quietLog, fencing, network: noNetwork(), hostIP: '192.0.2.10' },
    settings: {
      clusterUid: 'fencing-test',
      nodeName: 'n1',
      dir,
      server: '',
      serviceCIDR: '',
      clusterDNS: '',
      clusterDomain: 'cluster.local',
    },
  });
  running = Promise.all([controller.run(stop.signal), fencing.run(stop.signal)]);
};
const end = async () => {
  stop.abort();
  await running;
};

beforeEach(async () => {
  clock = new ManualClock();
  dir = await mkdtemp(join(tmpdir(), 'kedge-fencing-'));
  runtime = new MemoryRuntime({ clock, clusterUid: 'fencing-test', images: ['app:1'] });
  view = new MemoryView();
  sink = new MemorySink();
  start();
});

afterEach(async () => {
  await end();
  for (const folder of [dir, memoryFolder({ clusterUid: 'fencing-test', nodeName: 'n1' })])
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

const pod = (promised: boolean): Pod => ({
  ...podOf('db', { terminationGracePeriodSeconds: 5, containers: [{ name: 'app', image: 'app:1', imagePullPolicy: 'IfNotPresent' }] }),
  status: {
    phase: 'Pending',
    conditions: [{ type: 'kedge.dev/Failover', status: promised ? 'True' : 'False', reason: 'StopsAfter60Seconds' }],
  },
});
const show = async (promised: boolean) => {
  view.put('core/pods', pod(promised));
  await settle();
};
const runs = async () => (await runtime.listPods()).containers.filter(({ state }) => state === 'running').length;
/** Files take their own time, whatever the clock says. */
const eventually = (check: () => unknown) => expect.poll(async () => settle().then(check), { interval: 1 });
const promised = () => sink.status('uid-db')?.conditions?.find(({ type }) => type === 'kedge.dev/Failover')?.status;
const beat = async () => {
  fencing.heartbeat.answered(moment());
  await settle();
};
/** The pod runs, and its node is in reach. */
const started = async () => {
  await show(false);
  await eventually(promised).toBe('True');
  await show(true);
  await beat();
  await eventually(runs).toBe(1);
};

it('starts a pod only when its promise is stored, and a heartbeat after it was answered', async () => {
  await beat();
  await clock.advance(1_000);
  await show(false);
  await eventually(promised).toBe('True');
  expect(await runs()).toBe(0);
  await beat();
  expect(await runs()).toBe(0);
  await show(true);
  await eventually(runs).toBe(1);
  expect(fencing.heartbeat.intervalMs()).toBe(15_000);
});

it('does not start it on the promise alone', async () => {
  await show(false);
  await eventually(promised).toBe('True');
  await show(true);
  await clock.advance(1_000);
  expect(await runs()).toBe(0);
});

it('stops it when no heartbeat is answered in time, says so, and never starts it again', async () => {
  await started();
  await clock.advance(50_000);
  await beat();
  await clock.advance(59_000);
  expect(await runs()).toBe(1);
  await clock.advance(8_000);
  await eventually(runs).toBe(0);
  await eventually(() => sink.status('uid-db')).toMatchObject({ phase: 'Failed', reason: 'SelfFenced' });
  expect(sink.events()).toContain('SelfFenced The node could not reach the control plane for 60s and stopped the pod.');
  await beat();
  await show(true);
  await clock.advance(60_000);
  expect(await runs()).toBe(0);
  expect(fencing.heartbeat.isNeeded()).toBe(false);
});

it('leaves other pods running', async () => {
  view.put('core/pods', podOf('other', { containers: [{ name: 'app', image: 'app:1', imagePullPolicy: 'IfNotPresent' }] }));
  await eventually(runs).toBe(1);
  await clock.advance(120_000);
  expect(await runs()).toBe(1);
});

it('counts on over a restart of the agent', async () => {
  await started();
  await clock.advance(40_000);
  await end();
  await clock.advance(15_000);
  start();
  await settle();
  expect(await runs()).toBe(1);
  await clock.advance(12_000);
  await eventually(runs).toBe(0);
});

it('stops at its start what was due while it was away', async () => {
  await started();
  await end();
  await clock.advance(120_000);
  expect(await runs()).toBe(1);
  start();
  await eventually(runs).toBe(0);
  await eventually(() => sink.status('uid-db')).toMatchObject({ phase: 'Failed' });
});

it('runs nothing of it after a boot of the machine', async () => {
  await started();
  await end();
  start('b2');
  await beat();
  await eventually(runs).toBe(0);
  await eventually(() => sink.status('uid-db')).toMatchObject({ phase: 'Failed', message: 'The machine was restarted.' });
});

it('does not run a pod about which another machine of its name promised, and calls it ended when theirs must be', async () => {
  await beat();
  await show(true);
  await beat();
  await eventually(() => sink.status('uid-db')?.phase).toBe('Pending');
  await clock.advance(60_000);
  expect(await runs()).toBe(0);
  expect(sink.status('uid-db')?.phase).toBe('Pending');
  await clock.advance(20_000);
  await eventually(() => sink.status('uid-db')).toMatchObject({ phase: 'Failed', reason: 'SelfFenced' });
});

it('forgets a promise with its pod', async () => {
  await started();
  view.remove('core/pods', 'default', 'db');
  await settle();
  await clock.advance(10_000);
  await eventually(async () => {
    // each view is an occasion
    view.put('core/configmaps', { metadata: { name: 'other', namespace: 'default' } });
    return fencing.heartbeat.isNeeded();
  }).toBe(false);
});
