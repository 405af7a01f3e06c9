import { describe, expect, it, test } from 'vitest';
import type { HorizontalPodAutoscaler } from '#schema/autoscaling/horizontal-pod-autoscaler.ts';
import type { Pod } from '#schema/core/pod.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import type { Measurements } from '../../controller-runtime/measurements.ts';
import { PlainWorld } from '../../controller-runtime/plain-world.ts';
import { testCluster } from '../../controller-runtime/testing.ts';
import { horizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';
import { pace, readMemory } from './pace.ts';
import { proposeReplicas, resourceReadings } from './replicas.ts';
import { toleranceOf } from './tolerance.ts';

const nowMs = Date.UTC(2030, 0, 1, 1);
const longAgo = toRfc3339(nowMs - 3_600_000);

const pod = (name: string, more: object = {}): Pod =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: `uid-${name}`, labels: { app: 'web' } },
    spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '100m' } } }] },
    status: { phase: 'Running', startTime: longAgo, conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: longAgo }] },
    ...more,
  }) as Pod;

/** Millicores by pod name. */
const using = (usage: Readonly<Record<string, number>>): Measurements => ({
  answer: () => undefined,
  pod: (uid) => {
    const milli = usage[uid.slice(4)];
    return milli === undefined
      ? undefined
      : { atMs: nowMs, windowMs: 15_000, containers: [{ name: 'c', cpuNanoCores: milli * 1e6, memoryBytes: 1 << 20 }] };
  },
});

describe('how many pods a metric asks for', () => {
  const pods = ['a', 'b', 'c'].map((name) => pod(name));
  const ask = (usage: Record<string, number>, list = pods, target = 50) =>
    proposeReplicas({ pods: list, current: 3, tolerance, nowMs }, resourceReadings({ resource: 'cpu' }, using(usage)), () => target)
      ?.replicas;
  const tolerance = { up: 0.1, down: 0.1 };

  test.each([
    ['twice the target doubles', { a: 100, b: 100, c: 100 }, 6],
    ['within a tenth nothing moves', { a: 52, b: 54, c: 53 }, 3],
    ['a third of the target', { a: 20, b: 15, c: 15 }, 1],
    ['an unmeasured pod is idle when pods are added', { a: 100, b: 100 }, 4],
    ['and busy when they are taken away', { a: 10, b: 10 }, 2],
  ])('%s', (_what, usage, replicas) => expect(ask(usage as Record<string, number>)).toBe(replicas));

  test('behavior may bear less of one direction and more of the other', () => {
    const bearing = (milli: number): number | undefined => {
      const spec = { behavior: { scaleUp: { tolerance: '0' }, scaleDown: { tolerance: '500m' } } };
      const question = { pods, current: 3, tolerance: toleranceOf(autoscaler(spec)), nowMs };
      return proposeReplicas(question, resourceReadings({ resource: 'cpu' }, using({ a: milli, b: milli, c: milli })), () => 50)?.replicas;
    };
    expect([51, 50, 26, 24].map(bearing)).toEqual([4, 3, 3, 2]);
  });

  test('nothing measured says nothing', () => expect(ask({})).toBeUndefined());

  test('a pod that has just started does not drive the number up', () => {
    const young = pod('c', {
      status: {
        phase: 'Running',
        startTime: toRfc3339(nowMs - 5000),
        conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: toRfc3339(nowMs - 5000) }],
      },
    });
    expect(ask({ a: 100, b: 100, c: 1000 }, [...pods.slice(0, 2), young])).toBe(4);
  });
});

const autoscaler = (spec: object = {}, annotations: Record<string, string> = {}): HorizontalPodAutoscaler =>
  ({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', namespace: 'default', annotations },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 1,
      maxReplicas: 20,
      metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }],
      ...spec,
    },
  }) as HorizontalPodAutoscaler;

