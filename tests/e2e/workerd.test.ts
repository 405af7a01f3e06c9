/**
 * The same cluster with its control plane on real workerd, Durable Objects and a database behind HTTP that is slow and loses replies: real kubectl, the real agent, real
 * containers. No cron trigger fires unless a test fires it, so pokes and alarms do all the rest.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/process.ts';
import { createTranscript, expectTranscript } from '../harness/transcript.ts';
import { answersAgain, databaseOf, fireCron, killWorkerd, seededRandom } from '../harness/workerd-cluster.ts';
import { openLedger } from '../harness/workerd-ledger.ts';

let cluster: TestCluster;

const field = (object: string, path: string) => cluster.ok(['get', object, '-o', `jsonpath={${path}}`]);
const isReady = (pod: string) => cluster.ok(['wait', pod, '--for=condition=Ready', '--timeout=30s']);

beforeAll(async () => {
  cluster = await startCluster({ name: 'workerd', platform: 'workerd', workerd: { latencyMs: 8, dropRate: 0.05 } });
});
afterAll(() => cluster?.stop());

const replicas = 50;

/** Kills one side, or workerd alone (which the control plane's program starts again), and starts what has to be started by hand. */
const kill = {
  'control plane': async () => {
    await cluster.killControlPlane();
    await cluster.startControlPlane();
  },
  agent: async () => {
    await cluster.killAgent();
    await cluster.startAgent();
  },
  workerd: () => killWorkerd(cluster),
};

/** After that many containers of the rollout have started, that one dies. */
const killPoints = (seed: number) => {
  const random = seededRandom(seed);
  const victims = Object.keys(kill) as (keyof typeof kill)[];
  return Array.from({ length: 20 }, () => ({
    started: Math.floor(random() * (replicas - 1)) + 1,
    victim: victims[Math.floor(random() * victims.length)] as keyof typeof kill,
  })).sort((a, b) => a.started - b.started);
};

describe('kubectl against workerd', () => {
  it('runs, lists, describes, deploys, scales and deletes', async () => {
    const session = createTranscript(cluster.kubectl, { masks: cluster.masks });
    await session.run('get pods');
    await session.run('run fastcampusserver --image=nginx:latest --port 80');
    await isReady('pod/fastcampusserver');
    await session.run('get pods');
    await session.run('get pods -o wide');
    await session.run('describe pod fastcampusserver --show-events=false');
    for (const reason of ['Scheduled', 'Created', 'Started']) {
      await waitFor(`the event ${reason}`, async () => (await cluster.ok('describe pod fastcampusserver')).includes(`Normal  ${reason} `));
    }
    await session.run('create deployment fastcampusdeployment --image=nginx --replicas=2');
    await cluster.ok('rollout status deployment/fastcampusdeployment --timeout=30s');
    await session.run('get deployments.apps');
    await session.run('scale deployment fastcampusdeployment --replicas=3');
    await cluster.ok(['wait', 'deployment/fastcampusdeployment', '--for=jsonpath={.status.readyReplicas}=3', '--timeout=30s']);
    await session.run('get pods', { sortLines: true });
    await session.run('get nodes');
    const manifest = await cluster.ok('create deployment other --image=nginx --dry-run=client -o yaml');
    await session.run('create -f -', { input: manifest });
    await session.run('delete -f -', { input: manifest });
    await session.run('get pod nosuch');
    expectTranscript('workerd', session);
  });

  it('gives the page of a pod by its address', async () => {
    const page = await fetch(`http://${await field('pod/fastcampusserver', '.status.podIP')}:80`);
    expect(await page.text()).toContain('Welcome to nginx!');
  });

  it('follows logs as they are written', async () => {
    await cluster.ok([
      ...['run', 'talker', '--image=busybox', '--restart=Never', '--command', '--'],
      ...['sh', '-c', 'echo first; while [ ! -e /go ]; do usleep 50000; done; echo last'],
    ]);
    await isReady('pod/talker');
    const following = cluster.startKubectl('logs -f talker');
    await following.waitForOutput(/^first\n$/);
    await cluster.ok('exec talker -- touch /go');
    expect(await following.ended).toEqual({ stdout: 'first\nlast\n', stderr: '', code: 0 });
  });

  it('executes with input, a terminal and exit codes', async () => {
    const shell = ['exec', 'fastcampusserver', '--', 'sh', '-c'];
    expect(await cluster.kubectl([...shell, 'echo out; echo err >&2; exit 7'])).toEqual({
      stdout: 'out\n',
      stderr: 'err\ncommand terminated with exit code 7\n',
      code: 7,
    });
    const input = 'x'.repeat(200_000);
    expect((await cluster.kubectl('exec -i fastcampusserver -- cat', { input })).stdout).toBe(input);
    const terminal = await cluster.kubectl(['exec', '-it', 'fastcampusserver', '--', 'sh', '-c', 'test -t 0 && echo a terminal; exit 3'], {
      tty: true,
    });
    expect(terminal.stdout).toContain('a terminal\r\n');
    expect(terminal.code).toBe(3);
  });

  it('watches pods from outside and from inside the cluster', async () => {
    await cluster.ok('run inside --image=kubectl --image-pull-policy=IfNotPresent --command -- sleep 3600');
    await isReady('pod/inside');
    const outside = cluster.startKubectl('get pods -w');
    const inside = cluster.startKubectl('exec inside -- kubectl get pods -w');
    await Promise.all([outside.waitForOutput(/inside/), inside.waitForOutput(/inside/)]);
    await cluster.ok('run seen --image=nginx');
    const all = /seen +0\/1 +Pending[\s\S]*seen +0\/1 +ContainerCreating[\s\S]*seen +1\/1 +Running/;
    await Promise.all([outside.waitForOutput(all), inside.waitForOutput(all)]);
    await cluster.ok('delete pod seen --grace-period=1');
    const gone = /seen +1\/1 +Terminating/;
    await Promise.all([outside.waitForOutput(gone), inside.waitForOutput(gone)]);
    await Promise.all([outside.stop(), inside.stop()]);
  });
});

