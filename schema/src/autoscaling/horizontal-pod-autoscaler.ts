/**
 * HorizontalPodAutoscaler: scales a workload by what it measures. Stored as autoscaling/v2; autoscaling/v1 is another form of it.
 * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
 */
import { type Infer, int32, int64, list, listMap, message, struct, time } from '../dsl/field.ts';
import { keepStatus } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { HorizontalPodAutoscalerBehavior } from './behavior.ts';
import { HorizontalPodAutoscalerCondition } from './condition.ts';
import { fromV1, toV1 } from './conversion.ts';
import { autoscalerColumns } from './horizontal-pod-autoscaler-columns.ts';
import { defaultAutoscaler } from './horizontal-pod-autoscaler-defaults.ts';
import { HorizontalPodAutoscalerV1 } from './horizontal-pod-autoscaler-v1.ts';
import { validateAutoscaler } from './horizontal-pod-autoscaler-validation.ts';
import { CrossVersionObjectReference, MetricSpec, MetricStatus } from './metrics.ts';

export const HorizontalPodAutoscalerSpec = struct('io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec', 'What to scale, and by what.', {
  scaleTargetRef: message(1, CrossVersionObjectReference, 'The workload.', { required: true, default: {} }),
  minReplicas: int32(2, 'Fewest pods; 1 by default.', { pointer: true }),
  maxReplicas: int32(3, 'Most pods.', { required: true, default: 0 }),
  metrics: list(4, MetricSpec, 'What to aim at; the one that wants most pods counts. 80 % of the requested cpu by default.'),
  behavior: message(5, HorizontalPodAutoscalerBehavior, 'How fast to scale.'),
});
export type HorizontalPodAutoscalerSpec = Infer<typeof HorizontalPodAutoscalerSpec>;

export const HorizontalPodAutoscalerStatus = struct('io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerStatus', 'What was observed.', {
  observedGeneration: int64(1, 'Generation of the object that was seen.', { pointer: true }),
  lastScaleTime: time(2, 'When it last scaled.'),
  currentReplicas: int32(3, 'Pods there are.'),
  desiredReplicas: int32(4, 'Pods it wants.', { required: true, default: 0 }),
  currentMetrics: list(5, MetricStatus, 'What was measured.'),
  conditions: listMap(6, HorizontalPodAutoscalerCondition, ['type'], 'Latest observations, one for each type.'),
});
export type HorizontalPodAutoscalerStatus = Infer<typeof HorizontalPodAutoscalerStatus>;

export const HorizontalPodAutoscaler = struct(
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  'Scales a workload by what it measures.',
  {
    ...typeMeta,
    metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
    spec: message(2, HorizontalPodAutoscalerSpec, 'The desired state.', { default: {} }),
    status: message(3, HorizontalPodAutoscalerStatus, 'The observed state; written by the cluster.'),
  },
);
export type HorizontalPodAutoscaler = ObjectOf<typeof HorizontalPodAutoscaler, 'spec'>;

export const horizontalPodAutoscalers = defineResource<HorizontalPodAutoscaler>({
  group: 'autoscaling',
  resource: 'horizontalpodautoscalers',
  kind: 'HorizontalPodAutoscaler',
  namespaced: true,
  shortNames: ['hpa'],
  categories: ['all'],
  versions: [
    { version: 'v2', schema: HorizontalPodAutoscaler, served: true, storage: true },
    { version: 'v1', schema: HorizontalPodAutoscalerV1, served: true, storage: false, toStorage: fromV1, fromStorage: toV1 },
  ],
  hasStatus: true,
  generation: false,
  defaults: defaultAutoscaler,
  validate: validateAutoscaler,
  prepareCreate: (autoscaler) => {
    autoscaler.status = { desiredReplicas: 0 };
  },
  prepareUpdate: keepStatus,
  columns: autoscalerColumns,
});
