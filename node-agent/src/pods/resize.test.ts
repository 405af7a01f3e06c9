/** A pod that gets other sizes while it runs: the whole way from the view to the engine and back into the status, also across a restart of the agent. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Pod } from '#schema/core/pod.ts';
import { getCondition } from '#schema/meta/conditions.ts';
import { MemoryRuntime } from '../runtime/memory/memory-runtime.ts';
import { memoryFolder } from '../volumes/pod-volumes.ts';
import { createPodController } from './controller.ts';
import { ManualClock, MemorySink, MemoryView, noApi, noNetwork, podOf, quietLog, settle } from './fixtures.ts';

const settings = { clusterUid: 'resize-test', nodeName: 'n1', server: '', serviceCIDR: '', clusterDNS: '', clusterDomain: 'cluster.local' };
let clock: ManualClock;
let dir: string;
let runtime: MemoryRuntime;
let view: MemoryView;
let sink: MemorySink;
let stop: () => Promise<void>;

const start = () => {
  const ended = new AbortController();
  const shared = { runtime, view, reports: sink, network: noNetwork(), api: noApi, clock, log: quietLog, hostIP: '192.0.2.10' };
  const running = createPodController({ ...shared, settings: { ...settings, dir } }).run(ended.signal);
  stop = async () => {
    ended.abort();
    await running;
  };
};

beforeEach(async () => {
  clock = new ManualClock();
  dir = await mkdtemp(join(tmpdir(), 'kedge-resize-'));
  runtime = new MemoryRuntime({ clock, clusterUid: 'resize-test', images: ['app:1'] });
  view = new MemoryView();
  sink = new MemorySink();
  start();
});
afterEach(async () => {
  await stop();
  for (const folder of [dir, memoryFolder(settings)]) await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

const sized = (cpu: string, container: object = {}): Pod =>
  podOf('web', {
    containers: [{ name: 'app', image: 'app:1', imagePullPolicy: 'IfNotPresent', resources: { requests: { cpu } }, ...container }],
  });

const put = (pod: Pod, generation: number): void =>
  view.put('core/pods', { ...pod, metadata: { ...pod.metadata, generation }, status: sink.status('uid-web') } as Pod);
const status = () => sink.status('uid-web')!;
const until = (find: (now: NonNullable<Pod['status']>) => unknown) => sink.until(() => status() && Boolean(find(status())));
const inForce = (cpu: string) => until((now) => now.containerStatuses?.[0]?.resources?.requests?.cpu === cpu);
const resizes = () => runtime.journal.filter((line) => line.startsWith('resizeContainer'));
const conditions = (type: string) =>
  sink.reports.flatMap((report: any) => (report.kind === 'podStatus' && getCondition(report.status.conditions, type)) || []);
const events = (reason: string) => sink.events().filter((text) => text.startsWith(reason));

it('changes a running container in place, and says so', async () => {
  put(sized('100m'), 1);
  await inForce('100m');
  put(sized('200m'), 2);
  await inForce('200m');
  expect(resizes()).toEqual(['resizeContainer app/0 {"cpuShares":204}']);
  expect(conditions('PodResizeInProgress')).toMatchObject([{ status: 'True', observedGeneration: 2 }]);
  expect(getCondition(status().conditions, 'PodResizeInProgress')).toBeUndefined();
  expect(status().containerStatuses).toMatchObject([{ restartCount: 0, allocatedResources: { cpu: '200m' } }]);
  expect(events('Resize').map((text) => text.split(' ')[0])).toEqual(['ResizeStarted', 'ResizeCompleted']);
});

it('says what went wrong and tries again', async () => {
  put(sized('100m'), 1);
  await inForce('100m');
  runtime.failNext('resizeContainer', new Error('the engine is busy'));
  put(sized('200m'), 2);
  await until((now) => getCondition(now.conditions, 'PodResizeInProgress')?.message === 'the engine is busy');
  expect(status().containerStatuses).toMatchObject([{ allocatedResources: { cpu: '200m' }, resources: { requests: { cpu: '100m' } } }]);
  const done = inForce('200m');
  await clock.advance(2_000);
  await done;
  expect(events('ResizeError')).toHaveLength(1);
});

it('starts a container anew where its policy says so', async () => {
  const policy = { resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] };
  put(sized('100m', policy), 1);
  await inForce('100m');
  put(sized('200m', policy), 2);
  await until((now) => now.containerStatuses?.[0]?.restartCount === 1 && now.containerStatuses[0].ready);
  await inForce('200m');
  expect(resizes()).toEqual([]);
  expect(events('Killing')).toEqual(['Killing Container app resize requires restart']);
});

it('waits for room that others hold, and takes nothing that the node has not', async () => {
  put(sized('100m'), 1);
  await inForce('100m');
  const other = podOf('other', { containers: [{ name: 'app', image: 'app:1', resources: { requests: { cpu: '3' } } }] });
  view.put('core/pods', other);
  put(sized('8'), 2);
  await until((now) => getCondition(now.conditions, 'PodResizePending')?.reason === 'Infeasible');
  put(sized('2'), 3);
  await until((now) => getCondition(now.conditions, 'PodResizePending')?.reason === 'Deferred');
  // what is made meanwhile has what is set aside
  runtime.exit((await runtime.listPods()).containers.find((one) => one.name === 'web')!.id, 1);
  await until((now) => now.containerStatuses?.[0]?.restartCount === 1 && now.containerStatuses[0].ready);
  expect((await runtime.listPods()).containers.find((one) => one.name === 'web' && one.state === 'running')!.sizes).toEqual({
    cpuShares: 102,
  });
  expect(resizes()).toEqual([]);
  view.remove('core/pods', 'default', 'other');
  const done = inForce('2');
  await clock.advance(15_000);
  await done;
  expect(resizes()).toEqual(['resizeContainer app/1 {"cpuShares":2048}']);
});

it('goes on with it after a restart of the agent, and does nothing without need', async () => {
  put(sized('100m'), 1);
  await inForce('100m');
  await stop();
  put(sized('100m'), 1);
  start();
  await settle();
  expect(resizes()).toEqual([]);
  await stop();
  put(sized('300m'), 2);
  start();
  await inForce('300m');
  expect(resizes()).toEqual(['resizeContainer app/0 {"cpuShares":307}']);
});
