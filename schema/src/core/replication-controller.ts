/**
 * ReplicationController: the oldest way to keep N pods running.
 */

import { type Infer, int32, int64, listMap, map, message, str, struct, time } from '../dsl/field.ts';
import { ageColumn, formatLabels, integer, nameColumn, templateColumns, wideText } from '../meta/columns.ts';
import { keepStatus, soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { formatLabelSelector } from '../selectors/label.ts';
import { defaultPodSpec } from './pod-defaults.ts';
import { PodTemplateSpec } from './pod-template.ts';
import { templateWarnings } from './pod-warnings.ts';
import { validateReplicationController } from './replication-controller-validation.ts';

export const ReplicationControllerSpec = struct('io.k8s.api.core.v1.ReplicationControllerSpec', 'The pods wanted.', {
  replicas: int32(1, 'Number of pods wanted; 1 by default.', { default: 1, pointer: true }),
  minReadySeconds: int32(4, 'Seconds a new pod must be ready without a crash before it counts as available.', { default: 0 }),
  selector: map(2, 'string', "Labels of its pods; the template's labels by default.", { atomic: true }),
  template: message(3, PodTemplateSpec, 'The pod to make.'),
});
export type ReplicationControllerSpec = Infer<typeof ReplicationControllerSpec>;

export const ReplicationControllerCondition = struct(
  'io.k8s.api.core.v1.ReplicationControllerCondition',
  'One observed aspect of a replication controller.',
  {
    type: str(1, 'ReplicaFailure.', { required: true }),
    status: str(2, 'True, False or Unknown.', { required: true }),
    lastTransitionTime: time(3, 'When the status last changed.'),
    reason: str(4, 'One word for programs, in CamelCase.'),
    message: str(5, 'Text for people.'),
  },
);
export type ReplicationControllerCondition = Infer<typeof ReplicationControllerCondition>;

export const ReplicationControllerStatus = struct(
  'io.k8s.api.core.v1.ReplicationControllerStatus',
  'What was observed of a replication controller.',
  {
    replicas: int32(1, 'Pods there are.', { required: true, default: 0 }),
    fullyLabeledReplicas: int32(2, 'Pods with all labels of the template.'),
    readyReplicas: int32(4, 'Pods that are ready.'),
    availableReplicas: int32(5, 'Pods ready for at least minReadySeconds.'),
    observedGeneration: int64(3, 'Generation of the object that was seen.'),
    conditions: listMap(6, ReplicationControllerCondition, ['type'], 'Latest observations, one for each type.'),
  },
);
export type ReplicationControllerStatus = Infer<typeof ReplicationControllerStatus>;

export const ReplicationController = struct(
  'io.k8s.api.core.v1.ReplicationController',
  'Keeps a number of pods running; ReplicaSet is its successor.',
  {
    ...typeMeta,
    metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
    spec: message(2, ReplicationControllerSpec, 'The desired state.', { default: {} }),
    status: message(3, ReplicationControllerStatus, 'The observed state; written by the cluster.'),
  },
);
export type ReplicationController = ObjectOf<typeof ReplicationController, 'spec'>;

export const replicationControllers = defineResource<ReplicationController>({
  group: '',
  resource: 'replicationcontrollers',
  kind: 'ReplicationController',
  namespaced: true,
  shortNames: ['rc'],
  categories: ['all'],
  versions: soleVersion('v1', ReplicationController),
  hasStatus: true,
  orphansByDefault: {},
  scale: {
    replicas: (rc: ReplicationController) => rc.spec.replicas ?? 1,
    setReplicas: (rc: ReplicationController, replicas) => {
      rc.spec.replicas = replicas;
    },
    statusReplicas: (rc: ReplicationController) => rc.status?.replicas ?? 0,
    selector: (rc: ReplicationController) => formatLabelSelector({ matchLabels: rc.spec.selector ?? {} }),
  },
  defaults: (rc) => {
    rc.spec ??= {};
    rc.spec.replicas ??= 1;
    const labels = rc.spec.template?.metadata?.labels;
    if (labels) {
      if (Object.keys(rc.spec.selector ?? {}).length === 0) rc.spec.selector = { ...labels };
      if (Object.keys(rc.metadata.labels ?? {}).length === 0) rc.metadata.labels = { ...labels };
    }
    if (rc.spec.template?.spec) defaultPodSpec(rc.spec.template.spec);
  },
  validate: validateReplicationController,
  warnings: (object, old) => templateWarnings(object, old, object.spec.template),
  prepareCreate: (rc) => {
    rc.status = { replicas: 0 };
  },
  prepareUpdate: keepStatus,
  selectableFields: { 'status.replicas': (rc) => String(rc.status?.replicas ?? 0) },
  columns: [
    nameColumn,
    integer('Desired', 'Pods wanted.', (rc: ReplicationController) => rc.spec.replicas ?? 0),
    integer('Current', 'Pods there are.', (rc: ReplicationController) => rc.status?.replicas ?? 0),
    integer('Ready', 'Pods that are ready.', (rc: ReplicationController) => rc.status?.readyReplicas ?? 0),
    ageColumn,
    ...templateColumns,
    wideText('Selector', 'Labels of its pods.', (rc: ReplicationController) => formatLabels(rc.spec.selector)),
  ],
});
