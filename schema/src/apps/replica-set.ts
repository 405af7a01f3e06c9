/**
 * ReplicaSet: keeps N pods of one template running.
 */
import { PodTemplateSpec } from '../core/pod-template.ts';
import { type Infer, int32, int64, listMap, message, str, struct, time } from '../dsl/field.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';

export const ReplicaSetSpec = struct('io.k8s.api.apps.v1.ReplicaSetSpec', '@apps.ReplicaSetSpec', {
  replicas: int32(1, '@apps.ReplicaSetSpec.replicas', { pointer: true }),
  minReadySeconds: int32(4, '@apps.ReplicaSetSpec.minReadySeconds'),
  selector: message(2, LabelSelector, '@apps.ReplicaSetSpec.selector', { required: true }),
  template: message(3, PodTemplateSpec, '@apps.ReplicaSetSpec.template'),
});
export type ReplicaSetSpec = Infer<typeof ReplicaSetSpec>;

export const ReplicaSetCondition = struct('io.k8s.api.apps.v1.ReplicaSetCondition', '@apps.ReplicaSetCondition', {
  type: str(1, '@apps.ReplicaSetCondition.type', { required: true }),
  status: str(2, '@apps.ReplicaSetCondition.status', { required: true }),
  lastTransitionTime: time(3, '@apps.ReplicaSetCondition.lastTransitionTime'),
  reason: str(4, '@apps.ReplicaSetCondition.reason'),
  message: str(5, '@apps.ReplicaSetCondition.message'),
});
export type ReplicaSetCondition = Infer<typeof ReplicaSetCondition>;

export const ReplicaSetStatus = struct('io.k8s.api.apps.v1.ReplicaSetStatus', '@apps.ReplicaSetStatus', {
  replicas: int32(1, '@apps.ReplicaSetStatus.replicas', { required: true, default: 0 }),
  fullyLabeledReplicas: int32(2, '@apps.ReplicaSetStatus.fullyLabeledReplicas'),
  readyReplicas: int32(4, '@apps.ReplicaSetStatus.readyReplicas'),
  availableReplicas: int32(5, '@apps.ReplicaSetStatus.availableReplicas'),
  terminatingReplicas: int32(7, '@apps.ReplicaSetStatus.terminatingReplicas', { pointer: true }),
  observedGeneration: int64(3, '@apps.ReplicaSetStatus.observedGeneration'),
  conditions: listMap(6, ReplicaSetCondition, ['type'], '@apps.ReplicaSetStatus.conditions'),
});
export type ReplicaSetStatus = Infer<typeof ReplicaSetStatus>;

export const ReplicaSet = struct('io.k8s.api.apps.v1.ReplicaSet', '@apps.ReplicaSet', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, '@apps.ReplicaSet.metadata'),
  spec: message(2, ReplicaSetSpec, '@apps.ReplicaSet.spec'),
  status: message(3, ReplicaSetStatus, '@apps.ReplicaSet.status'),
});
export type ReplicaSet = ObjectOf<typeof ReplicaSet, 'spec'>;
