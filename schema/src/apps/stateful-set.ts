/**
 * StatefulSet: pods with a lasting name, and a claim of their own for each.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/
 */
import { PersistentVolumeClaim } from '../core/persistent-volume-claim.ts';
import { defaultPodSpec } from '../core/pod-defaults.ts';
import { PodTemplateSpec } from '../core/pod-template.ts';
import { templateWarnings } from '../core/pod-warnings.ts';
import { type Infer, int32, int64, intOrString, list, listMap, message, str, struct, time } from '../dsl/field.ts';
import { ageColumn, nameColumn, templateColumns, text } from '../meta/columns.ts';
import { keepStatus, soleVersion } from '../meta/definition.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { validateStatefulSet } from './stateful-set-validation.ts';
import { scaleOf } from './workload.ts';

export const RollingUpdateStatefulSetStrategy = struct(
  'io.k8s.api.apps.v1.RollingUpdateStatefulSetStrategy',
  'How far a rolling update goes, and how fast.',
  {
    partition: int32(1, 'Only pods with this ordinal or a higher one are updated; 0 by default.', { pointer: true }),
    maxUnavailable: intOrString(2, 'Most pods, by count or percentage, that may be missing during the update.', { pointer: true }),
  },
);
export type RollingUpdateStatefulSetStrategy = Infer<typeof RollingUpdateStatefulSetStrategy>;

export const StatefulSetUpdateStrategy = struct('io.k8s.api.apps.v1.StatefulSetUpdateStrategy', 'How pods get a new template.', {
  type: str(1, 'RollingUpdate replaces them one by one; OnDelete waits until somebody deletes them.'),
  rollingUpdate: message(2, RollingUpdateStatefulSetStrategy, 'Limits of a rolling update.'),
});
export type StatefulSetUpdateStrategy = Infer<typeof StatefulSetUpdateStrategy>;

const retention = { enum: ['Delete', 'Retain'] } as const;
export const StatefulSetPersistentVolumeClaimRetentionPolicy = struct(
  'io.k8s.api.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy',
  'What becomes of the claims.',
  {
    whenDeleted: str(1, 'When the set is deleted: Retain or Delete.', retention),
    whenScaled: str(2, 'When a pod is scaled away: Retain or Delete.', retention),
  },
);
export type StatefulSetPersistentVolumeClaimRetentionPolicy = Infer<typeof StatefulSetPersistentVolumeClaimRetentionPolicy>;

export const StatefulSetOrdinals = struct('io.k8s.api.apps.v1.StatefulSetOrdinals', 'How pods are numbered.', {
  start: int32(1, 'Number of the first pod.', { required: true, default: 0 }),
});
export type StatefulSetOrdinals = Infer<typeof StatefulSetOrdinals>;

export const StatefulSetSpec = struct('io.k8s.api.apps.v1.StatefulSetSpec', 'The pods and claims wanted.', {
  replicas: int32(1, 'Number of pods wanted; 1 by default.', { pointer: true }),
  selector: message(2, LabelSelector, "Which pods belong to it; must match the template's labels and cannot change.", {
    required: true,
    pointer: true,
  }),
  template: message(3, PodTemplateSpec, 'The pod to make.', { required: true, default: {} }),
  volumeClaimTemplates: list(4, PersistentVolumeClaim, 'Claims that each pod gets for itself; their names are names of volumes.'),
  serviceName: str(5, 'Headless service that gives the pods their names in DNS.', { default: '', pointer: true }),
  podManagementPolicy: str(6, 'OrderedReady goes one by one; Parallel makes and ends pods at once.'),
  updateStrategy: message(7, StatefulSetUpdateStrategy, 'How pods get a new template.'),
  revisionHistoryLimit: int32(8, 'How many old revisions to keep for a rollback; 10 by default.', { pointer: true }),
  minReadySeconds: int32(9, 'Seconds a new pod must be ready without a crash before it counts as available.'),
  persistentVolumeClaimRetentionPolicy: message(
    10,
    StatefulSetPersistentVolumeClaimRetentionPolicy,
    'What becomes of the claims; they are kept by default.',
  ),
  ordinals: message(11, StatefulSetOrdinals, 'How pods are numbered; from 0 by default.'),
});
export type StatefulSetSpec = Infer<typeof StatefulSetSpec>;

