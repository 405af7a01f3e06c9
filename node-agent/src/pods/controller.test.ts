import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ConfigMap } from '#schema/core/config-map.ts';
import type { Pod } from '#schema/core/pod.ts';
import { MemoryRuntime } from '../runtime/memory/memory-runtime.ts';
import { ImagePullError } from '../runtime/runtime.ts';
import { memoryFolder } from '../volumes/pod-volumes.ts';
import { createPodController, type PodController } from './controller.ts';
import { ManualClock, MemorySink, MemoryView, noApi, noNetwork, podOf, quietLog, settle } from './fixtures.ts';

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
      clusterUid: 'controller-test',
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
  runtime = new MemoryRuntime({ clock, clusterUid: 'controller-test', images: ['app:1'] });
  view = new MemoryView();
  sink = new MemorySink();
  network = noNetwork();
  start();
});

afterEach(async () => {
  stop.abort();
  await running;
  for (const folder of [dir, memoryFolder({ clusterUid: 'controller-test', nodeName: 'n1' })])
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
const deleted = (pod: Pod, seconds: number): Pod => ({
  ...pod,
  metadata: { ...pod.metadata, deletionTimestamp: '2030-01-01T00:00:00Z', deletionGracePeriodSeconds: seconds },
});
const gone = () => sink.until((reports) => reports.some(({ kind }) => kind === 'podGone'));
const calls = (verb: string) => runtime.journal.filter((line) => line.startsWith(verb));

it('restarts with growing pauses: at once, after 10 s, after 20 s', async () => {
  view.put('core/pods', podOf('web', { containers: [app({ command: ['exit', '1'] })] }));
  const first = await until('uid-web', waiting('CrashLoopBackOff'));
  expect(first.containerStatuses![0]).toMatchObject({
    restartCount: 1,
    state: { waiting: { message: expect.stringContaining('back-off 10s') } },
  });
  await clock.advance(9_000);
  expect(calls('startContainer')).toHaveLength(2);
  await clock.advance(1_000);
  const second = await until('uid-web', (s) => waiting('CrashLoopBackOff')(s) && s.containerStatuses![0]!.restartCount === 2);
  expect(second.containerStatuses![0]!.state!.waiting!.message).toContain('back-off 20s');
  expect(sink.events().filter((event) => event.startsWith('BackOff'))).toEqual([
    'BackOff Back-off restarting failed container app in pod web_default(uid-web)',
    'BackOff Back-off restarting failed container app in pod web_default(uid-web)',
  ]);
});

it('says why an image cannot be had, backs off, and runs once it is there', async () => {
  view.put('core/pods', podOf('web', { containers: [app({ image: 'late:1' })] }));
  await until('uid-web', waiting('ErrImagePull'));
  await clock.advance(3_000);
  const status = await until('uid-web', waiting('ImagePullBackOff'));
  expect(status.containerStatuses![0]!.state!.waiting!.message).toMatch(/^Back-off pulling image "late:1": ErrImagePull: /);
  runtime.registry.add('late:1');
  await clock.advance(7_000);
  await until('uid-web', ready);
  expect(sink.events()).toContain('Pulling Pulling image "late:1"');
  expect(sink.events()).toContain('BackOff Back-off pulling image "late:1"');
});

it('uses the present image when policy is Always and no registry can be reached', async () => {
  runtime.failNext('pullImage', new ImagePullError('RegistryUnavailable', 'dial tcp: no such host'));
  view.put('core/pods', podOf('web', { containers: [app({ imagePullPolicy: 'Always' })] }));
  await until('uid-web', ready);
  expect(sink.events()[0]).toBe('Pulled Container image "app:1" already present on machine');
});

it('never pulls with policy Never', async () => {
  view.put('core/pods', podOf('web', { containers: [app({ image: 'other:1', imagePullPolicy: 'Never' })] }));
  await until('uid-web', waiting('ErrImageNeverPull'));
  expect(calls('pullImage')).toEqual([]);
});

it('asks no engine for what cannot be an image, and says so', async () => {
  view.put('core/pods', podOf('web', { containers: [app({ image: '../Containers?all=1' })] }));
  const status = await until('uid-web', waiting('InvalidImageName'));
  expect(status.containerStatuses![0]!.state!.waiting!.message).toContain('invalid reference format');
  expect(sink.events()).toContain('Failed Error: InvalidImageName');
  expect(calls('pullImage')).toEqual([]);
});

it('is not ready while postStart runs, nor while what failed in it is stopped', async () => {
  const lifecycle = { postStart: { exec: { command: ['sh', '-c', 'sleep 5;exit 1'] } } };
  view.put('core/pods', podOf('web', { containers: [app({ command: ['serve'], lifecycle })], terminationGracePeriodSeconds: 3 }));
  const isUp = (s: NonNullable<Pod['status']>) => s.containerStatuses?.[0]?.state?.running;
  const first = await until('uid-web', isUp);
  expect(first.containerStatuses![0]).toMatchObject({ ready: false, started: false });
  await clock.advance(5_000);
  await until('uid-web', (s) => s.containerStatuses?.[0]?.lastState?.terminated);
  expect(sink.events()).toContain("FailedPostStartHook PostStartHook failed: command 'sh -c sleep 5;exit 1' exited with 1: ");
  const everReady = (sink.reports as { status?: Pod['status'] }[]).some((report) => report.status && ready(report.status));
  expect(everReady).toBe(false);
});

it('says what else keeps a pod from going on', async () => {
  runtime.registry.add('late:1');
  for (let i = 0; i < 3; i++) runtime.failNext('pullImage', new Error('the engine is out of order'));
  view.put('core/pods', podOf('web', { containers: [app({ image: 'late:1' })] }));
  const later = async () => {
    await clock.advance(1_000);
    return ready(sink.status('uid-web') ?? {});
  };
  await expect.poll(later, { interval: 5, timeout: 30_000 }).toBe(true);
  const said = sink.events().filter((event) => event.startsWith('FailedSync'));
  expect(said).toEqual(['FailedSync Error syncing pod, skipping: cannot create container app (attempt 0): the engine is out of order']);
});

it('waits for a missing ConfigMap, for a volume and for a variable, and goes on when the view brings it', async () => {
  const map = (name: string): ConfigMap => ({ metadata: { name, namespace: 'default' }, data: { key: 'value' } });
  view.put(
    'core/pods',
    podOf('web', {
      volumes: [{ name: 'v', configMap: { name: 'files' } }],
      containers: [
        app({
          env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'vars', key: 'key' } } }],
          volumeMounts: [{ name: 'v', mountPath: '/v' }],
        }),
      ],
    }),
  );
  await sink.until(() => sink.events().includes('FailedMount MountVolume.SetUp failed for volume "v" : configmap "files" not found'));
  expect(await until('uid-web', waiting('ContainerCreating'))).toMatchObject({ phase: 'Pending' });
  view.put('core/configmaps', map('files'));
  const status = await until('uid-web', waiting('CreateContainerConfigError'));
  expect(status.containerStatuses![0]!.state!.waiting!.message).toBe('configmap "vars" not found');
  view.put('core/configmaps', map('vars'));
  await until('uid-web', ready);
});