describe('the pace', () => {
  test('up at most double or four more in 15 seconds, whichever is more', () => {
    expect(pace(autoscaler(), 1, 20, nowMs)).toMatchObject({ replicas: 5, limited: 'up' });
    expect(pace(autoscaler(), 10, 40, nowMs)).toMatchObject({ replicas: 20, limited: 'up' });
    const scaledJustNow = autoscaler(
      {},
      { 'autoscaling.kedge.dev/memory': JSON.stringify({ recommended: [], scaled: [[nowMs - 5000, 4]] }) },
    );
    expect(pace(scaledJustNow, 5, 20, nowMs).replicas).toBe(5);
  });

  test('down only when nothing more was asked for in five minutes', () => {
    const asked = (secondsAgo: number) =>
      autoscaler({}, { 'autoscaling.kedge.dev/memory': JSON.stringify({ recommended: [[nowMs - secondsAgo * 1000, 8]], scaled: [] }) });
    expect(pace(asked(299), 8, 2, nowMs)).toMatchObject({ replicas: 8, stabilized: 'down' });
    expect(pace(asked(301), 8, 2, nowMs)).toMatchObject({ replicas: 2, stabilized: undefined });
  });

  test('Disabled never moves; Min takes the most careful policy', () => {
    const policies = [
      { type: 'Pods', value: 1, periodSeconds: 60 },
      { type: 'Percent', value: 50, periodSeconds: 60 },
    ];
    const down = (selectPolicy: string) =>
      autoscaler({ behavior: { scaleDown: { selectPolicy, policies, stabilizationWindowSeconds: 0 } } });
    expect(pace(down('Disabled'), 10, 1, nowMs).replicas).toBe(10);
    expect(pace(down('Min'), 10, 1, nowMs).replicas).toBe(9);
    expect(pace(down('Max'), 10, 1, nowMs).replicas).toBe(5);
  });

  test('memory that cannot be read is none', () => {
    expect(readMemory(autoscaler({}, { 'autoscaling.kedge.dev/memory': '{"recommended":[["x"]]' }))).toEqual({
      recommended: [],
      scaled: [],
    });
  });
});

describe('an autoscaler', () => {
  const world = (usage: Record<string, number>, replicas = 2, spec: object = {}) => {
    const plain = new PlainWorld({ nowMs, cluster: testCluster });
    plain.add({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas,
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
    });
    for (const name of Object.keys(usage)) plain.add(pod(name));
    plain.add(autoscaler(spec));
    const decide = () =>
      horizontalPodAutoscaler.reconcile({ namespace: 'default', name: 'web' }, { ...plain.context(), measurements: using(usage) });
    const events = (decide().events ?? []).map(({ reason, message }) => `${reason}: ${message}`);
    const rounds: string[][] = [];
    for (;;) {
      const { changes } = decide();
      rounds.push(changes.map(({ op, definition, object }) => `${op} ${definition.resource}/${object.metadata.name}`));
      if (changes.length === 0) break;
      plain.apply(changes);
    }
    return {
      events,
      rounds,
      scaler: plain.cache.get<HorizontalPodAutoscaler>('autoscaling/horizontalpodautoscalers', 'default', 'web')!,
      replicas: plain.cache.get<any>('apps/deployments', 'default', 'web').spec.replicas,
    };
  };
  const condition = (scaler: HorizontalPodAutoscaler, type: string) => scaler.status!.conditions!.find((c) => c.type === type);

  it('scales up, remembers it and comes to rest', () => {
    const { rounds, scaler, replicas } = world({ a: 100, b: 100 });
    expect(replicas).toBe(4);
    expect(rounds[0]).toEqual(['update deployments/web', 'update horizontalpodautoscalers/web']);
    expect(rounds.length).toBeLessThan(5);
    expect(scaler.status).toMatchObject({ desiredReplicas: 4, lastScaleTime: toRfc3339(nowMs) });
    expect(condition(scaler, 'ScalingActive')).toMatchObject({
      status: 'True',
      message: 'the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)',
    });
  });

  it('shows what it measures', () => {
    const { scaler } = world({ a: 50, b: 52 });
    expect(scaler.status!.currentMetrics).toEqual([
      { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 51, averageValue: '51m' } } },
    ]);
    expect(condition(scaler, 'AbleToScale')?.reason).toBe('ReadyForNewScale');
  });

  it('says what is missing, and moves nothing', () => {
    const { scaler, replicas, events } = world({}, 2);
    expect(replicas).toBe(2);
    const missing = 'failed to get cpu utilization: no metrics returned from resource metrics API';
    expect(events).toEqual([
      `FailedGetResourceMetric: ${missing}`,
      `FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ${missing}`,
    ]);
    expect(condition(scaler, 'ScalingActive')).toMatchObject({ status: 'False', reason: 'FailedGetResourceMetric' });
  });

  it('holds to its bounds and rests while the target is switched off', () => {
    expect(world({ a: 1 }, 50).replicas).toBe(20);
    const off = world({ a: 100 }, 0);
    expect(off.replicas).toBe(0);
    expect(condition(off.scaler, 'ScalingActive')?.reason).toBe('ScalingDisabled');
  });
});
