import { describe, expect, it } from 'vitest';
import { accept, row } from '../conformance/accept.ts';
import { decode } from '../dsl/decode.ts';
import { fromV1, toV1 } from './conversion.ts';
import { type HorizontalPodAutoscaler, horizontalPodAutoscalers } from './horizontal-pod-autoscaler.ts';
import { HorizontalPodAutoscalerV1 } from './horizontal-pod-autoscaler-v1.ts';
import type { MetricSpec } from './metrics.ts';

const metadata = { name: 'web', namespace: 'default' };
const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const autoscaler = (spec: object) =>
  accept<HorizontalPodAutoscaler>(horizontalPodAutoscalers, { metadata, spec: { scaleTargetRef, maxReplicas: 10, ...spec } });
const cpu = (averageUtilization: number): MetricSpec => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});
const others: MetricSpec[] = [
  { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } } },
  { type: 'Pods', pods: { metric: { name: 'rps' }, target: { type: 'AverageValue', averageValue: '100' } } },
  {
    type: 'Object',
    object: { describedObject: { kind: 'Service', name: 'web' }, metric: { name: 'hits' }, target: { type: 'Value', value: '2k' } },
  },
  {
    type: 'External',
    external: { metric: { name: 'queue', selector: { matchLabels: { q: 'a' } } }, target: { type: 'AverageValue', averageValue: '30' } },
  },
  {
    type: 'ContainerResource',
    containerResource: { name: 'cpu', container: 'app', target: { type: 'Utilization', averageUtilization: 60 } },
  },
];

describe('horizontal pod autoscalers', () => {
  it('get their defaults', () => {
    const { object, errors } = autoscaler({});
    expect(errors).toEqual([]);
    expect(object.spec).toEqual({ scaleTargetRef, minReplicas: 1, maxReplicas: 10, metrics: [cpu(80)] });
    expect(autoscaler({ behavior: { scaleDown: { stabilizationWindowSeconds: 60 } } }).object.spec.behavior).toEqual({
      scaleUp: {
        stabilizationWindowSeconds: 0,
        selectPolicy: 'Max',
        policies: [
          { type: 'Pods', value: 4, periodSeconds: 15 },
          { type: 'Percent', value: 100, periodSeconds: 15 },
        ],
      },
      scaleDown: { stabilizationWindowSeconds: 60, selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] },
    });
  });

  it.each<[string, object, string[]]>([
    [
      'nothing',
      { scaleTargetRef: undefined, maxReplicas: undefined },
      [
        'spec.maxReplicas: Invalid value: 0: must be greater than 0',
        'spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`',
        'spec.scaleTargetRef.kind: Required value',
        'spec.scaleTargetRef.name: Required value',
      ],
    ],
    ['scaling to nothing', { minReplicas: 0 }, ['spec.minReplicas: Invalid value: 0: must be greater than or equal to 1']],
    [
      'a metric of no sort',
      { metrics: [{}] },
      [
        'spec.metrics[0].type: Required value: must specify a metric source type',
        'spec.metrics[0].type: Unsupported value: "": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
      ],
    ],
    [
      'a metric of two sorts',
      { metrics: [{ ...cpu(50), pods: { metric: { name: 'rps' }, target: { type: 'AverageValue', averageValue: '1' } } }] },
      ['spec.metrics[0].pods: Forbidden: must populate the given metric source only'],
    ],
    [
      'a target that is none',
      { metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Most', averageUtilization: 0 } } }] },
      [
        'spec.metrics[0].resource.target.type: Invalid value: "Most": must be either Utilization, Value, or AverageValue',
        'spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0',
      ],
    ],
    [
      'two external targets',
      { metrics: [{ type: 'External', external: { metric: { name: 'q' }, target: { type: 'Value', value: '1', averageValue: '1' } } }] },
      ['spec.metrics[0].external.target.value: Forbidden: may not set both a target value for metric and a per-pod target'],
    ],
    [
      'a pace that is none',
      {
        behavior: {
          scaleUp: { stabilizationWindowSeconds: 3601, selectPolicy: 'Any', policies: [{ type: 'Pods', value: 0, periodSeconds: 1801 }] },
        },
      },
      [
        'spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
        'spec.behavior.scaleUp.selectPolicy: Unsupported value: "Any": supported values: "Disabled", "Max", "Min"',
        'spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero',
        'spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800',
      ],
    ],
  ])('refuse %s', (_, spec, expected) => {
    expect(autoscaler(spec).errors).toEqual(expected);
  });

  it('are shown as kubectl does', () => {
    const { object } = autoscaler({ metrics: [cpu(50), ...others] });
    expect(row(horizontalPodAutoscalers, object, 0)).toMatchObject({
      Reference: 'Deployment/web',
      Targets: 'cpu: <unknown>/50%, memory: <unknown>/1Gi + 4 more...',
      MinPods: '1',
      MaxPods: 10,
      Replicas: 0,
    });
    const current = { averageUtilization: 12 };
    object.spec.metrics = [cpu(50), others[3]!];
    object.status = { desiredReplicas: 2, currentReplicas: 2, currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current } }] };
    expect(row(horizontalPodAutoscalers, object, 0)).toMatchObject({ Targets: 'cpu: 12%/50%, <unknown>/30 (avg)', Replicas: 2 });
  });
});

