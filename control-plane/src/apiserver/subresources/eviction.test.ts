import { afterEach, beforeEach, expect, test } from 'vitest';
import { createWorld, podNamed } from '../testing.ts';

const pods = '/api/v1/namespaces/default/pods';
const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
type World = Awaited<ReturnType<typeof createWorld>>;
let world: World;

beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

const running = async (name: string, ready = true): Promise<void> => {
  await world.create(pods, { ...podNamed(name, { app: 'web' }), spec: { ...podNamed(name).spec, nodeName: 'n1' } });
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] };
  await world.call('PATCH', `${pods}/${name}/status`, { status }, { 'content-type': 'application/merge-patch+json' });
};

const budget = async (name: string, status: object, spec: object = {}): Promise<void> => {
  await world.create(budgets, { metadata: { name }, spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } }, ...spec } });
  await world.call('PATCH', `${budgets}/${name}/status`, { status }, { 'content-type': 'application/merge-patch+json' });
};

const evict = (name: string) =>
  world.call('POST', `${pods}/${name}/eviction`, {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name },
    deleteOptions: { gracePeriodSeconds: 0 },
  });

const full = { observedGeneration: 1, disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 };

test('a budget that allows one gives one, and remembers to whom', async () => {
  await running('a');
  await running('b');
  await budget('web', { ...full, disruptionsAllowed: 1, currentHealthy: 2, expectedPods: 2 });
  expect((await evict('a')).status).toBe(201);
  const { body } = await world.call('GET', `${budgets}/web`);
  expect(body.status).toMatchObject({ disruptionsAllowed: 0, disruptedPods: { a: expect.any(String) } });
  const refused = await evict('b');
  expect(refused.status).toBe(429);
  expect(refused.body).toMatchObject({
    reason: 'TooManyRequests',
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: { causes: [{ reason: 'DisruptionBudget', message: 'The disruption budget web needs 1 healthy pods and has 2 currently' }] },
  });
});

test('many at once never get more than the budget has', async () => {
  const names = ['a', 'b', 'c', 'd'];
  for (const name of names) await running(name);
  await budget('web', { ...full, disruptionsAllowed: 2, currentHealthy: 4, expectedPods: 4 });
  const codes = (await Promise.all(names.map(evict))).map(({ status }) => status);
  expect(codes.filter((code) => code === 201)).toHaveLength(2);
  expect(codes.filter((code) => code === 429)).toHaveLength(2);
});

test('a budget that has not seen its latest change refuses', async () => {
  await running('a');
  await budget('web', { ...full, observedGeneration: 0, disruptionsAllowed: 5 });
  const { status, body } = await evict('a');
  expect(status).toBe(429);
  expect(body.details.causes[0].message).toBe('The disruption budget web is still being processed by the server.');
});

test('two budgets for one pod are an error, in the words of Kubernetes', async () => {
  await running('a');
  await budget('one', full);
  await budget('two', full);
  const { status, body } = await evict('a');
  expect(status).toBe(500);
  expect(body.message).toContain('This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.');
});

test('an unhealthy pod goes while the others are healthy enough, or always where the budget says so', async () => {
  await running('sick', false);
  await budget('web', full);
  expect((await evict('sick')).status).toBe(201);
  await running('worse', false);
  await world.call('PATCH', `${budgets}/web/status`, { status: { currentHealthy: 0 } }, { 'content-type': 'application/merge-patch+json' });
  expect((await evict('worse')).status).toBe(429);
  await world.call(
    'PATCH',
    `${budgets}/web`,
    { spec: { unhealthyPodEvictionPolicy: 'AlwaysAllow' } },
    { 'content-type': 'application/merge-patch+json' },
  );
  expect((await evict('worse')).status).toBe(201);
});
