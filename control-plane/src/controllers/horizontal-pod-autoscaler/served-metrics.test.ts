/** Pods, object and external metrics, asked of an HTTP server that answers as an adapter does. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deployments } from '#schema/apps/deployment.ts';
import { type HorizontalPodAutoscaler, horizontalPodAutoscalers } from '#schema/autoscaling/horizontal-pod-autoscaler.ts';
import { measurementsOf } from '../../controller-runtime/measurements.ts';
import { askMetrics, type MetricsCall } from '../../controller-runtime/metric-queries.ts';
import { PlainWorld } from '../../controller-runtime/plain-world.ts';
import { createTestWorld, rest, testCluster } from '../../controller-runtime/testing.ts';
import { horizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';

/** What the adapter holds: by path and search, values by object; a number is a status. */
const held = new Map<string, Readonly<Record<string, string>> | number>();
const asked = new Set<string>();
let adapter: Server;
let origin = '';

beforeAll(async () => {
  adapter = createServer((request, response) => {
    const url = decodeURIComponent(request.url ?? '');
    asked.add(url);
    const found = held.get(url) ?? 404;
    const json = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (typeof found === 'number')
      return json(found, { kind: 'Status', status: 'Failure', message: `nothing known of ${url}`, code: found });
    const items = Object.entries(found).map(([name, value]) => ({
      describedObject: { kind: 'Pod', name },
      timestamp: '2030-01-01T00:00:00Z',
      value,
    }));
    json(200, { kind: 'MetricValueList', items });
  });
  await new Promise<void>((listening) => adapter.listen(0, '127.0.0.1', listening));
  origin = `http://127.0.0.1:${(adapter.address() as AddressInfo).port}`;
});
afterAll(() => new Promise<void>((closed) => adapter.close(() => closed())));
beforeEach(() => {
  held.clear();
  asked.clear();
});

/** As the aggregation answers: nobody serves v1beta2. */
const call: MetricsCall = async (path) => {
  if (path.includes('/v1beta2/')) return undefined;
  const reply = await fetch(`${origin}${path}`);
  return { status: reply.status, body: await reply.json() };
};

const CUSTOM = '/apis/custom.metrics.k8s.io/v1beta1/namespaces/default';
const EXTERNAL = '/apis/external.metrics.k8s.io/v1beta1/namespaces/default';
const nowMs = Date.UTC(2030, 0, 1);

const pod = (name: string, status: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: 'web' } },
  spec: { containers: [{ name: 'c', image: 'i' }] },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], ...status },
});

const workload = (replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  },
});

const autoscaler = (metric: object, minReplicas = 1) => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web', namespace: 'default' },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, minReplicas, maxReplicas: 10, metrics: [metric] },
});

/** Asks, decides until nothing moves, and says what came of it; the status is that of the new size. */
const decide = async (metric: object, pods: readonly object[], metricsCall: MetricsCall = call) => {
  const world = new PlainWorld({ nowMs, cluster: testCluster });
  world.add(workload(pods.length));
  for (const each of pods) world.add(each);
  const object = world.add(autoscaler(metric));
  const answers = await askMetrics(horizontalPodAutoscaler.queries!(object, world.cache), metricsCall);
  const measurements = measurementsOf([], answers);
  const ref = { namespace: 'default', name: 'web' };
  for (let i = 0; i < 3; i++) world.apply(horizontalPodAutoscaler.reconcile(ref, { ...world.context(), measurements }).changes);
  const { status } = world.cache.get<HorizontalPodAutoscaler>('autoscaling/horizontalpodautoscalers', 'default', 'web')!;
  const active = status!.conditions!.find(({ type }) => type === 'ScalingActive')!;
  return { desired: status!.desiredReplicas, metric: status!.currentMetrics?.[0], active };
};

const pods = [pod('a'), pod('b')];
const hits = { name: 'hits', selector: { matchLabels: { verb: 'GET' } } };

describe('pods metrics', () => {
  const metric = { type: 'Pods', pods: { metric: hits, target: { type: 'AverageValue', averageValue: '10' } } };
  const path = `${CUSTOM}/pods/*/hits?labelSelector=app=web&metricLabelSelector=verb=GET`;

  test('are averaged over the pods', async () => {
    held.set(path, { a: '20', b: '9500m' });
    const { desired, metric: shown, active } = await decide(metric, pods);
    expect([...asked]).toEqual([path]);
    expect(desired).toBe(3);
    expect(shown).toEqual({ type: 'Pods', pods: { metric: hits, current: { averageValue: '14750m' } } });
    expect(active.message).toBe('the HPA was able to successfully calculate a replica count from pods metric hits');
  });

  test('that are missing of a pod count as nothing when pods are added, and as enough when they are taken away', async () => {
    held.set(path, { a: '30' });
    expect((await decide(metric, pods)).desired).toBe(3);
    held.set(path, { a: '1' });
    expect((await decide(metric, [...pods, pod('c')])).desired).toBe(3);
  });

  test('that cannot be had move nothing, and it is said why', async () => {
    const failing = async (metricsCall?: MetricsCall) => {
      const { desired, active } = await decide(metric, pods, metricsCall);
      expect(desired).toBe(2);
      expect(active).toMatchObject({ status: 'False', reason: 'FailedGetPodsMetric' });
      return active.message;
    };
    expect(await failing()).toMatch(/unable to get metric hits: unable to fetch metrics from custom metrics API: nothing known of/);
    expect(await failing(async () => undefined)).toMatch(/no API custom.metrics.k8s.io is registered$/);
    expect(await failing(() => Promise.reject(new Error('the adapter is away')))).toMatch(/the adapter is away$/);
    expect(await failing(async () => ({ status: 200, body: 'what' }))).toMatch(/did not receive metrics for targeted pods/);
    held.set(path, { a: 'many' });
    expect(await failing()).toMatch(/did not receive metrics for targeted pods/);
  });
});

