/** What pods may ask of a node beside running: each with real containers, since only the kernel can say that it holds. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Pod } from '#schema/core/pod.ts';
import { createContainerRuntime } from '../runtime/docker/docker-runtime.ts';
import type { ContainerRuntime } from '../runtime/runtime.ts';
import { createPodController, type PodController } from './controller.ts';
import { MemorySink, MemoryView, noApi, noNetwork, podOf, quietLog, systemClock } from './fixtures.ts';

const docker = new Docker();
let clusterUid: string;
let dir: string;
let runtime: ContainerRuntime;
let view: MemoryView;
let sink: MemorySink;
let controller: PodController;
let stop: AbortController;
let running: Promise<void>;

beforeEach(async () => {
  clusterUid = randomUUID();
  dir = await mkdtemp(join(tmpdir(), 'kedge-features-'));
  runtime = createContainerRuntime({ docker, clusterUid, network: 'bridge' });
  view = new MemoryView();
  sink = new MemorySink();
  stop = new AbortController();
  controller = createPodController({
    runtime,
    view,
    reports: sink,
    network: noNetwork(),
    api: noApi,
    clock: systemClock,
    log: quietLog,
    settings: { clusterUid, nodeName: 'n1', dir, server: '', serviceCIDR: '', clusterDNS: '', clusterDomain: 'cluster.local' },
  });
  running = controller.run(stop.signal);
});

afterEach(async () => {
  stop.abort();
  await running;
  const { sandboxes, containers } = await runtime.listPods();
  await Promise.all(containers.map(({ id }) => runtime.removeContainer(id)));
  await Promise.all(sandboxes.map(({ id }) => runtime.removeSandbox(id)));
  // what was under way when the agent stopped may still write
  await rm(dir, { recursive: true, force: true, maxRetries: 10 });
  await rm(`/dev/shm/kedge-${clusterUid}-n1`, { recursive: true, force: true });
});

type Container = Pod['spec']['containers'][number];
type Status = NonNullable<Pod['status']>;

/** Ends at once on SIGTERM. */
const SERVE = 'trap "exit 0" TERM; while true; do sleep 0.05; done';
const busybox = (name: string, script: string, more: Partial<Container> = {}): Container => ({
  name,
  image: 'busybox:latest',
  imagePullPolicy: 'IfNotPresent',
  command: ['sh', '-c', script],
  ...more,
});
const until = (fits: (status: Status) => unknown) =>
  sink.until(() => {
    const status = sink.status('uid-web');
    return status && fits(status) ? status : undefined;
  });
const ready = (status: Status) => status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
const run = (spec: Parameters<typeof podOf>[1], metadata: Partial<Pod['metadata']> = {}): Pod => {
  const pod = podOf('web', spec, metadata);
  view.put('core/pods', pod);
  return pod;
};
const remove = (pod: Pod, seconds = 30): Promise<unknown> => {
  view.put('core/pods', {
    ...pod,
    metadata: { ...pod.metadata, deletionTimestamp: '2030-01-01T00:00:00Z', deletionGracePeriodSeconds: seconds },
  });
  return sink.until((reports) => reports.some(({ kind }) => kind === 'podGone'));
};
const textOf = async (container: string): Promise<string> => {
  let text = '';
  const options = { follow: false, timestamps: false };
  for await (const line of runtime.logs(controller.findContainer('uid-web', container)!.id, options, stop.signal))
    text += Buffer.from(line).toString();
  return text;
};
/** Output of a pod that runs one script to its end. */
const outputOf = async (script: string, container: Partial<Container> = {}, spec: Partial<Pod['spec']> = {}, metadata = {}) => {
  run({ restartPolicy: 'Never', ...spec, containers: [busybox('app', script, container)] }, metadata);
  await until(({ phase }) => phase === 'Succeeded' || phase === 'Failed');
  return textOf('app');
};

it('adds a debugger that sees the processes of its target', async () => {
  const pod = run({ containers: [busybox('app', SERVE), busybox('other', SERVE)] });
  await until(ready);
  // a container runs a moment before its own program does
  const look = 'until ps -o args | grep -q "^sh -c trap"; do sleep 0.1; done; ps -o pid,args; hostname';
  const debug = { ...busybox('debugger', look), targetContainerName: 'app' };
  view.put('core/pods', { ...pod, spec: { ...pod.spec, ephemeralContainers: [debug] } } as Pod);
  const status = await until((s) => s.ephemeralContainerStatuses?.[0]?.state?.terminated);
  expect(status.ephemeralContainerStatuses![0]!.state!.terminated).toMatchObject({ exitCode: 0 });
  expect(await textOf('debugger')).toMatch(/ 1 sh -c trap .*\n(.*\n)*web\n/);
  expect(sink.events()).toContain('Started Started container debugger');
  await remove(pod);
  expect(await runtime.listPods()).toEqual({ sandboxes: [], containers: [] });
});

