/**
 * What only workerd can get wrong: the watch of a pod inside, notifications nobody hears, processes that die. The shared suites (platforms.ts) run on it too. The database
 * is slow and loses replies; no cron trigger fires unless a test fires it, so pokes and alarms do all the rest.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/process.ts';
import { answersAgain, databaseOf, fireCron, killWorkerd, seededRandom } from '../harness/workerd-cluster.ts';
import { openLedger } from '../harness/workerd-ledger.ts';

let cluster: TestCluster;

const field = (object: string, path: string) => cluster.ok(['get', object, '-o', `jsonpath={${path}}`]);
const isReady = (pod: string) => cluster.ok(['wait', pod, '--for=condition=Ready', '--timeout=120s']);

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

describe('on workerd', () => {
  it('watches pods from outside and from inside the cluster', async () => {
    await cluster.ok('create rolebinding default-view --clusterrole=view --serviceaccount=default:default');
    await cluster.ok('run inside --image=kubectl --image-pull-policy=IfNotPresent --command -- sleep 3600');
    await isReady('pod/inside');
    const outside = cluster.startKubectl('get pods -w');
    const inside = cluster.startKubectl('exec inside -- kubectl get pods -w');
    await Promise.all([outside.waitForOutput(/inside/), inside.waitForOutput(/inside/)]);
    await cluster.ok('run seen --image=nginx');
    // what an agent has to tell while the control plane stands still it tells in one, and that may be Running
    const all = /seen +0\/1 +Pending[\s\S]*seen +1\/1 +Running/;
    await Promise.all([outside.waitForOutput(all), inside.waitForOutput(all)]);
    await cluster.ok('delete pod seen --grace-period=1');
    const gone = /seen +1\/1 +Terminating/;
    await Promise.all([outside.waitForOutput(gone), inside.waitForOutput(gone)]);
    await Promise.all([outside.stop(), inside.stop()]);
  });

  it('acts on a change nobody was told of at the next cron tick', async () => {
    await cluster.ok('create deployment silent --image=nginx --replicas=3');
    await waitFor('three replicas', async () => (await field('deployment/silent', '.status.readyReplicas')) === '3');
    const key = { resource: 'apps/deployments', namespace: 'default', name: 'silent' };
    const store = await databaseOf(cluster);
    await waitFor('the change to be written', async () => {
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
      return outcome?.status === 'ok';
    });
    expect(await field('deployment/silent', '.spec.replicas')).toBe('1');
    await fireCron(cluster);
    await waitFor('one replica', async () => (await field('deployment/silent', '.status.replicas')) === '1');
    await store.close();
  });

  it('brings a rollout to its end over kill -9 at 20 seeded points, and no container starts twice', { timeout: 900_000 }, async () => {
    await cluster.ok('delete deployment silent --ignore-not-found');
    await cluster.ok(['create', 'deployment', 'drill', '--image=nginx', `--replicas=${replicas}`]);
    await cluster.ok('rollout status deployment/drill --timeout=280s', { timeoutMs: 290_000 });
    const ledger = await openLedger(cluster);
    await cluster.ok('set env deployment/drill ROUND=2');
    for (const { started, victim } of killPoints(1)) {
      await ledger.reached(started, 280_000);
      await kill[victim]();
    }
    await answersAgain(cluster);
    await waitFor('the rollout', async () => (await cluster.kubectl('rollout status deployment/drill --timeout=60s')).code === 0, {
      timeoutMs: 280_000,
    });
    // the engine's events come on a way of their own
    await ledger.reached(replicas, 90_000);
    ledger.close();
    expect([...ledger.entries].filter(([, { creates, starts }]) => creates !== 1 || starts !== 1)).toEqual([]);
    expect(ledger.started).toBe(replicas);
    const restarts = await cluster.ok(['get', 'pods', '-o', 'jsonpath={.items[*].status.containerStatuses[*].restartCount}']);
    expect(restarts).toMatch(/^0( 0)*$/);
  });
});
