/**
 * ReplicaSet: keeps N pods of one template running.
 */

import { defaultPodSpec } from '../core/pod-defaults.ts';
import { PodTemplateSpec } from '../core/pod-template.ts';
import { type Infer, int32, int64, listMap, message, str, struct, time } from '../dsl/field.ts';
import { ageColumn, formatSelector, integer, nameColumn, templateColumns, wideText } from '../meta/columns.ts';
import { keepStatus, soleVersion } from '../meta/definition.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { scaleOf, validateWorkload } from './workload.ts';

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
  spec: message(2, ReplicaSetSpec, '@apps.ReplicaSet.spec', { default: {} }),
  status: message(3, ReplicaSetStatus, '@apps.ReplicaSet.status'),
});
export type ReplicaSet = ObjectOf<typeof ReplicaSet, 'spec'>;

export const replicaSets = defineResource<ReplicaSet>({
  group: 'apps',
  resource: 'replicasets',
  kind: 'ReplicaSet',
  namespaced: true,
  shortNames: ['rs'],
  categories: ['all'],
  versions: soleVersion('v1', ReplicaSet),
  hasStatus: true,
  scale: scaleOf<ReplicaSet>(),
  defaults: (rs) => {
    rs.spec.replicas ??= 1;
    if (rs.spec.template?.spec) defaultPodSpec(rs.spec.template.spec);
  },
  validate: (rs, old) => validateWorkload(rs, old, 'ReplicaSet'),
  prepareCreate: (rs) => {
    rs.status = { replicas: 0 };
  },
  prepareUpdate: keepStatus,
  selectableFields: { 'status.replicas': (rs) => String(rs.status?.replicas ?? 0) },
  columns: [
    nameColumn,
    integer('Desired', 'Pods wanted.', (rs: ReplicaSet) => rs.spec.replicas ?? 0),
    integer('Current', 'Pods there are.', (rs: ReplicaSet) => rs.status?.replicas ?? 0),
    integer('Ready', 'Pods that are ready.', (rs: ReplicaSet) => rs.status?.readyReplicas ?? 0),
    ageColumn,
    ...templateColumns,
    wideText('Selector', 'Labels of its pods.', (rs: ReplicaSet) => formatSelector(rs.spec.selector)),
  ],
});