it('starts sidecars first and ends them last, runs hooks, and shares an emptyDir in memory', async () => {
  const volumeMounts = [{ name: 'log', mountPath: '/log' }];
  const say = (word: string) => ['sh', '-c', `echo ${word} >> /log/all`];
  /** `first` is done when it is ready for SIGTERM. */
  const ending = (first: string, last: string) => `trap "${last}; exit 0" TERM; ${first}; while true; do sleep 0.05; done`;
  /** Probes that hold on the slowest machine. */
  const patient = { periodSeconds: 1, timeoutSeconds: 30, failureThreshold: 100 };
  const pod = run({
    volumes: [
      { name: 'log', emptyDir: { medium: 'Memory' } },
      { name: 'kept', hostPath: { path: join(dir, 'kept'), type: 'DirectoryOrCreate' } },
    ],
    initContainers: [
      busybox('proxy', ending('sleep 0.3; touch /log/up', 'echo proxy-ends >> /log/all; cp /log/all /kept/all'), {
        restartPolicy: 'Always',
        volumeMounts: [...volumeMounts, { name: 'kept', mountPath: '/kept' }],
        startupProbe: { ...patient, exec: { command: ['test', '-e', '/log/up'] } },
      }),
      busybox('init', 'test -e /log/up && echo init >> /log/all', { volumeMounts }),
    ],
    containers: [
      busybox('app', ending('touch /log/app-up', 'echo app-ends >> /log/all'), {
        volumeMounts,
        lifecycle: { postStart: { exec: { command: say('post-start') } }, preStop: { exec: { command: say('pre-stop') } } },
        readinessProbe: { ...patient, exec: { command: ['sh', '-c', 'test -e /log/app-up && grep -q post-start /log/all'] } },
      }),
    ],
  });
  const status = await until(ready);
  expect(status.initContainerStatuses!.map(({ name, ready: is, started }) => [name, is, started])).toEqual([
    ['proxy', true, true],
    ['init', true, false],
  ]);
  expect(status.containerStatuses![0]!.volumeMounts).toEqual([{ name: 'log', mountPath: '/log' }]);
  await remove(pod, 100);
  expect(await readFile(join(dir, 'kept', 'all'), 'utf8')).toBe('init\npost-start\npre-stop\napp-ends\nproxy-ends\n');
});

it('holds a container to its security context', async () => {
  const text = await outputOf(
    'id -u; id -g; id -G; touch /x 2>&1; grep -i -e CapBnd -e NoNewPrivs /proc/1/status; cat /proc/sys/net/ipv4/ip_local_port_range; stat -c "%g %a" /v; touch /v/f && stat -c %g /v/f',
    {
      securityContext: {
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
      },
      volumeMounts: [{ name: 'v', mountPath: '/v' }],
    },
    {
      volumes: [{ name: 'v', emptyDir: {} }],
      securityContext: {
        runAsUser: 1234,
        runAsGroup: 2345,
        fsGroup: 3456,
        supplementalGroups: [4567],
        sysctls: [{ name: 'net.ipv4.ip_local_port_range', value: '40000 40100' }],
      },
    },
  );
  expect(text.split('\n')).toEqual([
    '1234',
    '2345',
    '2345 3456 4567',
    'touch: /x: Read-only file system',
    expect.stringMatching(/^CapBnd:\s+0000000000000400$/),
    expect.stringMatching(/^NoNewPrivs:\s+1$/),
    '40000\t40100',
    '3456 2777',
    '3456',
    '',
  ]);
});

it('does not run as root what must not', async () => {
  run({ containers: [busybox('app', SERVE, { securityContext: { runAsNonRoot: true } })] });
  const status = await until((s) => s.containerStatuses?.[0]?.state?.waiting?.reason === 'CreateContainerConfigError');
  expect(status.containerStatuses![0]!.state!.waiting!.message).toBe(
    'container has runAsNonRoot and image will run as root (pod: "web_default(uid-web)", container: app)',
  );
});