it('restarts what fails its liveness probe, and is ready only while its readiness probe says so', async () => {
  const probe = (command: string[]) => ({ exec: { command }, periodSeconds: 5, failureThreshold: 2, timeoutSeconds: 1 });
  view.put(
    'core/pods',
    podOf('web', { containers: [app({ readinessProbe: probe(['echo', 'ok']), livenessProbe: probe(['exit', '1']) })] }),
  );
  await until('uid-web', ready);
  await clock.advance(5_000);
  const status = await until('uid-web', (s) => s.containerStatuses![0]!.restartCount === 1);
  expect(status.containerStatuses![0]!.lastState!.terminated).toMatchObject({ exitCode: 143 });
  expect(sink.events()).toContain('Unhealthy Liveness probe failed: ');
  expect(sink.events()).toContain('Killing Container app failed liveness probe, will be restarted');
});

it('lets a startup probe hold the others back', async () => {
  view.put(
    'core/pods',
    podOf('web', {
      containers: [
        app({
          startupProbe: { exec: { command: ['sh', '-c', 'exit 1'] }, periodSeconds: 1, failureThreshold: 3, timeoutSeconds: 1 },
          readinessProbe: { exec: { command: ['echo', 'ok'] }, timeoutSeconds: 1 },
        }),
      ],
    }),
  );
  await until('uid-web', (s) => s.containerStatuses?.[0]?.state?.running);
  await clock.advance(1_000);
  expect(sink.status('uid-web')!.containerStatuses![0]).toMatchObject({ started: false, ready: false });
  await clock.advance(2_000);
  await until('uid-web', (s) => s.containerStatuses![0]!.restartCount === 1);
  expect(sink.events()).toContain('Killing Container app failed startup probe, will be restarted');
});

