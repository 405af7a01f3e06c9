/**
 * Deployment: rolls pods from one template to the next.
 */

import { defaultPodSpec } from '../core/pod-defaults.ts';
import { PodTemplateSpec } from '../core/pod-template.ts';
import { templateWarnings } from '../core/pod-warnings.ts';
import { bool, type Infer, int32, int64, intOrString, listMap, message, str, struct, time } from '../dsl/field.ts';
import { ageColumn, formatSelector, integer, nameColumn, templateColumns, text, wideText } from '../meta/columns.ts';
import { keepStatus, soleVersion } from '../meta/definition.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { validateDeployment } from './deployment-validation.ts';
import { scaleOf } from './workload.ts';

export const RollingUpdateDeployment = struct(
  'io.k8s.api.apps.v1.RollingUpdateDeployment',
  'How far a rolling update may go below and above the wanted count.',
  {
    maxUnavailable: intOrString(1, 'Most pods, by count or percentage, that may be missing during the update.', { pointer: true }),
    maxSurge: intOrString(2, 'Most pods, by count or percentage, that may exist beyond the wanted count.', { pointer: true }),
  },
);
export type RollingUpdateDeployment = Infer<typeof RollingUpdateDeployment>;

export const DeploymentStrategy = struct('io.k8s.api.apps.v1.DeploymentStrategy', 'How old pods are replaced by new ones.', {
  type: str(1, 'Recreate ends all old pods first; RollingUpdate goes step by step.', { enum: ['Recreate', 'RollingUpdate'] }),
  rollingUpdate: message(2, RollingUpdateDeployment, 'Limits of a rolling update.'),
});
export type DeploymentStrategy = Infer<typeof DeploymentStrategy>;

export const DeploymentSpec = struct('io.k8s.api.apps.v1.DeploymentSpec', 'The pods wanted and how to get from one template to the next.', {
  replicas: int32(1, 'Number of pods wanted; 1 by default.', { pointer: true }),
  selector: message(2, LabelSelector, "Which pods belong to it; must match the template's labels and cannot change.", {
    required: true,
    pointer: true,
  }),
  template: message(3, PodTemplateSpec, 'The pod to make.', { required: true, default: {} }),
  strategy: message(4, DeploymentStrategy, 'How to replace pods when the template changes.', { retainKeys: true }),
  minReadySeconds: int32(5, 'Seconds a new pod must be ready without a crash before it counts as available.'),
  revisionHistoryLimit: int32(6, 'How many old replica sets to keep for a rollback; 10 by default.', { pointer: true }),
  paused: bool(7, 'True stops rollouts until it is false again.'),
  progressDeadlineSeconds: int32(9, 'Seconds without progress after which a rollout counts as failed; 600 by default.', { pointer: true }),
});
export type DeploymentSpec = Infer<typeof DeploymentSpec>;

export const DeploymentCondition = struct('io.k8s.api.apps.v1.DeploymentCondition', 'One observed aspect of a deployment.', {
  type: str(1, 'Available, Progressing or ReplicaFailure.', { required: true }),
  status: str(2, 'True, False or Unknown.', { required: true }),
  lastUpdateTime: time(6, 'When the condition was last written.'),
  lastTransitionTime: time(7, 'When the status last changed.'),
  reason: str(4, 'One word for programs, in CamelCase.'),
  message: str(5, 'Text for people.'),
});
export type DeploymentCondition = Infer<typeof DeploymentCondition>;

export const DeploymentStatus = struct('io.k8s.api.apps.v1.DeploymentStatus', 'What was observed of a deployment.', {
  observedGeneration: int64(1, 'Generation of the object that was seen.'),
  replicas: int32(2, 'Pods that match the selector and are not ending.'),
  updatedReplicas: int32(3, 'Pods of the current template.'),
  readyReplicas: int32(7, 'Pods that are ready.'),
  availableReplicas: int32(4, 'Pods ready for at least minReadySeconds.'),
  unavailableReplicas: int32(5, 'Pods still missing for full availability.'),
  terminatingReplicas: int32(9, 'Pods that are ending.', { pointer: true }),
  conditions: listMap(6, DeploymentCondition, ['type'], 'Latest observations, one for each type.'),
  collisionCount: int32(8, "Times a replica set name was already taken; part of the next name's hash.", { pointer: true }),
});
export type DeploymentStatus = Infer<typeof DeploymentStatus>;

export const Deployment = struct('io.k8s.api.apps.v1.Deployment', 'Rolls pods from one template to the next.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, DeploymentSpec, 'The desired state.', { default: {} }),
  status: message(3, DeploymentStatus, 'The observed state; written by the cluster.'),
});
export type Deployment = ObjectOf<typeof Deployment, 'spec'>;

export const deployments = defineResource<Deployment>({
  group: 'apps',
  resource: 'deployments',
  kind: 'Deployment',
  namespaced: true,
  shortNames: ['deploy'],
  categories: ['all'],
  versions: soleVersion('v1', Deployment),
  hasStatus: true,
  scale: scaleOf<Deployment>(),
  defaults: ({ spec }) => {
    spec.replicas ??= 1;
    spec.strategy ??= {};
    spec.strategy.type ??= 'RollingUpdate';
    if (spec.strategy.type === 'RollingUpdate') {
      spec.strategy.rollingUpdate ??= {};
      spec.strategy.rollingUpdate.maxUnavailable ??= '25%';
      spec.strategy.rollingUpdate.maxSurge ??= '25%';
    }
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    if (spec.template?.spec) defaultPodSpec(spec.template.spec);
  },
  validate: validateDeployment,
  warnings: (object, old) => templateWarnings(object, old, object.spec.template),
  prepareCreate: (deployment) => {
    deployment.status = {};
  },
  prepareUpdate: keepStatus,
  columns: [
    nameColumn,
    text('Ready', 'Ready pods of wanted pods.', ({ spec, status }: Deployment) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`),
    integer('Up-to-date', 'Pods of the current template.', (deployment: Deployment) => deployment.status?.updatedReplicas ?? 0),
    integer('Available', 'Pods ready for long enough.', (deployment: Deployment) => deployment.status?.availableReplicas ?? 0),
    ageColumn,
    ...templateColumns,
    wideText('Selector', 'Labels of its pods.', (deployment: Deployment) => formatSelector(deployment.spec.selector)),
  ],
});
