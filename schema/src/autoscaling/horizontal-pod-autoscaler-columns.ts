/** How kubectl shows an autoscaler. */
import { ageColumn, integer, nameColumn, text } from '../meta/columns.ts';
import type { Column } from '../resource.ts';
import type { HorizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';
import type { MetricSpec, MetricStatus, MetricTarget, MetricValueStatus } from './metrics.ts';

const MAX_SHOWN = 2;
const UNKNOWN = '<unknown>';

const values = (current: MetricValueStatus | undefined, target: MetricTarget | undefined, what: 'value' | 'averageValue'): string =>
  `${current?.[what] ?? UNKNOWN}/${target?.[what] ?? UNKNOWN}`;

const percentOf = (share: number | undefined, otherwise: string): string => (share === undefined ? otherwise : `${share}%`);

/** By average where the target is one, else by value. */
const byTarget = (current: MetricValueStatus | undefined, target: MetricTarget | undefined): string =>
  target?.averageValue === undefined ? values(current, target, 'value') : `${values(current, target, 'averageValue')} (avg)`;

const ofResource = (name: string, current: MetricValueStatus | undefined, target: MetricTarget): string =>
  target.averageValue === undefined
    ? `${name}: ${percentOf(current?.averageUtilization, UNKNOWN)}/${percentOf(target.averageUtilization, '<auto>')}`
    : `${name}: ${values(current, target, 'averageValue')}`;

const formatMetric = (spec: MetricSpec, status: MetricStatus | undefined): string => {
  const { external, pods, object, resource, containerResource } = spec;
  if (external) return byTarget(status?.external?.current, external.target);
  if (pods) return values(status?.pods?.current, pods.target, 'averageValue');
  if (object) return byTarget(status?.object?.current, object.target);
  if (resource) return ofResource(resource.name, status?.resource?.current, resource.target);
  if (containerResource) return ofResource(containerResource.name, status?.containerResource?.current, containerResource.target);
  return '<unknown type>';
};

const targets = ({ spec, status }: HorizontalPodAutoscaler): string => {
  const metrics = spec.metrics ?? [];
  if (metrics.length === 0) return '<none>';
  const shown = metrics.map((metric, i) => formatMetric(metric, status?.currentMetrics?.[i]));
  const first = shown.slice(0, MAX_SHOWN).join(', ');
  return shown.length > MAX_SHOWN ? `${first} + ${shown.length - MAX_SHOWN} more...` : first;
};

export const autoscalerColumns: readonly Column[] = [
  nameColumn,
  text('Reference', 'The workload.', ({ spec: { scaleTargetRef: r } }: HorizontalPodAutoscaler) => `${r.kind}/${r.name}`),
  text('Targets', 'What was measured, and what it aims at.', targets),
  text('MinPods', 'Fewest pods.', (autoscaler: HorizontalPodAutoscaler) => String(autoscaler.spec.minReplicas ?? '<unset>')),
  integer('MaxPods', 'Most pods.', (autoscaler: HorizontalPodAutoscaler) => autoscaler.spec.maxReplicas),
  integer('Replicas', 'Pods there are.', (autoscaler: HorizontalPodAutoscaler) => autoscaler.status?.currentReplicas ?? 0),
  ageColumn,
];
