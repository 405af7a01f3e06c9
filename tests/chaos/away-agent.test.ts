/**
 * Drill 1: pods are deleted while the node's agent is away. They stay Terminating, or go from the API by force or with their node; in every case no
 * container of them is left once the agent is back, and those of other pods were not touched.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/process.ts';
import { createAndWait, running, sleepPod, uidOf } from './pods.ts';

const clusters: TestCluster[] = [];
const start = async (name: string) => {
  const cluster = await startCluster({ name });
  clusters.push(cluster);
  return cluster;
};
const statusOf = async (cluster: TestCluster, pod: string) => (await cluster.kubectl(`get pod ${pod} --no-headers`)).stdout.split(/\s+/)[2];
const gone = (cluster: TestCluster, podUid: string) =>
  waitFor('the containers to go', async () => (await cluster.containers()).every(({ Labels }) => Labels['kedge.dev/pod-uid'] !== podUid));

let first: TestCluster;
let second: TestCluster;

beforeAll(async () => {
  [first, second] = (await Promise.all([start('away'), start('away-node')])) as [TestCluster, TestCluster];
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
    await waitFor('the pods to go', async () => (await cluster.ok('get pods -o name')) === '', { timeoutMs: 90_000 });
    expect(await running(cluster)).toHaveLength(4);

    await cluster.startAgent();
    await cluster.waitNodeReady();
    await waitFor('the containers to go', async () => (await cluster.containers()).length === 0);
    await createAndWait(cluster, sleepPod('next'));
  });
});
