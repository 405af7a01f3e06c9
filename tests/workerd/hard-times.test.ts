/** A slow database that loses replies, one that is blocked, notifications that never arrive, a reconciler that throws: slower, never wrong. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { waitFor } from '../harness/process.ts';
import { startTestAgent, type TestAgent } from './agent.ts';
import { follow } from './follow.ts';
import { startWorkerdPlane, type WorkerdPlane, workerModule } from './plane.ts';

// a busy machine is slow, not wrong
vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 });

/** Nobody pokes the loop and no alarm fires: what happens, happens by the cron trigger. One reconciler cannot do its work. */
const worker = `
import worker from ${workerModule('platform/workers/worker.ts')};
import { LoopObject as Loop } from ${workerModule('platform/workers/loop-object.ts')};
import { controllers } from ${workerModule('controllers/controllers.ts')};
import { HubObject as Hub } from ${workerModule('platform/workers/hub-object.ts')};
export { RelayObject } from ${workerModule('platform/workers/relay-object.ts')};
controllers.push({ name: 'thrower', primary: 'core/configmaps', watches: [], reconcile: ({ name }) => { throw new Error('cannot do ' + name); } });
export class LoopObject extends Loop {
  async poke() {}
  async alarm() {}
}
export class HubObject extends Hub {
  async notify(changes) { return changes.some(({ name }) => name === 'unheard') ? 0 : super.notify(changes); }
}
export default {
  ...worker,
  fetch: (request, env, context) => new URL(request.url).pathname === '/test/loop'
    ? env.LOOP.getByName(env.KEDGE_CLUSTER_UID).tick().then(() => new Response('ticked'))
    : worker.fetch(request, env, context),
};
`;

const pods = '/api/v1/namespaces/default/pods';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
let plane: WorkerdPlane;
let agent: TestAgent;

const until = (what: string, probe: () => unknown) => waitFor(what, async () => probe(), { timeoutMs: 120_000 });
const ready = [
  { type: 'Ready', status: 'True' },
  { type: 'ContainersReady', status: 'True' },
];

/** Says of every pod of the view that it runs, as an agent with containers would. */
const reportPods = (): number => {
  const seen = agent.view.list('core/pods');
  for (const pod of seen) {
    const { namespace = '', name = '', uid = '' } = pod.metadata;
    const status = { phase: 'Running' as const, podIP: '10.64.0.9', conditions: ready as never };
    agent.reports.send({ kind: 'podStatus', namespace, name, uid, sequence: 1, status });
  }
  return seen.length;
};

beforeAll(async () => {
  plane = await startWorkerdPlane({ nodes: ['n1'], latencyMs: 30, dropRate: 0.01, worker });
  agent = startTestAgent(plane, 'n1');
  await until('the first tick', () => plane.tick().then(() => true));
  await until('the view', () => agent.view.complete);
  agent.reports.send({
    ...{ kind: 'node', labels: { 'kubernetes.io/os': 'linux' }, annotations: {} },
    status: {
      capacity: { cpu: '4', memory: '8Gi', pods: '110' },
      allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
      conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'ready' }],
    },
  });
  await until('the node', () => plane.call('GET', '/api/v1/nodes/n1'));
});
afterAll(async () => {
  await agent?.stop();
  await plane?.stop();
});

it('brings a Deployment up by the cron trigger alone', async () => {
  await plane.call('POST', deployments, {
    metadata: { name: 'web' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
    },
  });
  let ticks = 0;
  const available = async () => (await plane.call('GET', `${deployments}/web`)).status?.availableReplicas === 3;
  while (!(await available())) {
    await plane.tick();
    ticks++;
    expect(ticks).toBeLessThanOrEqual(5);
    const bound = (await plane.call('GET', pods)).items.filter(({ spec }: any) => spec.nodeName).length;
    await until('the pods at the agent', () => agent.view.list('core/pods').length === bound);
    reportPods();
    await until('the agent’s word', async () => {
      const { items } = await plane.call('GET', pods);
      return items.every(({ spec, status }: any) => !spec.nodeName || status.phase === 'Running');
    });
  }
  console.log(`every poke lost: a Deployment is up after ${ticks} ticks of the cron trigger, at most ${ticks * 60} s`);
});

it('goes on with everything else while a reconciler throws', async () => {
  await plane.call('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'bad' } });
  await plane.call('PATCH', `${deployments}/web`, { spec: { replicas: 2 } });
  await until('two pods', async () => {
    await plane.tick();
    return (await plane.call('GET', `${deployments}/web`)).status?.replicas === 2;
  });
  await until('its failure to be said', () => plane.logs().includes('cannot do bad'));
});

it('shows a watch what its hub was never told of, also when the loop alone came upon it', async () => {
  const maps = '/api/v1/namespaces/default/configmaps';
  // the loop is at rest: it has nothing to write that would be told of
  for (let before = -1, now = 0; now !== before; ) {
    await plane.tick();
    [before, now] = [now, Number((await plane.call('GET', maps)).metadata.resourceVersion)];
  }
  const { metadata } = await plane.call('GET', maps);
  const watching = new AbortController();
  const watch = follow(plane, maps, metadata.resourceVersion, watching.signal);
  for (const name of ['heard', 'unheard']) await plane.call('POST', maps, { metadata: { name } });
  await until('what was heard', () => watch.added.includes('heard'));
  expect((await plane.fetch('/test/loop')).status).toBe(200);
  // nothing is missed by now: the tick would tell nobody
  await until('what was not', () => watch.added.includes('unheard'));
  watching.abort();
  await watch.ended;
  expect(watch.added).toEqual(['heard', 'unheard']);
});

it('serves 50 writers at once without one error', async () => {
  const maps = '/api/v1/namespaces/default/configmaps';
  await plane.call('POST', maps, { metadata: { name: 'shared' }, data: {} });
  await Promise.all(
    Array.from({ length: 50 }, async (_, i) => {
      await plane.call('POST', maps, { metadata: { name: `own-${i}` } });
      await plane.call('PATCH', `${maps}/shared`, { data: { [`k${i}`]: 'v' } });
    }),
  );
  expect(Object.keys((await plane.call('GET', `${maps}/shared`)).data)).toHaveLength(50);
});

it('keeps pods and evicts nothing while the database is blocked, and takes writes again afterwards', async () => {
  const before = (await plane.call('GET', pods)).items.map((pod: any) => pod.metadata.uid).sort();
  const allow = plane.database.refuse(403, 'BLOCKED');
  const refused = await plane.fetch('/api/v1/namespaces/default/configmaps', {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
    body: JSON.stringify({ metadata: { name: 'late' } }),
  });
  expect(refused.status).toBeGreaterThanOrEqual(429);
  expect(await refused.json()).toMatchObject({ kind: 'Status', status: 'Failure' });
  await plane.tick();
  expect(
    agent.view
      .list('core/pods')
      .map((pod) => pod.metadata.uid)
      .sort(),
  ).toEqual(before);
  allow();
  let serial = 0;
  await until('a write', () => plane.call('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: `late-${serial++}` } }));
  await plane.tick();
  expect((await plane.call('GET', pods)).items.map((pod: any) => pod.metadata.uid).sort()).toEqual(before);
  await expect.poll(async () => (await plane.call('GET', '/api/v1/nodes/n1')).spec.taints ?? []).toEqual([]);
  await until('the view', () => agent.view.complete);
});

it('stays below the limits of the free plan all the while', () => {
  expect(plane.logs().match(/limit crossed[^"\\]*/g) ?? []).toEqual([]);
});