describe('what is lost is found again', () => {
  it('a change nobody was told of is acted on at the next cron tick', async () => {
    const key = { resource: 'apps/deployments', namespace: 'default', name: 'fastcampusdeployment' };
    const store = await databaseOf(cluster);
    const stored = await store.get(key);
    if (!stored) throw new Error('the deployment is not in the database');
    const deployment = JSON.parse(stored.body);
    deployment.spec.replicas = 1;
    deployment.metadata.generation += 1;
    const [outcome] = await store.write([
      {
        ...{ op: 'update', key, uid: stored.uid, revision: stored.revision, body: JSON.stringify(deployment) },
        derived: { owners: [], claims: [], node: '', deleting: false, finalized: false },
      },
    ]);
    expect(outcome?.status).toBe('ok');
    expect(await field('deployment/fastcampusdeployment', '.spec.replicas')).toBe('1');
    expect(await field('deployment/fastcampusdeployment', '.status.replicas')).toBe('3');
    await fireCron(cluster);
    await waitFor('one replica', async () => (await field('deployment/fastcampusdeployment', '.status.replicas')) === '1');
    await store.close();
  });

  it('a rollout survives kill -9 at 20 seeded points, and no container starts twice', async () => {
    await cluster.ok('delete deployment fastcampusdeployment');
    await cluster.ok(['create', 'deployment', 'drill', '--image=nginx', `--replicas=${replicas}`]);
    await cluster.ok('rollout status deployment/drill --timeout=120s');
    const ledger = await openLedger(cluster);
    await cluster.ok('set env deployment/drill ROUND=2');
    for (const { started, victim } of killPoints(1)) {
      await ledger.reached(started, 120_000);
      await kill[victim]();
    }
    await answersAgain(cluster);
    await waitFor('the rollout', async () => (await cluster.kubectl('rollout status deployment/drill --timeout=60s')).code === 0, {
      timeoutMs: 120_000,
    });
    ledger.close();
    expect([...ledger.entries].filter(([, { creates, starts }]) => creates !== 1 || starts !== 1)).toEqual([]);
    expect(ledger.started).toBe(replicas);
    const restarts = await cluster.ok(['get', 'pods', '-o', 'jsonpath={.items[*].status.containerStatuses[*].restartCount}']);
    expect(restarts).toMatch(/^0( 0)*$/);
  });
});