it('stops gracefully: proxy first, then preStop, then SIGTERM with what is left; a second delete shortens it', async () => {
  const pod = podOf('web', {
    containers: [app({ env: [{ name: 'STUBBORN', value: '1' }], lifecycle: { preStop: { sleep: { seconds: 5 } } } })],
  });
  view.put('core/pods', pod);
  await until('uid-web', ready);
  view.put('core/pods', deleted(pod, 30));
  await sink.until(() => sink.events().includes('Killing Stopping container app'));
  expect(network.drained).toEqual(['web']);
  await clock.advance(4_000);
  expect(calls('stopContainer')).toEqual([]);
  await clock.advance(1_000);
  expect(calls('stopContainer')).toEqual(['stopContainer app/0 25']);
  view.put('core/pods', deleted(pod, 1));
  await settle();
  expect(calls('stopContainer')).toEqual(['stopContainer app/0 25', 'stopContainer app/0 2']);
  await clock.advance(2_000);
  await gone();
  expect(await runtime.listPods()).toEqual({ sandboxes: [], containers: [] });
  expect(sink.events().filter((event) => event.startsWith('Killing'))).toHaveLength(1);
});

it('removes a pod that is deleted while its image is being pulled', async () => {
  const pod = podOf('web', { containers: [app({ image: 'none:1' })] });
  view.put('core/pods', pod);
  await until('uid-web', waiting('ErrImagePull'));
  view.put('core/pods', deleted(pod, 30));
  await gone();
  expect(await runtime.listPods()).toEqual({ sandboxes: [], containers: [] });
});

it('gives the same pods new containers after the engine restarted', async () => {
  view.put('core/pods', podOf('web', { containers: [app()] }));
  await until('uid-web', ready);
  runtime.restartEngine();
  await clock.advance(500);
  const status = await until('uid-web', (s) => ready(s) && s.containerStatuses![0]!.restartCount === 1);
  expect(status.containerStatuses![0]!.lastState!.terminated).toMatchObject({ exitCode: 137 });
  expect(calls('runSandbox')).toEqual(['runSandbox web/0', 'runSandbox web/1']);
});