describe('autoscaling/v1', () => {
  it('is the same autoscaler with less to say', () => {
    const { object } = autoscaler({ metrics: [cpu(50)] });
    const v1 = toV1(object);
    expect(v1).toMatchObject({
      apiVersion: 'autoscaling/v1',
      metadata,
      spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 10, targetCPUUtilizationPercentage: 50 },
    });
    expect(v1.metadata.annotations).toBeUndefined();
    expect(decode(HorizontalPodAutoscalerV1, v1).unknownFields).toEqual([]);
  });

  it('carries the rest in annotations and loses nothing', () => {
    const { object } = autoscaler({ metrics: [cpu(50), ...others], behavior: { scaleUp: { selectPolicy: 'Min' } } });
    object.apiVersion = 'autoscaling/v2';
    object.kind = 'HorizontalPodAutoscaler';
    object.metadata.annotations = { mine: 'kept' };
    object.status = {
      desiredReplicas: 3,
      currentReplicas: 2,
      currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 12, averageValue: '100m' } } }],
      conditions: [{ type: 'AbleToScale', status: 'True', reason: 'ReadyForNewScale' }],
    };
    const before = structuredClone(object);
    const v1 = toV1(object);
    expect(v1.status).toMatchObject({ currentReplicas: 2, desiredReplicas: 3, currentCPUUtilizationPercentage: 12 });
    expect(JSON.parse(v1.metadata.annotations!['autoscaling.alpha.kubernetes.io/behavior']!)).toMatchObject({
      ScaleUp: { SelectPolicy: 'Min' },
    });
    expect(JSON.parse(v1.metadata.annotations!['autoscaling.alpha.kubernetes.io/metrics']!)[1]).toEqual({
      type: 'Pods',
      pods: { metricName: 'rps', targetAverageValue: '100' },
    });
    expect(fromV1(v1)).toEqual(before);
    expect(object).toEqual(before);
  });

  it('takes no annotation for granted', () => {
    const annotations = {
      'autoscaling.alpha.kubernetes.io/metrics': '[{"type":"Resource","resource":{"name":7}}]',
      'autoscaling.alpha.kubernetes.io/behavior': 'not json',
      'autoscaling.alpha.kubernetes.io/conditions': '{"a":1}',
      'autoscaling.alpha.kubernetes.io/current-metrics': '[null]',
    };
    const v1 = {
      metadata: { ...metadata, annotations },
      spec: { scaleTargetRef, maxReplicas: 3 },
      status: { currentReplicas: 1, desiredReplicas: 1 },
    };
    expect(fromV1(v1)).toEqual({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata,
      spec: { scaleTargetRef, maxReplicas: 3 },
      status: { currentReplicas: 1, desiredReplicas: 1 },
    });
  });
});