describe('object metrics', () => {
  const about = (target: object) => ({
    type: 'Object',
    object: { describedObject: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, metric: { name: 'queue' }, target },
  });
  const path = `${CUSTOM}/deployments.apps/web/queue`;

  test('as a value: the share it is of what it should be, over the ready pods', async () => {
    held.set(path, { web: '60' });
    const metric = about({ type: 'Value', value: '20' });
    const { desired, metric: shown, active } = await decide(metric, pods);
    expect(desired).toBe(6);
    expect(shown).toMatchObject({ type: 'Object', object: { current: { value: '60' } } });
    expect(active.message).toMatch(/from Deployment metric queue$/);
    expect((await decide(metric, [pod('a'), pod('b', { conditions: [] })])).desired).toBe(3);
    held.set(path, { web: '21' });
    expect((await decide(metric, pods)).desired).toBe(2);
  });

  test('as an average: so many for each pod', async () => {
    held.set(path, { web: '70' });
    const { desired, metric: shown } = await decide(about({ type: 'AverageValue', averageValue: '20' }), pods);
    expect(desired).toBe(4);
    expect(shown).toMatchObject({ object: { current: { averageValue: '17500m' } } });
  });

  test('of a kind nobody knows fail', async () => {
    const metric = about({ type: 'Value', value: '20' });
    const unknown = { ...metric, object: { ...metric.object, describedObject: { apiVersion: 'x.io/v1', kind: 'Thing', name: 'web' } } };
    expect((await decide(unknown, pods)).active).toMatchObject({ status: 'False', reason: 'FailedGetObjectMetric' });
    expect([...asked]).toEqual([]);
  });
});

test('external metrics are summed', async () => {
  const path = `${EXTERNAL}/jobs?labelSelector=verb=GET`;
  held.set(path, { one: '30', two: '15' });
  const external = (target: object) => ({ type: 'External', external: { metric: { ...hits, name: 'jobs' }, target } });
  const average = await decide(external({ type: 'AverageValue', averageValue: '10' }), pods);
  expect(average.desired).toBe(5);
  expect(average.metric).toMatchObject({ type: 'External', external: { current: { averageValue: '9' } } });
  expect(average.active.message).toMatch(
    /from external metric jobs\(&LabelSelector{MatchLabels:map\[string\]string{verb: GET,},MatchExpressions:\[\]LabelSelectorRequirement{},}\)$/,
  );
  expect((await decide(external({ type: 'Value', value: '15' }), pods)).desired).toBe(6);
});

test('many questions take turns, and keep their answers meanwhile', async () => {
  const query = (i: number) => ({ group: 'external.metrics.k8s.io', path: `/namespaces/default/jobs-${i}` });
  const queries = Array.from({ length: 40 }, (_, i) => query(i));
  const counted = new Map<string, number>();
  const answering: MetricsCall = async (path) => {
    counted.set(path, (counted.get(path) ?? 0) + 1);
    return { status: 200, body: {} };
  };
  let answers = await askMetrics(queries, answering);
  expect(answers.size).toBe(16);
  for (let i = 0; i < 4; i++) answers = await askMetrics(queries, answering, answers);
  expect(answers.size).toBe(40);
  expect([...counted.values()].sort()).toEqual(Array(40).fill(2));
  expect((await askMetrics(queries.slice(0, 1), answering, answers)).size).toBe(1);
});

test('the loop asks while there is an autoscaler, and decides on the answer', async () => {
  const world = createTestWorld({ metricsCall: call });
  await world.settle();
  await world.addNode('n1');
  await world.create(deployments, workload(2));
  await rest(world);
  held.set(`${EXTERNAL}/jobs`, { all: '40' });
  const target = { type: 'AverageValue', averageValue: '10' };
  await world.create(horizontalPodAutoscalers, autoscaler({ type: 'External', external: { metric: { name: 'jobs' }, target } }));
  world.nowMs += 15_000;
  await rest(world);
  world.nowMs += 15_000;
  await rest(world);
  expect((await world.get(deployments, 'default', 'web')).spec.replicas).toBe(4);
  expect([...asked]).toEqual([`${EXTERNAL}/jobs`]);
});
