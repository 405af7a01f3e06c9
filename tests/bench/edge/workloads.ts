/** What the clusters of the benchmark do: rest, make and end pods, hold leader elections. Each is measured while the real Worker and its objects do it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Node } from '#schema/core/node.ts';
import type { KubeObject } from '#schema/resource.ts';
import { waitFor } from '../../harness/process.ts';
import { startTestAgent, type TestAgent } from '../../workerd/agent.ts';
import type { WorkerdPlane } from '../../workerd/plane.ts';
import { eventsIn, measured, type ObjectEvent } from './measure.ts';
import { plus, times, type Work } from './prices.ts';

export const nodeName = (index: number): string => `node-${index}`;

export const DAY_MS = 86_400_000;
/** Minutes of the cron trigger with and without the hub's housekeeping. */
const PLAIN_MS = 60_000;
const HOUSEKEEPING_MS = 600_000;
const TICKS_A_DAY = 1_440;
const HOUSEKEEPING_A_DAY = 144;

const labelsOf = (node: string): Record<string, string> => ({ 'kubernetes.io/os': 'linux', 'kubernetes.io/hostname': node });

/**
 * Nodes that are there before their agents come, as after a pause of theirs. Each of many nodes knows the others: a thousand that come into being one by one
 * tell a thousand others, and this is about rest.
 */
export const announced = async (plane: WorkerdPlane, names: readonly string[], atOnce: number): Promise<void> => {
  for (let i = 0; i < names.length; i += atOnce) {
    const make = (name: string): Promise<unknown> => plane.call('POST', '/api/v1/nodes', { metadata: { name, labels: labelsOf(name) } });
    await Promise.all(names.slice(i, i + atOnce).map(make));
  }
  await waitFor('the pod networks of the nodes', async () => (await networks(plane)) >= names.length, {
    timeoutMs: 300_000,
    intervalMs: 1_000,
  });
};

const networks = async (plane: WorkerdPlane): Promise<number> => {
  const { items } = await plane.call('GET', '/api/v1/nodes');
  return items.filter(({ spec }: Node) => spec?.podCIDR).length;
};

const reportReady = (agent: TestAgent, node: string): void => {
  const amounts = { cpu: '64', memory: '256Gi', pods: '110' };
  const conditions = [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'ready' }];
  const status = { capacity: amounts, allocatable: amounts, conditions };
  agent.reports.send({ kind: 'node', labels: labelsOf(node), annotations: {}, status });
};

/** What was decided about a node while its agent had not come yet is taken back: who stands as silent says again that it is there, as agents do. */
export const allReady = (plane: WorkerdPlane, agents: readonly TestAgent[]): Promise<unknown> =>
  waitFor(
    'all nodes to be ready',
    async () => {
      const { items } = await plane.call('GET', '/api/v1/nodes');
      const isReady = ({ status }: Node): boolean =>
        status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
      const silent = new Set(items.filter((node: Node) => !isReady(node)).map(({ metadata }: KubeObject) => metadata.name));
      for (const [i, agent] of agents.entries()) if (silent.has(nodeName(i))) reportReady(agent, nodeName(i));
      return silent.size === 0 && items.every(({ spec }: Node) => !spec?.taints?.length);
    },
    { timeoutMs: 300_000, intervalMs: 5_000 },
  );

export const joined = async (plane: WorkerdPlane, index: number): Promise<TestAgent> => {
  const agent = startTestAgent(plane, nodeName(index), undefined, { keepsView: false });
  await waitFor(`the view of ${nodeName(index)}`, () => agent.view.complete, { timeoutMs: 300_000 });
  reportReady(agent, nodeName(index));
  return agent;
};

export const atRest = async (plane: WorkerdPlane): Promise<void> => {
  await waitFor(
    'the cluster to be at rest',
    async () => {
      const { pipelines, figures } = plane.database;
      const logged = plane.logs().length;
      await plane.tick(PLAIN_MS);
      await delay(1_500);
      // cron looks at the loop's row and wakes nobody
      const woken = eventsIn(plane.logs().slice(logged)).filter(({ event }) => event === 'tick');
      return plane.database.figures.changed === figures.changed && plane.database.pipelines - pipelines <= 1 && woken.length === 0;
    },
    { timeoutMs: 300_000, intervalMs: 10 },
  );
};

const hubAlarms = (plane: WorkerdPlane): number =>
  eventsIn(plane.logs()).filter(({ object, event }) => object === 'HubObject' && event === 'alarm').length;

const nextAlarm = async (plane: WorkerdPlane): Promise<void> => {
  const before = hubAlarms(plane);
  await waitFor('an alarm of the hub', () => hubAlarms(plane) > before, { timeoutMs: 120_000, intervalMs: 100 });
};

const timed = async (plane: WorkerdPlane, work: () => Promise<unknown>): Promise<{ readonly work: Work; readonly ms: number }> => {
  const startedMs = performance.now();
  const done = await measured(plane, work);
  return { work: done, ms: performance.now() - startedMs };
};

export interface Rest {
  /** A day of it. */
  readonly work: Work;
  /** While it was watched. */
  readonly rowsWritten: number;
  readonly watchedMs: number;
}

