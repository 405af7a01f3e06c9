/** Pods come, run, fail and go: what the controller does with the runtime, and what it says of it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ConfigMap } from '#schema/core/config-map.ts';
import type { Pod } from '#schema/core/pod.ts';
import { RuntimeGoneError } from '../runtime/runtime.ts';
import { app, deleted, ready, startAgent, waiting } from './controller-fixture.ts';
import { MemorySink, podOf, settle } from './fixtures.ts';
import { terminationLog } from './spec/mounts.ts';

it('restarts with growing pauses: at once, after 10 s, after 20 s', async () => {
  const agent = await startAgent();
  agent.view.put('core/pods', podOf('web', { containers: [app({ command: ['exit', '1'] })] }));
  const first = await agent.until('uid-web', waiting('CrashLoopBackOff'));
  expect(first.containerStatuses![0]).toMatchObject({
    restartCount: 1,
    state: { waiting: { message: expect.stringContaining('back-off 10s') } },
  });
  await agent.clock.advance(9_000);
  expect(agent.calls('startContainer')).toHaveLength(2);
  await agent.clock.advance(1_000);
  const second = await agent.until('uid-web', (s) => waiting('CrashLoopBackOff')(s) && s.containerStatuses![0]!.restartCount === 2);
  expect(second.containerStatuses![0]!.state!.waiting!.message).toContain('back-off 20s');
  expect(agent.sink.events().filter((event) => event.startsWith('BackOff'))).toEqual([
    'BackOff Back-off restarting failed container app in pod web_default(uid-web)',
    'BackOff Back-off restarting failed container app in pod web_default(uid-web)',
  ]);
});

it('tells of an end together with the last words, also of one that it finds when it starts', async () => {
  const agent = await startAgent();
  const pod = podOf('web', { restartPolicy: 'Never', containers: [app()] });
  agent.view.put('core/pods', pod);
  const { containerStatuses } = await agent.until('uid-web', ready);
  await writeFile(terminationLog(join(agent.dir, 'pods', 'uid-web'), 'app', 0), 'why');
  agent.runtime.exit(containerStatuses![0]!.containerID!.replace('docker://', ''), 1);
  // it looks at the pod again and again while the file is read
  for (let i = 0; i < 50; i++) {
    agent.view.put('core/pods', { ...pod, metadata: { ...pod.metadata, generation: i + 2 } });
    await Promise.resolve();
  }
  const failed = (status: NonNullable<Pod['status']>) => status.phase === 'Failed';
  const words = (status: Pod['status']) => status!.containerStatuses![0]!.state!.terminated!.message;
  expect(words(await agent.until('uid-web', failed))).toBe('why');
  await agent.stop();
  agent.sink = new MemorySink();
  agent.start();
  await expect.poll(() => failed(agent.sink.status('uid-web') ?? {}) && words(agent.sink.status('uid-web'))).toBe('why');
});

it('is not ready while postStart runs, nor while what failed in it is stopped', async () => {
  const agent = await startAgent();
  const lifecycle = { postStart: { exec: { command: ['sh', '-c', 'sleep 5;exit 1'] } } };
  agent.view.put('core/pods', podOf('web', { containers: [app({ command: ['serve'], lifecycle })], terminationGracePeriodSeconds: 3 }));
  const isUp = (s: NonNullable<Pod['status']>) => s.containerStatuses?.[0]?.state?.running;
  const first = await agent.until('uid-web', isUp);
  expect(first.containerStatuses![0]).toMatchObject({ ready: false, started: false });
  await agent.clock.advance(5_000);
  await agent.until('uid-web', (s) => s.containerStatuses?.[0]?.lastState?.terminated);
  expect(agent.sink.events()).toContain('FailedPostStartHook PostStartHook failed');
  const everReady = (agent.sink.reports as { status?: Pod['status'] }[]).some((report) => report.status && ready(report.status));
  expect(everReady).toBe(false);
});

it('says what else keeps a pod from going on', async () => {
  const agent = await startAgent();
  agent.runtime.registry.add('late:1');
  for (let i = 0; i < 3; i++) agent.runtime.failNext('pullImage', new Error('the engine is out of order'));
  agent.view.put('core/pods', podOf('web', { containers: [app({ image: 'late:1' })] }));
  const later = async () => {
    await agent.clock.advance(1_000);
    return ready(agent.sink.status('uid-web') ?? {});
  };
  await expect.poll(later, { interval: 5, timeout: 30_000 }).toBe(true);
  const said = agent.sink.events().filter((event) => event.startsWith('FailedSync'));
  expect(said).toEqual(['FailedSync Error syncing pod, skipping: cannot create container app (attempt 0): the engine is out of order']);
});

it('waits for a missing ConfigMap, for a volume and for a variable, and goes on when the view brings it', async () => {
  const agent = await startAgent();
  const map = (name: string): ConfigMap => ({ metadata: { name, namespace: 'default' }, data: { key: 'value' } });
  agent.view.put(
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
  await agent.sink.until(() =>
    agent.sink.events().includes('FailedMount MountVolume.SetUp failed for volume "v" : configmap "files" not found'),
  );
  expect(await agent.until('uid-web', waiting('ContainerCreating'))).toMatchObject({ phase: 'Pending' });
  agent.view.put('core/configmaps', map('files'));
  const status = await agent.until('uid-web', waiting('CreateContainerConfigError'));
  expect(status.containerStatuses![0]!.state!.waiting!.message).toBe('configmap "vars" not found');
  agent.view.put('core/configmaps', map('vars'));
  await agent.until('uid-web', ready);
});

it('stops gracefully: proxy first, then preStop, then SIGTERM with what is left; a second delete shortens it', async () => {
  const agent = await startAgent();
  const pod = podOf('web', {
    containers: [app({ env: [{ name: 'STUBBORN', value: '1' }], lifecycle: { preStop: { sleep: { seconds: 5 } } } })],
  });
  agent.view.put('core/pods', pod);
  await agent.until('uid-web', ready);
  agent.view.put('core/pods', deleted(pod, 30));
  await agent.sink.until(() => agent.sink.events().includes('Killing Stopping container app'));
  expect(agent.network.drained).toEqual(['web']);
  await agent.clock.advance(4_000);
  expect(agent.calls('stopContainer')).toEqual([]);
  await agent.clock.advance(1_000);
  expect(agent.calls('stopContainer')).toEqual(['stopContainer app/0 25']);
  agent.view.put('core/pods', deleted(pod, 1));
  await settle();
  expect(agent.calls('stopContainer')).toEqual(['stopContainer app/0 25', 'stopContainer app/0 2']);
  await agent.clock.advance(2_000);
  await agent.gone();
  expect(await agent.runtime.listPods()).toEqual({ sandboxes: [], containers: [] });
  expect(agent.sink.events().filter((event) => event.startsWith('Killing'))).toHaveLength(1);
});

it('removes a pod that is deleted while its image is being pulled', async () => {
  const agent = await startAgent();
  const pod = podOf('web', { containers: [app({ image: 'none:1' })] });
  agent.view.put('core/pods', pod);
  await agent.until('uid-web', waiting('ErrImagePull'));
  agent.view.put('core/pods', deleted(pod, 30));
  await agent.gone();
  expect(await agent.runtime.listPods()).toEqual({ sandboxes: [], containers: [] });
});

it('gives the same pods new containers after the engine restarted', async () => {
  const agent = await startAgent();
  agent.view.put('core/pods', podOf('web', { containers: [app()] }));
  await agent.until('uid-web', ready);
  agent.runtime.restartEngine();
  await agent.clock.advance(500);
  const status = await agent.until('uid-web', (s) => ready(s) && s.containerStatuses![0]!.restartCount === 1);
  expect(status.containerStatuses![0]!.lastState!.terminated).toMatchObject({ exitCode: 137 });
  expect(agent.calls('runSandbox')).toEqual(['runSandbox web/0', 'runSandbox web/1']);
});

it('tries again what the runtime refused', async () => {
  const agent = await startAgent();
  agent.runtime.failNext('runSandbox', new Error('port is already allocated'));
  agent.runtime.failNext('createContainer', new Error('no space left'));
  agent.view.put('core/pods', podOf('web', { containers: [app()] }));
  await agent.sink.until(() =>
    agent.sink.events().includes('FailedCreatePodSandBox Failed to create pod sandbox: port is already allocated'),
  );
  await agent.clock.advance(5_000);
  await agent.until('uid-web', waiting('CreateContainerError'));
  await agent.clock.advance(10_000);
  await agent.until('uid-web', ready);
});

it('stops again what could not be stopped', async () => {
  const agent = await startAgent();
  const pod = podOf('web', { containers: [app()] });
  agent.view.put('core/pods', pod);
  await agent.until('uid-web', ready);
  agent.runtime.failNext('stopContainer', new Error('the engine is busy'));
  agent.view.put('core/pods', deleted(pod, 30));
  await settle();
  await agent.clock.advance(1_000);
  await agent.gone();
});

it('runs a container that is added to look into another, once', async () => {
  const agent = await startAgent();
  const pod = podOf('web', { containers: [app()] });
  agent.view.put('core/pods', pod);
  await agent.until('uid-web', ready);
  const debug = { ...app({ command: ['sh', '-c', 'exit 3'] }), name: 'debugger', targetContainerName: 'app' };
  agent.view.put('core/pods', { ...pod, spec: { ...pod.spec, ephemeralContainers: [debug] } } as Pod);
  const status = await agent.until('uid-web', (s) => s.ephemeralContainerStatuses?.[0]?.state?.terminated);
  expect(status.ephemeralContainerStatuses![0]).toMatchObject({ restartCount: 0, state: { terminated: { exitCode: 3 } } });
  expect([status.phase, ready(status), agent.calls('createContainer')]).toEqual([
    'Running',
    true,
    ['createContainer app/0', 'createContainer debugger/0'],
  ]);
});

it('spends no attempt on a start that the engine itself cut off', async () => {
  const agent = await startAgent();
  agent.runtime.failNext('startContainer', new RuntimeGoneError('ttrpc: closed'));
  agent.view.put('core/pods', podOf('web', { containers: [app()] }));
  await expect.poll(() => agent.calls('removeContainer').length).toBe(1);
  await agent.until('uid-web', waiting('ContainerCreating'));
  expect(agent.sink.status('uid-web')!.containerStatuses![0]!.restartCount).toBe(0);
  const restarted = agent.until('uid-web', ready);
  while (!agent.sink.status('uid-web')!.containerStatuses![0]!.ready) await agent.clock.advance(1_000);
  expect((await restarted).containerStatuses![0]).toMatchObject({ restartCount: 0, lastState: {} });
  expect(agent.calls('createContainer')).toEqual(['createContainer app/0', 'createContainer app/0']);
});