export const StatefulSetCondition = struct('io.k8s.api.apps.v1.StatefulSetCondition', 'One observed aspect of a stateful set.', {
  type: str(1, 'What was observed.', { required: true }),
  status: str(2, 'True, False or Unknown.', { required: true }),
  lastTransitionTime: time(3, 'When the status last changed.'),
  reason: str(4, 'One word for programs, in CamelCase.'),
  message: str(5, 'Text for people.'),
});
export type StatefulSetCondition = Infer<typeof StatefulSetCondition>;

export const StatefulSetStatus = struct('io.k8s.api.apps.v1.StatefulSetStatus', 'What was observed of a stateful set.', {
  observedGeneration: int64(1, 'Generation of the object that was seen.'),
  replicas: int32(2, 'Pods there are.', { required: true, default: 0 }),
  readyReplicas: int32(3, 'Pods that are ready.'),
  currentReplicas: int32(4, 'Pods of currentRevision.'),
  updatedReplicas: int32(5, 'Pods of updateRevision.'),
  currentRevision: str(6, 'Revision that pods not yet updated have.'),
  updateRevision: str(7, 'Revision that updated pods have.'),
  collisionCount: int32(9, "Times a revision's name was already taken; part of the next name's hash.", { pointer: true }),
  conditions: listMap(10, StatefulSetCondition, ['type'], 'Latest observations, one for each type.'),
  availableReplicas: int32(11, 'Pods ready for at least minReadySeconds.', { pointer: true, default: 0 }),
});
export type StatefulSetStatus = Infer<typeof StatefulSetStatus>;

export const StatefulSet = struct('io.k8s.api.apps.v1.StatefulSet', 'Pods with a lasting name and storage of their own.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, StatefulSetSpec, 'The desired state.', { default: {} }),
  status: message(3, StatefulSetStatus, 'The observed state; written by the cluster.'),
});
export type StatefulSet = ObjectOf<typeof StatefulSet, 'spec'>;

const defaultStatefulSet = ({ spec }: StatefulSet): void => {
  spec.replicas ??= 1;
  spec.podManagementPolicy ??= 'OrderedReady';
  spec.updateStrategy ??= {};
  spec.updateStrategy.type ??= 'RollingUpdate';
  if (spec.updateStrategy.type === 'RollingUpdate') {
    spec.updateStrategy.rollingUpdate ??= {};
    spec.updateStrategy.rollingUpdate.partition ??= 0;
  }
  spec.persistentVolumeClaimRetentionPolicy ??= {};
  spec.persistentVolumeClaimRetentionPolicy.whenDeleted ??= 'Retain';
  spec.persistentVolumeClaimRetentionPolicy.whenScaled ??= 'Retain';
  spec.revisionHistoryLimit ??= 10;
  if (spec.template?.spec) defaultPodSpec(spec.template.spec);
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion = 'v1';
    claim.kind = 'PersistentVolumeClaim';
    claim.spec ??= {};
    claim.spec.volumeMode ??= 'Filesystem';
    claim.status ??= {};
    claim.status.phase ??= 'Pending';
  }
};

export const statefulSets = defineResource<StatefulSet>({
  group: 'apps',
  resource: 'statefulsets',
  kind: 'StatefulSet',
  namespaced: true,
  shortNames: ['sts'],
  categories: ['all'],
  versions: soleVersion('v1', StatefulSet),
  hasStatus: true,
  scale: scaleOf<StatefulSet>(),
  defaults: defaultStatefulSet,
  validate: validateStatefulSet,
  warnings: (object, old) => templateWarnings(object, old, object.spec.template),
  prepareCreate: (set) => {
    set.status = { replicas: 0, availableReplicas: 0 };
  },
  prepareUpdate: keepStatus,
  columns: [
    nameColumn,
    text('Ready', 'Ready pods of wanted pods.', ({ spec, status }: StatefulSet) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`),
    ageColumn,
    ...templateColumns,
  ],
});
