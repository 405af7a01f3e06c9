/** What a node gives beside running pods: storage that outlives them, measurements, a debugger in a running pod, other sizes, what tools read of a kubelet. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/process.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster({ name: 'claims' });
});
afterAll(() => cluster?.stop());

const claim = `apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: data }
spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Mi } } }
`;
const writer = `apiVersion: v1
kind: Pod
metadata: { name: writer }
spec:
  restartPolicy: Never
  volumes: [{ name: v, persistentVolumeClaim: { claimName: data } }]
  containers:
  - { name: app, image: busybox, imagePullPolicy: IfNotPresent, command: [sh, -c, 'cat /v/f; echo hello >> /v/f'], volumeMounts: [{ name: v, mountPath: /v }] }
`;
const busy = `apiVersion: v1
kind: Pod
metadata: { name: busy, labels: { app: busy } }
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - { name: main, image: busybox, imagePullPolicy: IfNotPresent, command: [sh, -c, 'while true; do :; done'], resources: { limits: { cpu: 200m, memory: 32Mi } } }
  - { name: idle, image: busybox, imagePullPolicy: IfNotPresent, command: [sleep, '100000'] }
`;

it('keeps what a claim holds over pods, and lets it go with the claim', async () => {
  await cluster.ok('create -f -', { input: claim });
  const write = async () => {
    await cluster.ok('create -f -', { input: writer });
    await cluster.ok('wait --for=jsonpath={.status.phase}=Succeeded pod/writer --timeout=120s');
    const log = await cluster.ok('logs writer');
    await cluster.ok('delete pod writer --timeout=120s');
    return log;
  };
  await write();
  expect(await write()).toBe('hello\n');
  const volume = await cluster.ok('get pvc data -o jsonpath={.spec.volumeName}');
  const path = join(cluster.folder.root, 'node', 'volumes', volume);
  expect(readdirSync(path)).toEqual(['f']);
  await cluster.ok('delete pvc data --timeout=120s');
  await cluster.ok(`wait --for=delete pv/${volume} --timeout=120s`);
  expect(existsSync(path)).toBe(false);
});

it('shows what nodes and pods use', async () => {
  await cluster.ok('create -f -', { input: busy });
  await cluster.ok('wait --for=condition=Ready pod/busy --timeout=120s');
  // The first answer may be of a moment in which the pod had only begun.
  await waitFor(
    'the busy container to be seen',
    async () => {
      const { stdout } = await cluster.kubectl('top pod -l app=busy --containers --no-headers');
      return /^busy +main +[1-9]\d*m /m.test(stdout) && /^busy +idle +\d+m /m.test(stdout);
    },
    { timeoutMs: 120_000, intervalMs: 1_000 },
  );
  expect(await cluster.ok('top node --no-headers')).toMatch(new RegExp(`^${cluster.nodeName} +\\d+m +\\d+% +[1-9]\\d*Mi +\\d+% *\\n$`));
  expect(await cluster.ok('get pods.metrics.k8s.io busy -o jsonpath={.containers[*].name}')).toBe('idle main');
  expect((await cluster.kubectl('get pods.metrics.k8s.io nobody')).stderr).toContain(
    'podmetrics.metrics.k8s.io "default/nobody" not found',
  );
});

it('debugs a running pod, in a shell beside its processes', async () => {
  const image = ['--image=busybox', '--image-pull-policy=IfNotPresent', '--target=main', '--profile=general'];
  const shell = cluster.startKubectl(['debug', '-it', 'busy', ...image, '--container=shell', '--', 'sh'], { tty: true });
  try {
    // The terminal shows what is typed too: the answer differs from it.
    shell.write('echo an""swer; ps\n');
    await shell.waitForOutput(/answer[\r\n](.*[\r\n]+)*.*sh -c while true/);
    shell.write('exit 7\n');
    await shell.ended;
  } finally {
    await shell.stop();
  }
  const status = (name: string) =>
    `get pod busy -o jsonpath={.status.ephemeralContainerStatuses[?(@.name=="${name}")].state.terminated.exitCode}`;
  await waitFor('the shell to have ended', async () => (await cluster.ok(status('shell'))) === '7', { intervalMs: 200 });
  expect(await cluster.ok('get pod busy -o jsonpath={.status.containerStatuses[*].restartCount}')).toBe('0 0');
});

it('gives a running container other sizes in place', async () => {
  const resize = (resources: object) =>
    cluster.kubectl([
      'patch',
      'pod',
      'busy',
      '--subresource=resize',
      '-p',
      JSON.stringify({ spec: { containers: [{ name: 'main', resources }] } }),
    ]);
  const limitOf = '{.status.containerStatuses[?(@.name=="main")].resources.limits.memory}';
  expect((await resize({ limits: { cpu: '300m', memory: '48Mi' } })).stdout).toBe('pod/busy patched\n');
  await cluster.ok(['wait', `--for=jsonpath=${limitOf}=48Mi`, 'pod/busy', '--timeout=120s']);
  // the engine's own word for it
  const limit = 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null';
  expect(await cluster.ok(['exec', 'busy', '-c', 'main', '--', 'sh', '-c', `${limit}; true`])).toBe(`${48 * 1024 * 1024}\n`);
  expect(await cluster.ok('get pod busy -o jsonpath={.status.containerStatuses[*].restartCount}')).toBe('0 0');
  await resize({ requests: { cpu: '1000' }, limits: { cpu: '1000' } });
  const pending = '{.status.conditions[?(@.type=="PodResizePending")].reason}';
  await cluster.ok(['wait', `--for=jsonpath=${pending}=Infeasible`, 'pod/busy', '--timeout=120s']);
  expect((await resize({ limits: { memory: null } })).stderr).toContain('resource limits cannot be removed');
});

it('answers what tools read of a kubelet', async () => {
  const raw = (path: string) => cluster.kubectl(['get', '--raw', `/api/v1/nodes/${cluster.nodeName}/proxy${path}`]);
  expect((await raw('/healthz')).stdout).toBe('ok');
  const { items } = JSON.parse((await raw('/pods')).stdout);
  expect(items.map(({ metadata }: any) => metadata.name)).toContain('busy');
  await waitFor('a busy container in the summary', async () => {
    const summary = JSON.parse((await raw('/stats/summary')).stdout);
    const busy = summary.pods.find(({ podRef }: any) => podRef.name === 'busy');
    return busy.containers.find(({ name }: any) => name === 'main').cpu.usageNanoCores > 0;
  });
  expect((await raw('/metrics/resource')).stdout).toMatch(
    /^container_cpu_usage_seconds_total\{container="main",namespace="default",pod="busy"\} [0-9.]+$/m,
  );
  expect((await raw('/containerLogs/default/busy/none')).stderr).toContain('NotFound');
  expect((await raw('/logs/')).stderr).toContain('NotFound');
});
