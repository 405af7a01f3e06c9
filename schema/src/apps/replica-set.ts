/**
 * ReplicaSet: keeps N pods of one template running.
 */

import { defaultPodSpec } from '../core/pod-defaults.ts';
import { PodTemplateSpec } from '../core/pod-template.ts';
import { templateWarnings } from '../core/pod-warnings.ts';
import { type Infer, int32, int64, listMap, message, str, struct, time } from '../dsl/field.ts';
import { ageColumn, formatSelector, integer, nameColumn, templateColumns, wideText } from '../meta/columns.ts';
import { keepStatus, soleVersion } from '../meta/definition.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { scaleOf, validateWorkload } from './workload.ts';

export const ReplicaSetSpec = struct('io.k8s.api.apps.v1.ReplicaSetSpec', 'The pods wanted.', {
  replicas: int32(1, 'Number of pods wanted; 1 by default.', { pointer: true }),
  minReadySeconds: int32(4, 'Seconds a new pod must be ready without a crash before it counts as available.'),
  selector: message(2, LabelSelector, "Which pods belong to it; must match the template's labels and cannot change.", {
    required: true,
    pointer: true,
  }),
  template: message(3, PodTemplateSpec, 'The pod to make.'),
});
export type ReplicaSetSpec = Infer<typeof ReplicaSetSpec>;

export const ReplicaSetCondition = struct('io.k8s.api.apps.v1.ReplicaSetCondition', 'One observed aspect of a replica set.', {
  type: str(1, 'ReplicaFailure.', { required: true }),
  status: str(2, 'True, False or Unknown.', { required: true }),
  lastTransitionTime: time(3, 'When the status last changed.'),
  reason: str(4, 'One word for programs, in CamelCase.'),
  message: str(5, 'Text for people.'),
});
export type ReplicaSetCondition = Infer<typeof ReplicaSetCondition>;

export const ReplicaSetStatus = struct('io.k8s.api.apps.v1.ReplicaSetStatus', 'What was observed of a replica set.', {
  replicas: int32(1, 'Pods there are, ending ones left out.', { required: true, default: 0 }),
  fullyLabeledReplicas: int32(2, 'Pods with all labels of the template.'),
  readyReplicas: int32(4, 'Pods that are ready.'),
  availableReplicas: int32(5, 'Pods ready for at least minReadySeconds.'),
  terminatingReplicas: int32(7, 'Pods that are ending.', { pointer: true }),
  observedGeneration: int64(3, 'Generation of the object that was seen.'),
  conditions: listMap(6, ReplicaSetCondition, ['type'], 'Latest observations, one for each type.'),
});
export type ReplicaSetStatus = Infer<typeof ReplicaSetStatus>;

export const ReplicaSet = struct('io.k8s.api.apps.v1.ReplicaSet', 'Keeps a number of pods of one template running.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, ReplicaSetSpec, 'The desired state.', { default: {} }),
  status: message(3, ReplicaSetStatus, 'The observed state; written by the cluster.'),
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
  warnings: (object, old) => templateWarnings(object, old, object.spec.template),
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