it('shows a pod its own facts and all that is projected into one volume', async () => {
  view.put('core/configmaps', { metadata: { name: 'cm', namespace: 'default' }, data: { a: 'from-cm' } } as never);
  view.put('core/secrets', { metadata: { name: 's', namespace: 'default' }, data: { b: 'ZnJvbS1zZWNyZXQ=' } } as never);
  const field = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } });
  const text = await outputOf(
    'echo $NAME $NS $NODE $SA $HOST $LABEL $CPU; cat /p/a /p/sub/b; echo; cat /p/labels; echo; cat /p/memory; echo; echo sub > /sub/file; ls /whole/web',
    {
      env: [
        { name: 'NAME', ...field('metadata.name') },
        { name: 'NS', ...field('metadata.namespace') },
        { name: 'NODE', ...field('spec.nodeName') },
        { name: 'SA', ...field('spec.serviceAccountName') },
        { name: 'HOST', ...field('status.hostIP') },
        { name: 'LABEL', ...field("metadata.labels['tier']") },
        { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
      ],
      resources: { limits: { cpu: '250m', memory: '32Mi' } },
      volumeMounts: [
        { name: 'p', mountPath: '/p' },
        { name: 'v', mountPath: '/sub', subPathExpr: '$(NAME)' },
        { name: 'v', mountPath: '/whole' },
      ],
    },
    {
      serviceAccountName: 'robot',
      volumes: [
        { name: 'v', emptyDir: {} },
        {
          name: 'p',
          projected: {
            defaultMode: 0o644,
            sources: [
              { configMap: { name: 'cm' } },
              { configMap: { name: 'absent', optional: true } },
              { secret: { name: 's', items: [{ key: 'b', path: 'sub/b' }] } },
              {
                downwardAPI: {
                  items: [
                    { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
                    { path: 'memory', resourceFieldRef: { containerName: 'app', resource: 'limits.memory', divisor: '1Mi' } },
                  ],
                },
              },
            ],
          },
        },
      ],
    },
    { labels: { tier: 'front' } },
  );
  const hostIP = sink.status('uid-web')!.hostIP;
  expect(text).toBe(`web default n1 robot ${hostIP} front 250\nfrom-cmfrom-secret\ntier="front"\n32\nfile\n`);
});

it('shares the host’s processes and names with a pod that asks for them', async () => {
  const hostAliases = [{ ip: '192.0.2.1', hostnames: ['one', 'two'] }];
  const text = await outputOf('cat /proc/1/comm; tail -n 1 /etc/hosts', {}, { hostPID: true, hostAliases });
  expect(text).toBe(`${await readFile('/proc/1/comm', 'utf8')}192.0.2.1\tone\ttwo\n`);
});

it('takes last words from a file of the container’s choice, or the end of its log', async () => {
  run({
    restartPolicy: 'Never',
    containers: [
      busybox('file', 'echo why > /tmp/why; exit 1', { terminationMessagePath: '/tmp/why' }),
      busybox('log', 'echo first; echo last; exit 2', { terminationMessagePolicy: 'FallbackToLogsOnError' }),
    ],
  });
  const status = await until((s) => s.phase === 'Failed' && s.containerStatuses!.every((one) => one.state?.terminated?.message));
  expect(status.containerStatuses!.map((one) => one.state!.terminated!.message)).toEqual(['why\n', 'first\nlast\n']);
});

it('ends a pod at its deadline', async () => {
  run({ activeDeadlineSeconds: 1, terminationGracePeriodSeconds: 1, containers: [busybox('app', SERVE)] });
  const status = await until(({ phase }) => phase === 'Failed');
  expect(status).toMatchObject({
    reason: 'DeadlineExceeded',
    message: 'Pod was active on the node longer than the specified deadline',
  });
});

it('keeps what a claim holds over the pod', async () => {
  const claim = { metadata: { name: 'data', namespace: 'default', uid: 'u1' }, spec: { volumeName: 'pv' }, status: { phase: 'Bound' } };
  const csi = { driver: 'local-directory.kedge.dev', volumeHandle: 'pvc-u1' };
  view.put('core/persistentvolumes', { metadata: { name: 'pv' }, spec: { csi, claimRef: { uid: 'u1' } } } as never);
  const volume = { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] };
  const mount = { volumeMounts: [{ name: 'v', mountPath: '/v' }] };
  const pod = run({ ...volume, restartPolicy: 'Never', containers: [busybox('app', 'echo kept > /v/f', mount)] });
  await sink.until(() => sink.events().some((event) => event.includes('persistentvolumeclaim "data" not found')));
  view.put('core/persistentvolumeclaims', claim as never);
  await until(({ phase }) => phase === 'Succeeded');
  await remove(pod);
  view.remove('core/pods', 'default', 'web');
  await expect.poll(() => controller.pods, { timeout: 60_000 }).toEqual([]);
  sink.reports.length = 0;
  expect(await outputOf('cat /v/f', mount, volume)).toBe('kept\n');
});
