/**
 * DaemonSet: one pod on every node that fits.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/
 */
import { defaultPodSpec } from '../core/pod-defaults.ts';
import { PodTemplateSpec } from '../core/pod-template.ts';
import { templateWarnings } from '../core/pod-warnings.ts';
import { type Infer, int32, int64, intOrString, listMap, message, str, struct, time } from '../dsl/field.ts';
import { ageColumn, formatLabels, formatSelector, integer, nameColumn, templateColumns, text, wideText } from '../meta/columns.ts';
import { keepStatus, soleVersion } from '../meta/definition.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { validateDaemonSet } from './daemon-set-validation.ts';

export const RollingUpdateDaemonSet = struct('io.k8s.api.apps.v1.RollingUpdateDaemonSet', 'How fast a rolling update may go.', {
  maxUnavailable: intOrString(1, 'Most nodes, by count or percentage, that may be without a pod during the update; 1 by default.', {
    pointer: true,
  }),
  maxSurge: intOrString(2, 'Most nodes, by count or percentage, that may have two during the update; 0 by default.', { pointer: true }),
});
export type RollingUpdateDaemonSet = Infer<typeof RollingUpdateDaemonSet>;

export const DaemonSetUpdateStrategy = struct('io.k8s.api.apps.v1.DaemonSetUpdateStrategy', 'How pods get a new template.', {
  type: str(1, 'RollingUpdate replaces them step by step; OnDelete waits until somebody deletes them.'),
  rollingUpdate: message(2, RollingUpdateDaemonSet, 'Limits of a rolling update.'),
});
export type DaemonSetUpdateStrategy = Infer<typeof DaemonSetUpdateStrategy>;

export const DaemonSetSpec = struct('io.k8s.api.apps.v1.DaemonSetSpec', 'The pod wanted on every node.', {
  selector: message(1, LabelSelector, "Which pods belong to it; must match the template's labels and cannot change.", {
    required: true,
    pointer: true,
  }),
  template: message(2, PodTemplateSpec, 'The pod to make.', { required: true, default: {} }),
  updateStrategy: message(3, DaemonSetUpdateStrategy, 'How pods get a new template.'),
  minReadySeconds: int32(4, 'Seconds a new pod must be ready without a crash before it counts as available.'),
  revisionHistoryLimit: int32(6, 'How many old revisions to keep for a rollback; 10 by default.', { pointer: true }),
});
export type DaemonSetSpec = Infer<typeof DaemonSetSpec>;

export const DaemonSetCondition = struct('io.k8s.api.apps.v1.DaemonSetCondition', 'One observed aspect of a daemon set.', {
  type: str(1, 'What was observed.', { required: true }),
  status: str(2, 'True, False or Unknown.', { required: true }),
  lastTransitionTime: time(3, 'When the status last changed.'),
  reason: str(4, 'One word for programs, in CamelCase.'),
  message: str(5, 'Text for people.'),
});
export type DaemonSetCondition = Infer<typeof DaemonSetCondition>;

const count = { required: true, default: 0 } as const;
export const DaemonSetStatus = struct('io.k8s.api.apps.v1.DaemonSetStatus', 'What was observed of a daemon set.', {
  currentNumberScheduled: int32(1, 'Nodes that should have a pod and have one.', count),
  numberMisscheduled: int32(2, 'Nodes that have a pod and should not.', count),
  desiredNumberScheduled: int32(3, 'Nodes that should have a pod.', count),
  numberReady: int32(4, 'Nodes that should have a pod and have a ready one.', count),
  observedGeneration: int64(5, 'Generation of the object that was seen.'),
  updatedNumberScheduled: int32(6, 'Nodes with a pod of the current template.'),
  numberAvailable: int32(7, 'Nodes whose pod has been ready for at least minReadySeconds.'),
  numberUnavailable: int32(8, 'Nodes that should have such a pod and do not.'),
  collisionCount: int32(9, "Times a revision's name was already taken; part of the next name's hash.", { pointer: true }),
  conditions: listMap(10, DaemonSetCondition, ['type'], 'Latest observations, one for each type.'),
});
export type DaemonSetStatus = Infer<typeof DaemonSetStatus>;

export const DaemonSet = struct('io.k8s.api.apps.v1.DaemonSet', 'One pod on every node that fits.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, DaemonSetSpec, 'The desired state.', { default: {} }),
  status: message(3, DaemonSetStatus, 'The observed state; written by the cluster.'),
});
export type DaemonSet = ObjectOf<typeof DaemonSet, 'spec'>;

const counted = (name: string, description: string, field: keyof DaemonSetStatus) =>
  integer(name, description, (set: DaemonSet) => Number(set.status?.[field] ?? 0));

export const daemonSets = defineResource<DaemonSet>({
  group: 'apps',
  resource: 'daemonsets',
  kind: 'DaemonSet',
  namespaced: true,
  shortNames: ['ds'],
  categories: ['all'],
  versions: soleVersion('v1', DaemonSet),
  hasStatus: true,
  defaults: ({ spec }) => {
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ??= 'RollingUpdate';
    if (spec.updateStrategy.type === 'RollingUpdate') {
      spec.updateStrategy.rollingUpdate ??= {};
      spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
      spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
    }
    spec.revisionHistoryLimit ??= 10;
    if (spec.template?.spec) defaultPodSpec(spec.template.spec);
  },
  validate: validateDaemonSet,
  warnings: (object, old) => templateWarnings(object, old, object.spec.template),
  prepareCreate: (set) => {
    set.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
  },
  prepareUpdate: keepStatus,
  columns: [
    nameColumn,
    counted('Desired', 'Nodes that should have a pod.', 'desiredNumberScheduled'),
    counted('Current', 'Nodes that should have a pod and have one.', 'currentNumberScheduled'),
    counted('Ready', 'Nodes that have a ready one.', 'numberReady'),
    counted('Up-to-date', 'Nodes with a pod of the current template.', 'updatedNumberScheduled'),
    counted('Available', 'Nodes whose pod has been ready for long enough.', 'numberAvailable'),
    text('Node Selector', 'Labels of the nodes.', (set: DaemonSet) => formatLabels(set.spec.template?.spec?.nodeSelector)),
    ageColumn,
    ...templateColumns,
    wideText('Selector', 'Labels of its pods.', (set: DaemonSet) => formatSelector(set.spec.selector)),
  ],
});
