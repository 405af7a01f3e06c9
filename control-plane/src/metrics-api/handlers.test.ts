/** metrics.k8s.io from an agent's poll to the reply, over the real app and hub. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AgentMessage, type MetricsMessage, PROTOCOL_VERSION, type ServerMessage } from '#schema/sync/protocol.ts';
import { createWorld, podNamed, type World } from '../apiserver/testing.ts';

const API = '/apis/metrics.k8s.io/v1beta1';
let world: World;
let uid: string;
const usage = { cpuNanoseconds: 9e9, cpuNanoCores: 1_500_000, memoryBytes: 2048 * 1024 };

const sample = (): MetricsMessage => ({
  type: 'metrics',
  time: new Date(world.nowMs).toISOString(),
  windowMs: 15_000,
  node: { ...usage, cpuNanoCores: 800_000_000 },
  pods: [
    { namespace: 'default', name: 'web', uid, containers: [{ name: 'app', ...usage }] },
    { namespace: 'default', name: 'gone', uid: 'other', containers: [{ name: 'app', ...usage }] },
  ],
});

const exchange = (...messages: AgentMessage[]): Promise<readonly ServerMessage[]> => world.platform.hub.exchange('n1', messages, 0);
/** Polls as an agent does until it is asked to measure, and answers once. */
const answerWhenAsked = async (): Promise<void> => {
  for (let polls = 0; polls < 100; polls++) {
    const frames = await world.platform.hub.exchange('n1', [], 1_000);
    if (frames.some(({ type }) => type === 'wantMetrics')) break;
  }
  await exchange(sample());
};

beforeAll(async () => {
  world = await createWorld();
  await world.create('/api/v1/nodes', { metadata: { name: 'n1', labels: { zone: 'a' } } });
  const pod = podNamed('web');
  const created = await world.create('/api/v1/namespaces/default/pods', { ...pod, metadata: { ...pod.metadata, labels: { app: 'web' } } });
  uid = created.metadata.uid;
  const { clusterUid, incarnation } = await world.platform.store.identity();
  await exchange({
    type: 'hello',
    protocolMin: PROTOCOL_VERSION,
    protocolMax: PROTOCOL_VERSION,
    version: 'test',
    clusterUid,
    incarnation,
    revision: 0,
    features: [],
    node: 'n1',
  });
});
afterAll(() => world.close());

it('asks the agents, and shows what they measured of what exists', async () => {
  const [{ status, body }] = await Promise.all([world.call('GET', `${API}/namespaces/default/pods`), answerWhenAsked()]);
  expect(status).toBe(200);
  expect(body).toMatchObject({ kind: 'PodMetricsList', apiVersion: 'metrics.k8s.io/v1beta1' });
  expect(body.items).toMatchObject([
    {
      metadata: { name: 'web', namespace: 'default', labels: { app: 'web' } },
      window: '15s',
      containers: [{ name: 'app', usage: { cpu: '1500000n', memory: '2048Ki' } }],
    },
  ]);
});

it('answers from the newest sample, by name, by label and as a table', async () => {
  const get = async (path: string, headers = {}) => (await world.call('GET', `${API}/${path}`, undefined, headers)).body;
  expect(await get('nodes/n1')).toMatchObject({ kind: 'NodeMetrics', usage: { cpu: '800000000n' } });
  expect((await get('pods?labelSelector=app%3Dweb')).items).toHaveLength(1);
  expect((await get('pods?labelSelector=app%3Dother')).items).toEqual([]);
  expect((await get('nodes?fieldSelector=metadata.name%3Dn2')).items).toEqual([]);
  const table = await get('nodes', { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
  expect(table.rows[0].cells.slice(0, 2)).toEqual(['n1', expect.stringMatching(/^800/)]);
  expect(await get('namespaces/default/pods/nobody')).toMatchObject({
    kind: 'Status',
    code: 404,
    message: 'podmetrics.metrics.k8s.io "default/nobody" not found',
  });
  expect((await world.call('POST', `${API}/nodes`, {})).status).toBe(405);
});
