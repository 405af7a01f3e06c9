/**
 * autoscaling/v1 HorizontalPodAutoscaler: one target, the cpu. What it cannot say stands in annotations (./conversion.ts).
 */
import { type Infer, int32, int64, message, str, struct, time } from '../dsl/field.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';

export const CrossVersionObjectReferenceV1 = struct(
  'io.k8s.api.autoscaling.v1.CrossVersionObjectReference',
  'An object of the namespace.',
  {
    kind: str(1, 'Kind of the object.', { required: true, default: '' }),
    name: str(2, 'Name of the object.', { required: true, default: '' }),
    apiVersion: str(3, 'API version of the object.'),
  },
  { atomic: true },
);
export type CrossVersionObjectReferenceV1 = Infer<typeof CrossVersionObjectReferenceV1>;

export const HorizontalPodAutoscalerSpecV1 = struct('io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerSpec', 'What to scale.', {
  scaleTargetRef: message(1, CrossVersionObjectReferenceV1, 'The workload.', { required: true, default: {} }),
  minReplicas: int32(2, 'Fewest pods; 1 by default.', { pointer: true }),
  maxReplicas: int32(3, 'Most pods.', { required: true, default: 0 }),
  targetCPUUtilizationPercentage: int32(4, 'Percentage of the requested cpu to aim at, on average; 80 by default.', { pointer: true }),
});
export type HorizontalPodAutoscalerSpecV1 = Infer<typeof HorizontalPodAutoscalerSpecV1>;

export const HorizontalPodAutoscalerStatusV1 = struct('io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerStatus', 'What was observed.', {
  observedGeneration: int64(1, 'Generation of the object that was seen.', { pointer: true }),
  lastScaleTime: time(2, 'When it last scaled.'),
  currentReplicas: int32(3, 'Pods there are.', { required: true, default: 0 }),
  desiredReplicas: int32(4, 'Pods it wants.', { required: true, default: 0 }),
  currentCPUUtilizationPercentage: int32(5, 'Percentage of the requested cpu in use, on average.', { pointer: true }),
});
export type HorizontalPodAutoscalerStatusV1 = Infer<typeof HorizontalPodAutoscalerStatusV1>;

export const HorizontalPodAutoscalerV1 = struct(
  'io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler',
  'Scales a workload by the cpu it uses.',
  {
    ...typeMeta,
    metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
    spec: message(2, HorizontalPodAutoscalerSpecV1, 'The desired state.', { default: {} }),
    status: message(3, HorizontalPodAutoscalerStatusV1, 'The observed state; written by the cluster.'),
  },
);
export type HorizontalPodAutoscalerV1 = ObjectOf<typeof HorizontalPodAutoscalerV1, 'spec'>;
