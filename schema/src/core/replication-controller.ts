/**
 * ReplicationController: the oldest way to keep N pods running.
 */

import { type Infer, int32, int64, listMap, map, message, str, struct, time } from '../dsl/field.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { PodTemplateSpec } from './pod-template.ts';

export const ReplicationControllerSpec = struct('io.k8s.api.core.v1.ReplicationControllerSpec', '@core.ReplicationControllerSpec', {
  replicas: int32(1, '@core.ReplicationControllerSpec.replicas', { default: 1, pointer: true }),
  minReadySeconds: int32(4, '@core.ReplicationControllerSpec.minReadySeconds', { default: 0 }),
  selector: map(2, 'string', '@core.ReplicationControllerSpec.selector', { atomic: true }),
  template: message(3, PodTemplateSpec, '@core.ReplicationControllerSpec.template'),
});
export type ReplicationControllerSpec = Infer<typeof ReplicationControllerSpec>;

export const ReplicationControllerCondition = struct(
  'io.k8s.api.core.v1.ReplicationControllerCondition',
  '@core.ReplicationControllerCondition',
  {
    type: str(1, '@core.ReplicationControllerCondition.type', { required: true }),
    status: str(2, '@core.ReplicationControllerCondition.status', { required: true }),
    lastTransitionTime: time(3, '@core.ReplicationControllerCondition.lastTransitionTime'),
    reason: str(4, '@core.ReplicationControllerCondition.reason'),
    message: str(5, '@core.ReplicationControllerCondition.message'),
  },
);
export type ReplicationControllerCondition = Infer<typeof ReplicationControllerCondition>;

export const ReplicationControllerStatus = struct('io.k8s.api.core.v1.ReplicationControllerStatus', '@core.ReplicationControllerStatus', {
  replicas: int32(1, '@core.ReplicationControllerStatus.replicas', { required: true, default: 0 }),
  fullyLabeledReplicas: int32(2, '@core.ReplicationControllerStatus.fullyLabeledReplicas'),
  readyReplicas: int32(4, '@core.ReplicationControllerStatus.readyReplicas'),
  availableReplicas: int32(5, '@core.ReplicationControllerStatus.availableReplicas'),
  observedGeneration: int64(3, '@core.ReplicationControllerStatus.observedGeneration'),
  conditions: listMap(6, ReplicationControllerCondition, ['type'], '@core.ReplicationControllerStatus.conditions'),
});
export type ReplicationControllerStatus = Infer<typeof ReplicationControllerStatus>;

export const ReplicationController = struct('io.k8s.api.core.v1.ReplicationController', '@core.ReplicationController', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, '@core.ReplicationController.metadata'),
  spec: message(2, ReplicationControllerSpec, '@core.ReplicationController.spec'),
  status: message(3, ReplicationControllerStatus, '@core.ReplicationController.status'),
});
export type ReplicationController = ObjectOf<typeof ReplicationController, 'spec'>;