it('makes each container once, whenever the agent stops and starts', async () => {
  const pods = ['a', 'b', 'c'].map((name) => podOf(name, { containers: [app()] }));
  for (const pod of pods) view.put('core/pods', pod);
  for (let i = 0; i < 6; i++) {
    // Stops at another point each time: after i turns of the event loop.
    for (let turn = 0; turn < i * 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    stop.abort();
    await running;
    await settle();
    start();
  }
  for (const pod of pods) await until(pod.metadata.uid!, ready);
  expect((await runtime.listPods()).containers.map(({ attempt, state }) => [attempt, state])).toEqual([
    [0, 'running'],
    [0, 'running'],
    [0, 'running'],
  ]);
  expect(calls('startContainer')).toHaveLength(3);
});

it('touches nothing without a complete view, and removes what a complete one lacks', async () => {
  view.put('core/pods', podOf('web', { containers: [app()] }));
  await until('uid-web', ready);
  view.complete = false;
  view.remove('core/pods', 'default', 'web');
  await settle();
  expect((await runtime.listPods()).containers).toMatchObject([{ state: 'running' }]);
  view.complete = true;
  view.put('core/configmaps', { metadata: { name: 'x', namespace: 'default' } });
  await expect.poll(() => runtime.listPods()).toEqual({ sandboxes: [], containers: [] });
  await expect.poll(() => controller.pods).toEqual([]);
  expect(sink.reports.some(({ kind }) => kind === 'podGone')).toBe(false);
});

it('tries again what the runtime refused', async () => {
  runtime.failNext('runSandbox', new Error('port is already allocated'));
  runtime.failNext('createContainer', new Error('no space left'));
  view.put('core/pods', podOf('web', { containers: [app()] }));
  await sink.until(() => sink.events().includes('FailedCreatePodSandBox Failed to create pod sandbox: port is already allocated'));
  await clock.advance(5_000);
  await until('uid-web', waiting('CreateContainerError'));
  await clock.advance(10_000);
  await until('uid-web', ready);
});

it('reports nothing again that the view shows already', async () => {
  const pod = podOf('web', { containers: [app()] });
  view.put('core/pods', pod);
  const status = await until('uid-web', ready);
  stop.abort();
  await running;
  sink = new MemorySink();
  view.put('core/pods', { ...pod, status });
  start();
  view.put('core/pods', podOf('other', { containers: [app()] }));
  await until('uid-other', ready);
  expect(sink.status('uid-web')).toBeUndefined();
});

it('stops again what could not be stopped', async () => {
  const pod = podOf('web', { containers: [app()] });
  view.put('core/pods', pod);
  await until('uid-web', ready);
  runtime.failNext('stopContainer', new Error('the engine is busy'));
  view.put('core/pods', deleted(pod, 30));
  await settle();
  await clock.advance(1_000);
  await gone();
});

it('takes no ready pod out of service because the agent restarted', async () => {
  const slow = { exec: { command: ['sh', '-c', 'sleep 5; exit 0'] }, timeoutSeconds: 10, periodSeconds: 10 };
  const pod = podOf('web', { containers: [app({ readinessProbe: slow, startupProbe: slow })] });
  view.put('core/pods', pod);
  await until('uid-web', (s) => s.containerStatuses?.[0]?.state?.running);
  await clock.advance(10_000);
  const status = await until('uid-web', ready);
  stop.abort();
  await running;
  sink = new MemorySink();
  view.put('core/pods', { ...pod, status });
  start();
  await settle();
  await clock.advance(30_000);
  expect(sink.status('uid-web')).toBeUndefined();
});

it('without memory, ends what the incarnation that speaks had asked for, and keeps what another one had', async () => {
  view.put('core/pods', podOf('old', { containers: [app()] }));
  await until('uid-old', ready);
  view.incarnation = 'i2';
  view.put('core/pods', podOf('new', { containers: [app()] }));
  await until('uid-new', ready);
  stop.abort();
  await running;
  // another process, that remembers nothing, and a control plane that names neither
  view = new MemoryView();
  view.incarnation = '';
  view.complete = false;
  start();
  await settle();
  view.incarnation = 'i2';
  view.complete = true;
  view.put('core/nodes', { metadata: { name: 'n1' } } as never);
  await expect.poll(async () => (await runtime.listPods()).sandboxes.map(({ name }) => name)).toEqual(['old']);
  expect(controller.kept).toMatchObject([{ namespace: 'default', name: 'old', uid: 'uid-old' }]);
  // named again, it is attended as it is
  view.put('core/pods', podOf('old', { containers: [app()] }));
  await sink.until(
    (reports) => reports.filter((report) => report.kind === 'podStatus' && (report as { name?: string }).name === 'old').length > 1,
  );
  expect([controller.kept, calls('createContainer')]).toEqual([[], ['createContainer app/0', 'createContainer app/0']]);
});

it('ends a pod that nobody knows when a person lets go of it', async () => {
  view.put('core/pods', podOf('old', { containers: [app()] }));
  await until('uid-old', ready);
  stop.abort();
  await running;
  view = new MemoryView();
  view.incarnation = 'other-incarnation';
  start();
  await expect.poll(() => controller.kept.length).toBe(1);
  view.put('core/nodes', { metadata: { name: 'n1', annotations: { 'kedge.dev/let-go': 'other-in' } } } as never);
  await expect.poll(async () => [(await runtime.listPods()).sandboxes, controller.kept]).toEqual([[], []]);
});

it('ends what was deleted under a later incarnation than the one that had asked for it, when it remembers that one', async () => {
  const pod = podOf('web', { containers: [app()] });
  view.put('core/pods', pod);
  await until('uid-web', ready);
  stop.abort();
  await running;
  view.incarnation = 'i2';
  start();
  view.remove('core/pods', 'default', 'web');
  await expect.poll(async () => (await runtime.listPods()).sandboxes).toEqual([]);
});

it('makes nothing anew for a pod that is only kept', async () => {
  const gone = podOf('gone', { containers: [app()] });
  view.put('core/pods', podOf('web', { containers: [app()] }));
  await until('uid-web', ready);
  stop.abort();
  await running;
  view.retained = ['core/pods/default/web', 'core/pods/default/gone'];
  view.put('core/pods', gone);
  start();
  await expect.poll(() => controller.kept).toMatchObject([{ name: 'web' }]);
  view.put('core/pods', podOf('named', { containers: [app()] }));
  await until('uid-named', ready);
  expect((await runtime.listPods()).sandboxes.map(({ name }) => name).sort()).toEqual(['named', 'web']);
});
