/** Jobs, CronJobs, StatefulSets, DaemonSets, budgets and limits with real kubectl and real containers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/process.ts';

let cluster: TestCluster;

const field = (object: string, path: string) =>
  cluster.ok(['get', ...object.split(' ').flatMap((part, i) => (i === 0 ? part.split('/') : [part])), '-o', `jsonpath={${path}}`]);
const apply = (...objects: object[]) => cluster.ok('apply -f -', { input: objects.map((object) => stringify(object)).join('---\n') });
const create = (object: object) => cluster.kubectl('create -f -', { input: stringify(object) });
const lines = async (args: string) => (await cluster.ok(args)).trim().split('\n').filter(Boolean);

const template = (app: string, container: object, more: object = {}) => ({
  metadata: { labels: { app } },
  spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'c', image: 'busybox', ...container }], ...more },
});
const selector = (app: string) => ({ matchLabels: { app } });
const sleeps = { command: ['sleep', '3600'] };

beforeAll(async () => {
  cluster = await startCluster({ name: 'workloads' });
  // its minute passes while the others are tested
  await cluster.ok(['create', 'cronjob', 'tick', '--image=busybox', '--schedule=* * * * *', '--', 'date']);
});
afterAll(() => cluster?.stop());

describe('a Job', () => {
  it('runs to its end, shows its output and is counted', async () => {
    await cluster.ok(['create', 'job', 'hello', '--image=busybox', '--', 'echo', 'hello from the job']);
    await cluster.ok('wait job/hello --for=condition=Complete --timeout=120s');
    expect(await cluster.ok('logs job/hello')).toBe('hello from the job\n');
    expect(await cluster.ok('get jobs hello --no-headers')).toMatch(/^hello +Complete +1\/1 +\S+s +\S+s\n$/);
    expect(await field('pods -l batch.kubernetes.io/job-name=hello', '.items[0].metadata.finalizers')).toBe('');
  });

  it('gives each index its number', async () => {
    const spec = { completions: 3, parallelism: 3, completionMode: 'Indexed' };
    const script = { command: ['sh', '-c', 'echo index $JOB_COMPLETION_INDEX on $HOSTNAME'] };
    await apply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'parts' },
      spec: { ...spec, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox', ...script }] } } },
    });
    await cluster.ok('wait job/parts --for=condition=Complete --timeout=120s');
    expect(await field('job/parts', '.status.completedIndexes')).toBe('0-2');
    const said = await lines('logs -l batch.kubernetes.io/job-name=parts');
    expect(said.sort()).toEqual([0, 1, 2].map((index) => `index ${index} on parts-${index}`));
  });

  it('that fails says why, and is deleted with its pods', async () => {
    await apply({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'bad' },
      spec: {
        backoffLimit: 0,
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox', command: ['false'] }] } },
      },
    });
    await cluster.ok('wait job/bad --for=condition=Failed --timeout=120s');
    expect(await field('job/bad', '.status.conditions[?(@.type=="Failed")].reason')).toBe('BackoffLimitExceeded');
    await cluster.ok('delete job bad');
    await waitFor('its pods to be gone', async () => (await lines('get pods -l batch.kubernetes.io/job-name=bad -o name')).length === 0);
  });
});

describe('a StatefulSet', () => {
  it('has names that last, a name in DNS for each, and rolls over in order', async () => {
    await apply(
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'db' },
        spec: { clusterIP: 'None', selector: { app: 'db' }, ports: [{ port: 80 }] },
      },
      {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        metadata: { name: 'db' },
        spec: { replicas: 2, serviceName: 'db', selector: selector('db'), template: template('db', sleeps) },
      },
    );
    await cluster.ok('rollout status statefulset/db --timeout=120s');
    expect(await lines('get pods -l app=db -o name')).toEqual(['pod/db-0', 'pod/db-1']);
    expect(await cluster.ok('exec db-1 -- hostname')).toBe('db-1\n');
    const address = await field('pod/db-0', '.status.podIP');
    await waitFor('the name of db-0', async () =>
      (await cluster.kubectl(['exec', 'db-1', '--', 'nslookup', 'db-0.db.default.svc.cluster.local'])).stdout.includes(address),
    );
    await cluster.ok('set env statefulset/db ROUND=2');
    await cluster.ok('rollout status statefulset/db --timeout=120s');
    const round = () => cluster.ok(['exec', 'db-0', '--', 'sh', '-c', 'echo round $ROUND']);
    expect(await round()).toBe('round 2\n');
    expect(await cluster.ok('rollout undo statefulset/db')).toBe('statefulset.apps/db rolled back\n');
    await cluster.ok('rollout status statefulset/db --timeout=120s');
    expect(await round()).toBe('round\n');
  });
});

describe('a claim', () => {
  it('is a directory on the node of its pod, outlives the pod, and goes with the claim', async () => {
    const claims = [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }];
    const container = {
      command: ['sh', '-c', 'date +%N >> /data/starts; exec sleep 3600'],
      volumeMounts: [{ name: 'data', mountPath: '/data' }],
    };
    await apply({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'store' },
      spec: {
        replicas: 1,
        serviceName: 'db',
        selector: selector('store'),
        template: template('store', container),
        volumeClaimTemplates: claims,
      },
    });
    await cluster.ok('rollout status statefulset/store --timeout=120s');
    expect(await cluster.ok('get pvc data-store-0 --no-headers')).toMatch(
      /^data-store-0 +Bound +pvc-[-0-9a-f]+ +1Gi +RWO +local-directory /,
    );
    const starts = async () => Number(await cluster.ok(['exec', 'store-0', '--', 'sh', '-c', 'wc -l < /data/starts']));
    // its pod is ready when its container runs, whatever that has come to
    await waitFor('one start', async () => (await starts()) === 1);
    const uid = await field('pod/store-0', '.metadata.uid');
    await cluster.ok('delete pod store-0');
    await waitFor(
      'another store-0',
      async () => !['', uid].includes((await cluster.kubectl('get pod store-0 -o jsonpath={.metadata.uid}')).stdout),
    );
    await cluster.ok('wait pod/store-0 --for=condition=Ready --timeout=120s');
    await waitFor('another start', async () => (await starts()) === 2);
    await cluster.ok('delete statefulset store');
    await cluster.ok('delete pvc data-store-0 --timeout=120s');
    await waitFor('its volume to be gone', async () => (await lines('get pv -o name')).length === 0);
  });
});

describe('a DaemonSet', () => {
  it('runs on the node, cordoned or not, and rolls over', async () => {
    await cluster.ok(`cordon ${cluster.nodeName}`);
    await apply({
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'log' },
      spec: { selector: selector('log'), template: template('log', sleeps) },
    });
    await cluster.ok('rollout status daemonset/log --timeout=120s');
    await cluster.ok(`uncordon ${cluster.nodeName}`);
    await cluster.ok('set env daemonset/log ROUND=2');
    await cluster.ok('rollout status daemonset/log --timeout=120s');
    expect(await cluster.ok('get daemonset log --no-headers')).toMatch(/^log +1 +1 +1 +1 +1 +<none> /);
  });
});

describe('a budget', () => {
  it('keeps the last pods from being evicted; drain waits and ends once the budget lets it', async () => {
    await cluster.ok(['create', 'deployment', 'kept', '--image=busybox', '--replicas=2', '--', 'sleep', '3600']);
    await cluster.ok('rollout status deployment/kept --timeout=120s');
    await cluster.ok('create poddisruptionbudget kept --selector=app=kept --min-available=2');
    await waitFor('the budget to be counted', async () => (await field('pdb/kept', '.status.currentHealthy')) === '2');
    const pod = await field('pods -l app=kept', '.items[0].metadata.name');
    const eviction = JSON.stringify({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace: 'default' } });
    const refused = await cluster.kubectl(`create --raw /api/v1/namespaces/default/pods/${pod}/eviction -f -`, { input: eviction });
    expect(refused.stderr).toContain("Cannot evict pod as it would violate the pod's disruption budget.");
    await cluster.ok(['patch', 'pdb', 'kept', '--type=merge', '-p', '{"spec":{"minAvailable":0}}']);
    const drained = await cluster.ok(`drain ${cluster.nodeName} --pod-selector=app=kept --grace-period=1 --timeout=120s`);
    expect(drained).toContain(`node/${cluster.nodeName} drained`);
    await cluster.ok(`uncordon ${cluster.nodeName}`);
    await cluster.ok('delete deployment,pdb kept');
  });
});

describe('a namespace with rules', () => {
  const inTeam = (object: object) => ({ ...object, metadata: { ...(object as any).metadata, namespace: 'team' } });

  it('holds to its quota, however many ask at once', async () => {
    await cluster.ok('create namespace team');
    await cluster.ok('wait --for=create serviceaccount/default configmap/kube-root-ca.crt -n team --timeout=120s');
    await cluster.ok('create quota few -n team --hard=configmaps=10');
    const all = await Promise.all(
      Array.from({ length: 16 }, (_, i) => create(inTeam({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `c${i}` } }))),
    );
    const refused = all.filter(({ code }) => code !== 0);
    // kube-root-ca.crt is one of the ten
    expect(all.length - refused.length).toBe(9);
    expect(refused[0]!.stderr).toContain('exceeded quota: few, requested: configmaps=1, used: configmaps=10, limited: configmaps=10');
    await waitFor('the quota to show its use', async () => (await field('quota/few -n team', '.status.used.configmaps')) === '10');
    await cluster.ok('delete quota few -n team');
  });

  it('fills in limits, and refuses what is above them', async () => {
    await apply(
      inTeam({
        apiVersion: 'v1',
        kind: 'LimitRange',
        metadata: { name: 'small' },
        spec: { limits: [{ type: 'Container', default: { memory: '32Mi' }, defaultRequest: { memory: '16Mi' }, max: { memory: '64Mi' } }] },
      }),
    );
    await cluster.ok(['run', 'plain', '-n', 'team', '--image=busybox', '--', 'sleep', '3600']);
    expect(await field('pod/plain -n team', '.spec.containers[0].resources.limits.memory')).toBe('32Mi');
    const big = { containers: [{ name: 'c', image: 'busybox', resources: { limits: { memory: '1Gi' } } }] };
    const { stderr } = await create(inTeam({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'big' }, spec: big }));
    expect(stderr).toContain('pods "big" is forbidden: maximum memory usage per Container is 64Mi, but limit is 1Gi');
    await cluster.ok('delete pod plain -n team --grace-period=1');
    await cluster.ok('delete limitrange small -n team');
  });

  it('holds its pods to a security level', async () => {
    await cluster.ok('label namespace team pod-security.kubernetes.io/enforce=baseline pod-security.kubernetes.io/warn=restricted');
    const privileged = { containers: [{ name: 'c', image: 'busybox', securityContext: { privileged: true } }] };
    const { stderr } = await create(inTeam({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'root' }, spec: privileged }));
    expect(stderr).toContain('pods "root" is forbidden: violates PodSecurity "baseline:latest": privileged');
    const warned = await cluster.kubectl(['create', 'deployment', 'soft', '-n', 'team', '--image=busybox', '--replicas=0']);
    expect(warned.code).toBe(0);
    expect(warned.stderr).toContain('Warning: would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false');
    await cluster.ok('delete namespace team --timeout=120s');
  });
});

describe('a CronJob', () => {
  it('makes a Job each minute, and one when a person asks for it', async () => {
    await cluster.ok('create job by-hand --from=cronjob/tick');
    await cluster.ok('wait job/by-hand --for=condition=Complete --timeout=120s');
    await waitFor('the run of the next minute', async () => (await field('cronjob/tick', '.status.lastScheduleTime')) !== '', {
      timeoutMs: 150_000,
    });
    expect(await field('cronjob/tick', '.status.lastScheduleTime')).toMatch(/:00Z$/);
    await cluster.ok('delete cronjob tick');
  });
});