/** A day in which agents only ping. From an alarm of the hub to an alarm: nothing of the reading hangs on where it begins. Pings are added by who knows their rate. */
export const restingDay = async (plane: WorkerdPlane, leastMs: number): Promise<Rest> => {
  await nextAlarm(plane);
  const { work, ms } = await timed(plane, async () => {
    await delay(leastMs);
    await nextAlarm(plane);
  });
  return { work: times(work, DAY_MS / ms), rowsWritten: work.rowsWritten, watchedMs: ms };
};

/** What the cron trigger adds to a day at rest. An alarm that falls into the reading is in the resting day already. */
export const cronDay = async (plane: WorkerdPlane): Promise<Work> => {
  const ticks = 5;
  const isTick = ({ event }: ObjectEvent): boolean => event === 'tick';
  const repeat = async (scheduledMs: number): Promise<void> => {
    for (let i = 0; i < ticks; i++) await plane.tick(scheduledMs);
  };
  const plain = await measured(plane, () => repeat(PLAIN_MS), isTick);
  const kept = await measured(plane, () => plane.tick(HOUSEKEEPING_MS), isTick);
  const day = plus(times(plain, (TICKS_A_DAY - HOUSEKEEPING_A_DAY) / ticks), times(kept, HOUSEKEEPING_A_DAY));
  return { ...day, workerRequests: TICKS_A_DAY };
};

const webPath = '/apis/apps/v1/namespaces/default/deployments';
const replicaSetsPath = '/apis/apps/v1/namespaces/default/replicasets';

/** One pod: made by a Deployment, placed, reported running, deleted. */
export const podLife = async (plane: WorkerdPlane, agent: TestAgent): Promise<Work> => {
  const pods = 10;
  const template = {
    metadata: { labels: { app: 'web' } },
    spec: { nodeSelector: labelsOf(nodeName(0)), containers: [{ name: 'c', image: 'nginx' }] },
  };
  const spec = { replicas: 0, selector: { matchLabels: { app: 'web' } }, template };
  await plane.call('POST', webPath, { metadata: { name: 'web' }, spec });
  await atRest(plane);
  const mine = () => agent.view.list('core/pods').filter(({ spec }) => spec?.nodeName === nodeName(0));
  const available = async () => (await plane.call('GET', `${webPath}/web`)).status?.availableReplicas === pods;
  const work = await measured(plane, async () => {
    await plane.call('PATCH', `${webPath}/web`, { spec: { replicas: pods } });
    await waitFor('the pods', () => mine().length === pods);
    const ready = { type: 'Ready', status: 'True' } as const;
    for (const { metadata } of mine()) {
      const { namespace = '', name = '', uid = '' } = metadata;
      const status = { phase: 'Running', podIP: '10.64.0.9', conditions: [ready, { ...ready, type: 'ContainersReady' }] };
      agent.reports.send({ kind: 'podStatus', namespace, name, uid, sequence: 1, status });
      // containers come up one by one
      await delay(200);
    }
    await waitFor('the pods to be available', available);
    await plane.call('PATCH', `${webPath}/web`, { spec: { replicas: 0 } });
    await waitFor('the pods to end', () => mine().every(({ metadata }) => metadata.deletionTimestamp));
    for (const { metadata } of mine()) {
      const { namespace = '', name = '', uid = '' } = metadata;
      agent.reports.send({ kind: 'podGone', namespace, name, uid });
      await delay(200);
    }
    await waitFor('the pods to be gone', () => mine().length === 0);
    await delay(1_000);
  });
  // it is measured more than once
  await plane.call('DELETE', `${webPath}/web`);
  await waitFor('its ReplicaSet to be gone', async () => (await plane.call('GET', replicaSetsPath)).items.length === 0);
  return times(work, 1 / pods);
};

const leasePath = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
const RENEW_MS = 2_000;

/** A day of operators that hold leader elections with the settings of controller-runtime: each leader writes its Lease every two seconds, without reading first. */
export const electionsDay = async (plane: WorkerdPlane, operators: number, forMs: number): Promise<Work> => {
  const leases = await Promise.all(
    Array.from({ length: operators }, (_, i) =>
      plane.call('POST', leasePath, { metadata: { name: `leader-${i}` }, spec: { holderIdentity: `one-${i}`, leaseDurationSeconds: 15 } }),
    ),
  );
  let renewals = 0;
  const { work, ms } = await timed(plane, async () => {
    for (const endMs = performance.now() + forMs; performance.now() < endMs; ) {
      const next = delay(RENEW_MS);
      for (const [i, lease] of leases.entries()) {
        const renewTime = new Date().toISOString().replace('Z', '000Z');
        leases[i] = await plane.call('PUT', `${leasePath}/leader-${i}`, { ...lease, spec: { ...lease.spec, renewTime } });
        renewals++;
      }
      await next;
    }
  });
  for (const i of leases.keys()) await plane.call('DELETE', `${leasePath}/leader-${i}`);
  // a busy machine renews less often than a leader would
  return times(work, ((DAY_MS / ms) * (ms / RENEW_MS) * operators) / renewals);
};
