/**
 * A node that falls silent without closing its connection, with the control plane on workerd and no cron trigger: the hub's alarm alone must find out,
 * and all must be well again when the node speaks. The objects sleep meanwhile, as they do on Cloudflare.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/process.ts';

let cluster: TestCluster;

const ready = () => cluster.ok(['get', 'nodes', '-o', 'jsonpath={.items[0].status.conditions[?(@.type=="Ready")].status}']);
const taints = () => cluster.ok(['get', 'nodes', '-o', 'jsonpath={.items[0].spec.taints[*].key}']);
const podsReady = () => cluster.ok(['get', 'deployment', 'web', '-o', 'jsonpath={.status.readyReplicas}']);

beforeAll(async () => {
  cluster = await startCluster({ name: 'silence', platform: 'workerd' });
  await cluster.ok('create deployment web --image=nginx --replicas=2');
  await cluster.ok('rollout status deployment/web --timeout=30s');
});
afterAll(() => cluster?.stop());

it('is found out by the alarm, and forgotten when the node speaks again', async () => {
  const before = (await cluster.containers()).map(({ Id }) => Id).sort();
  process.kill(cluster.agentPid(), 'SIGSTOP');
  await waitFor('the node to be Unknown', async () => (await ready()) === 'Unknown', { timeoutMs: 75_000, intervalMs: 1_000 });
  await waitFor('the taints', async () => (await taints()).includes('node.kubernetes.io/unreachable'));
  await waitFor('no ready pod', async () => (await podsReady()) === '');
  process.kill(cluster.agentPid(), 'SIGCONT');
  await waitFor('the node to be Ready', async () => (await ready()) === 'True');
  await waitFor('no taint', async () => (await taints()) === '');
  await waitFor('ready pods', async () => (await podsReady()) === '2');
  expect((await cluster.containers()).map(({ Id }) => Id).sort()).toEqual(before);
});
