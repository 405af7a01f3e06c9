import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Pod } from '#schema/core/pod.ts';
import { MemoryRuntime } from '../runtime/memory/memory-runtime.ts';
import { RuntimeGoneError } from '../runtime/runtime.ts';
import { memoryFolder } from '../volumes/pod-volumes.ts';
import { createPodController, type PodController } from './controller.ts';
import { ManualClock, MemorySink, MemoryView, noApi, noNetwork, podOf, quietLog } from './fixtures.ts';

let clock: ManualClock;
let dir: string;
let runtime: MemoryRuntime;
let view: MemoryView;
let sink: MemorySink;
let network: ReturnType<typeof noNetwork>;
let controller: PodController;
let stop: AbortController;
let running: Promise<void>;

const start = () => {
  stop = new AbortController();
  controller = createPodController({
    runtime,
    view,
    reports: sink,
    network,
    api: noApi,
    clock,
    log: quietLog,
    hostIP: '192.0.2.10',
    settings: {
      clusterUid: 'limits-test',
      nodeName: 'n1',
      dir,
      server: '',
      serviceCIDR: '',
      clusterDNS: '',
      clusterDomain: 'cluster.local',
    },
  });
  running = controller.run(stop.signal);
};

beforeEach(async () => {
  clock = new ManualClock();
  dir = await mkdtemp(join(tmpdir(), 'kedge-pods-'));
  runtime = new MemoryRuntime({ clock, clusterUid: 'limits-test', images: ['app:1'] });
  view = new MemoryView();
  sink = new MemorySink();
  network = noNetwork();
  start();
});

afterEach(async () => {
  stop.abort();
  await running;
  for (const folder of [dir, memoryFolder({ clusterUid: 'limits-test', nodeName: 'n1' })])
    await rm(folder, { recursive: true, force: true });
});

type Container = Pod['spec']['containers'][number];
const app = (more: Partial<Container> = {}): Container => ({ name: 'app', image: 'app:1', imagePullPolicy: 'IfNotPresent', ...more });
const until = (uid: string, fits: (status: NonNullable<Pod['status']>) => unknown) =>
  sink.until(() => {
    const status = sink.status(uid);
    return status && fits(status) ? status : undefined;
  });
const condition = (status: NonNullable<Pod['status']>, type: string) =>
  status.conditions?.find((one) => one.type === type)?.status === 'True';
const ready = (status: NonNullable<Pod['status']>) => condition(status, 'Ready');
const waiting = (reason: string) => (status: NonNullable<Pod['status']>) =>
  status.containerStatuses?.[0]?.state?.waiting?.reason === reason;
const calls = (verb: string) => runtime.journal.filter((line) => line.startsWith(verb));

it('evicts a pod whose volume outgrew its limit', async () => {
  view.put('core/pods', podOf('web', { volumes: [{ name: 'cache', emptyDir: { sizeLimit: '1Mi' } }], containers: [app()] }));
  await until('uid-web', ready);
  const path = join(dir, 'pods', 'uid-web', 'volumes', 'kubernetes.io~empty-dir', 'cache', 'big');
  await writeFile(path, new Uint8Array(512 * 1024).fill(1));
  await clock.advance(10_000);
  expect(sink.status('uid-web')!.phase).toBe('Running');
  await writeFile(path, new Uint8Array(2 * 1024 * 1024).fill(1));
  // Files are read in real time, beside the clock.
  while (sink.status('uid-web')!.phase !== 'Failed') await clock.advance(10_000);
  const message = 'Usage of EmptyDir volume "cache" exceeds the limit "1Mi". ';
  expect(sink.status('uid-web')).toMatchObject({ reason: 'Evicted', message });
  expect(sink.events().filter((event) => event.startsWith('Evicted'))).toEqual([`Evicted ${message}`]);
});

it('runs a container that is added to look into another, once', async () => {
  const pod = podOf('web', { containers: [app()] });
  view.put('core/pods', pod);
  await until('uid-web', ready);
  const debug = { ...app({ command: ['sh', '-c', 'exit 3'] }), name: 'debugger', targetContainerName: 'app' };
  view.put('core/pods', { ...pod, spec: { ...pod.spec, ephemeralContainers: [debug] } } as Pod);
  const status = await until('uid-web', (s) => s.ephemeralContainerStatuses?.[0]?.state?.terminated);
  expect(status.ephemeralContainerStatuses![0]).toMatchObject({ restartCount: 0, state: { terminated: { exitCode: 3 } } });
  expect([status.phase, ready(status), calls('createContainer')]).toEqual([
    'Running',
    true,
    ['createContainer app/0', 'createContainer debugger/0'],
  ]);
});

it('spends no attempt on a start that the engine itself cut off', async () => {
  runtime.failNext('startContainer', new RuntimeGoneError('ttrpc: closed'));
  view.put('core/pods', podOf('web', { containers: [app()] }));
  await expect.poll(() => calls('removeContainer').length).toBe(1);
  await until('uid-web', waiting('ContainerCreating'));
  expect(sink.status('uid-web')!.containerStatuses![0]!.restartCount).toBe(0);
  const restarted = until('uid-web', ready);
  while (!sink.status('uid-web')!.containerStatuses![0]!.ready) await clock.advance(1_000);
  expect((await restarted).containerStatuses![0]).toMatchObject({ restartCount: 0, lastState: {} });
  expect(calls('createContainer')).toEqual(['createContainer app/0', 'createContainer app/0']);
});
