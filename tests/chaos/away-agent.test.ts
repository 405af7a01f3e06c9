/**
 * Drill 1: the node's agent is away, or stands still. Pods that are deleted meanwhile stay Terminating, or go from the API by force or with their node; in every
 * case no container of them is left once the agent is back, and those of other pods were not touched. Mostly waiting, so each has a cluster and all run at once.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ClusterPlatform, startCluster, type TestCluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/process.ts';
import { createAndWait, running, sleepPod, uidOf } from './pods.ts';

const clusters: TestCluster[] = [];
const start = async (name: string, platform?: ClusterPlatform) => {
  const cluster = await startCluster({ name, ...(platform && { platform }) });
  clusters.push(cluster);
  return cluster;
};
const statusOf = async (cluster: TestCluster, pod: string) => (await cluster.kubectl(`get pod ${pod} --no-headers`)).stdout.split(/\s+/)[2];
const gone = (cluster: TestCluster, podUid: string) =>
  waitFor('the containers to go', async () => (await cluster.containers()).every(({ Labels }) => Labels['kedge.dev/pod-uid'] !== podUid));

let first: TestCluster;
let second: TestCluster;
let third: TestCluster;

beforeAll(async () => {
  const starting = [start('away'), start('away-node'), start('silence', 'workerd')] as const;
  // one that fails must not leave another behind that starts later
  await Promise.allSettled(starting);
  [first, second, third] = await Promise.all(starting);
});

afterAll(async () => {
  await Promise.all(clusters.map((cluster) => cluster.stop()));
});

describe('while the agent is away', () => {
  test.concurrent('a deleted pod stays Terminating until the agent is back', async () => {
    const cluster = first;
    await createAndWait(cluster, sleepPod('polite'), sleepPod('forced'), sleepPod('bystander'));
    const [polite, forced, bystander] = (await Promise.all(['polite', 'forced', 'bystander'].map((pod) => uidOf(cluster, pod)))) as [
      string,
      string,
      string,
    ];
    const untouched = await running(cluster, bystander);
    await cluster.stopAgent();
    await cluster.ok('delete pod polite --wait=false');
    const deadline = Date.parse(await cluster.ok(['get', 'pod', 'polite', '-o', 'jsonpath={.metadata.deletionTimestamp}']));
    const forcedAway = await cluster.kubectl('delete pod forced --force --grace-period=0');
    expect(forcedAway).toMatchObject({ code: 0, stdout: 'pod "forced" force deleted from default namespace\n' });
    expect((await cluster.kubectl('get pod forced')).stderr).toMatch(/NotFound/);

    await waitFor('the grace to be over', () => Date.now() > deadline + 2_000);
    expect(await statusOf(cluster, 'polite')).toBe('Terminating');
    for (const uid of [polite, forced]) expect(await running(cluster, uid)).toHaveLength(2);

    await cluster.startAgent();
    await waitFor('the pod to go', async () => /NotFound/.test((await cluster.kubectl('get pod polite')).stderr));
    await Promise.all([gone(cluster, polite), gone(cluster, forced)]);
    expect(await running(cluster, bystander)).toEqual(untouched);
    expect(await statusOf(cluster, 'bystander')).toBe('Running');
  });

  test.concurrent('pods of a deleted node go from the API, and their containers when the agent is back', async () => {
    const cluster = second;
    await createAndWait(cluster, sleepPod('polite'), sleepPod('asked-nothing'));
    await cluster.stopAgent();
    await cluster.ok('delete pod polite --wait=false');
    await cluster.ok(`delete node ${cluster.nodeName}`);
    expect(await statusOf(cluster, 'polite')).toBe('Terminating');
    await waitFor('the pods to go', async () => (await cluster.ok('get pods -o name')) === '', { timeoutMs: 180_000 });
    expect(await running(cluster)).toHaveLength(4);

    await cluster.startAgent();
    await cluster.waitNodeReady();
    await waitFor('the containers to go', async () => (await cluster.containers()).length === 0);
    await createAndWait(cluster, sleepPod('next'));
  });

  // without a closed connection and without a cron trigger: the hub's alarm alone must find out; the objects sleep meanwhile, as they do on Cloudflare
  test.concurrent('on workerd, a node that falls silent is found out by the alarm, and forgotten when it speaks again', async () => {
    const cluster = third;
    const ofNode = (path: string) => cluster.ok(['get', 'node', cluster.nodeName, '-o', `jsonpath={${path}}`]);
    const isReady = () => ofNode('.status.conditions[?(@.type=="Ready")].status');
    const readyPods = () => cluster.ok(['get', 'deployment', 'web', '-o', 'jsonpath={.status.readyReplicas}']);
    await cluster.ok('create deployment web --image=nginx --replicas=2');
    await cluster.ok('rollout status deployment/web --timeout=120s');
    const before = await running(cluster);
    process.kill(cluster.agentPid(), 'SIGSTOP');
    await waitFor('the node to be Unknown', async () => (await isReady()) === 'Unknown', { timeoutMs: 150_000, intervalMs: 1_000 });
    await waitFor('the taints', async () => (await ofNode('.spec.taints[*].key')).includes('node.kubernetes.io/unreachable'));
    await waitFor('no ready pod', async () => (await readyPods()) === '');
    process.kill(cluster.agentPid(), 'SIGCONT');
    await waitFor('the node to be Ready', async () => (await isReady()) === 'True');
    await waitFor('no taint', async () => (await ofNode('.spec.taints[*].key')) === '');
    await waitFor('ready pods', async () => (await readyPods()) === '2');
    expect(await running(cluster)).toEqual(before);
  });
});
