/**
 * autoscaling/v1 from the stored autoscaling/v2 and back. v1 knows one target, the cpu; everything else travels in annotations, in the forms
 * upstream gives it, so that a client that reads v1 and writes it back loses nothing.
 */
import { decode } from '../dsl/decode.ts';
import type { Infer, Struct } from '../dsl/field.ts';
import { cloneJson } from '../dsl/own.ts';
import { HorizontalPodAutoscalerBehavior } from './behavior.ts';
import { HorizontalPodAutoscalerCondition } from './condition.ts';
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerStatus } from './horizontal-pod-autoscaler.ts';
import type { HorizontalPodAutoscalerV1 } from './horizontal-pod-autoscaler-v1.ts';
import { MetricSpec, MetricStatus } from './metrics.ts';
import { metricFromV1, metricToV1, statusFromV1, statusToV1 } from './metrics-v1.ts';

const METRICS = 'autoscaling.alpha.kubernetes.io/metrics';
const CURRENT_METRICS = 'autoscaling.alpha.kubernetes.io/current-metrics';
const CONDITIONS = 'autoscaling.alpha.kubernetes.io/conditions';
const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior';
const carried = [METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR];

const isCpuShare = (metric: MetricSpec): boolean =>
  metric.type === 'Resource' && metric.resource?.name === 'cpu' && metric.resource.target?.averageUtilization !== undefined;
const cpuStatus = (status: HorizontalPodAutoscalerStatus | undefined): MetricStatus | undefined =>
  status?.currentMetrics?.find((metric) => metric.type === 'Resource' && metric.resource?.name === 'cpu');

/** A copy with every key's first letter raised or lowered: the form behaviours have always had in the annotation. */
const recased = (value: unknown, change: (letter: string) => string): unknown => {
  if (Array.isArray(value)) return value.map((item) => recased(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [change(key.slice(0, 1)) + key.slice(1), recased(item, change)]));
};

type Annotations = Readonly<Record<string, string>>;
type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The messages an annotation holds, after `change`; undefined when it is absent or any of them is no such message. */
const readAll = <S extends Struct<any>>(text: string | undefined, of: S, change: (fields: Fields) => unknown): Infer<S>[] | undefined => {
  const found = parse(text);
  if (!Array.isArray(found) || !found.every(isFields)) return undefined;
  const decoded = found.map((fields) => decode(of, change(fields)));
  return decoded.some(({ errors }) => errors.length > 0) ? undefined : decoded.map(({ value }) => value as Infer<S>);
};

const parse = (text: string | undefined): unknown => {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return undefined;
  }
};

const present = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

const raised = (fields: object): unknown => recased(fields, (letter) => letter.toUpperCase());
const lowered = (fields: object): unknown => recased(fields, (letter) => letter.toLowerCase());

export const toV1 = (autoscaler: HorizontalPodAutoscaler): HorizontalPodAutoscalerV1 => {
  const { metadata, spec, status } = cloneJson(autoscaler);
  const metrics = spec.metrics ?? [];
  const cpu = metrics.find((metric) => metric.type === 'Resource' && metric.resource?.name === 'cpu');
  const others = metrics.filter((metric) => !isCpuShare(metric));
  const extra = present({
    [METRICS]: others.length > 0 ? JSON.stringify(others.map(metricToV1)) : undefined,
    [CURRENT_METRICS]: status?.currentMetrics?.length ? JSON.stringify(status.currentMetrics.map(statusToV1)) : undefined,
    [CONDITIONS]: status?.conditions?.length ? JSON.stringify(status.conditions) : undefined,
    [BEHAVIOR]: spec.behavior ? JSON.stringify(raised(spec.behavior)) : undefined,
  });
  const annotations = { ...metadata.annotations, ...extra };
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: Object.keys(annotations).length > 0 ? { ...metadata, annotations: annotations as Record<string, string> } : metadata,
    spec: present({
      scaleTargetRef: spec.scaleTargetRef,
      minReplicas: spec.minReplicas,
      maxReplicas: spec.maxReplicas,
      targetCPUUtilizationPercentage: cpu?.resource?.target.averageUtilization,
    }),
    ...(status
      ? {
          status: present({
            observedGeneration: status.observedGeneration,
            lastScaleTime: status.lastScaleTime,
            currentReplicas: status.currentReplicas ?? 0,
            desiredReplicas: status.desiredReplicas ?? 0,
            currentCPUUtilizationPercentage: cpuStatus(status)?.resource?.current?.averageUtilization,
          }),
        }
      : {}),
  };
};

/** Unreadable annotations count as absent. */
export const fromV1 = (autoscaler: HorizontalPodAutoscalerV1): HorizontalPodAutoscaler => {
  const { metadata, spec, status } = cloneJson(autoscaler);
  const annotations = metadata?.annotations ?? {};
  const share = spec?.targetCPUUtilizationPercentage;
  const target = { type: 'Utilization', averageUtilization: share };
  const cpu = share === undefined ? [] : [{ type: 'Resource', resource: { name: 'cpu', target } }];
  const metrics: MetricSpec[] = [...cpu, ...(readAll(annotations[METRICS], MetricSpec, metricFromV1) ?? [])];
  const behavior = readAll(`[${annotations[BEHAVIOR] ?? ''}]`, HorizontalPodAutoscalerBehavior, lowered)?.[0];
  const kept = Object.fromEntries(Object.entries(annotations).filter(([key]) => !carried.includes(key)));
  const { annotations: _, ...rest } = metadata ?? {};
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: Object.keys(kept).length > 0 ? { ...rest, annotations: kept } : rest,
    spec: present({
      scaleTargetRef: spec?.scaleTargetRef,
      minReplicas: spec?.minReplicas,
      maxReplicas: spec?.maxReplicas,
      metrics: metrics.length > 0 ? metrics : undefined,
      behavior,
    }) as HorizontalPodAutoscaler['spec'],
    ...(status ? { status: statusOf(status, annotations) } : {}),
  };
};

const statusOf = (status: NonNullable<HorizontalPodAutoscalerV1['status']>, annotations: Annotations): HorizontalPodAutoscalerStatus => {
  const share = status.currentCPUUtilizationPercentage;
  const measured = readAll(annotations[CURRENT_METRICS], MetricStatus, statusFromV1);
  const cpu = { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: share } } } as MetricStatus;
  return present({
    observedGeneration: status.observedGeneration,
    lastScaleTime: status.lastScaleTime,
    currentReplicas: status.currentReplicas,
    desiredReplicas: status.desiredReplicas,
    currentMetrics: measured ?? (share === undefined ? undefined : [cpu]),
    conditions: readAll(annotations[CONDITIONS], HorizontalPodAutoscalerCondition, (fields) => fields),
  }) as HorizontalPodAutoscalerStatus;
};
