/**
 * Deployment: rolls pods from one template to the next.
 */

import { defaultPodSpec } from '../core/pod-defaults.ts';
import { PodTemplateSpec } from '../core/pod-template.ts';
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

export const RollingUpdateDeployment = struct('io.k8s.api.apps.v1.RollingUpdateDeployment', '@apps.RollingUpdateDeployment', {
  maxUnavailable: intOrString(1, '@apps.RollingUpdateDeployment.maxUnavailable', { pointer: true }),
  maxSurge: intOrString(2, '@apps.RollingUpdateDeployment.maxSurge', { pointer: true }),
});
export type RollingUpdateDeployment = Infer<typeof RollingUpdateDeployment>;

export const DeploymentStrategy = struct('io.k8s.api.apps.v1.DeploymentStrategy', '@apps.DeploymentStrategy', {
  type: str(1, '@apps.DeploymentStrategy.type', { enum: ['Recreate', 'RollingUpdate'] }),
  rollingUpdate: message(2, RollingUpdateDeployment, '@apps.DeploymentStrategy.rollingUpdate'),
});
export type DeploymentStrategy = Infer<typeof DeploymentStrategy>;

export const DeploymentSpec = struct('io.k8s.api.apps.v1.DeploymentSpec', '@apps.DeploymentSpec', {
  replicas: int32(1, '@apps.DeploymentSpec.replicas', { pointer: true }),
  selector: message(2, LabelSelector, '@apps.DeploymentSpec.selector', { required: true }),
  template: message(3, PodTemplateSpec, '@apps.DeploymentSpec.template', { required: true, default: {} }),
  strategy: message(4, DeploymentStrategy, '@apps.DeploymentSpec.strategy', { retainKeys: true }),
  minReadySeconds: int32(5, '@apps.DeploymentSpec.minReadySeconds'),
  revisionHistoryLimit: int32(6, '@apps.DeploymentSpec.revisionHistoryLimit', { pointer: true }),
  paused: bool(7, '@apps.DeploymentSpec.paused'),
  progressDeadlineSeconds: int32(9, '@apps.DeploymentSpec.progressDeadlineSeconds', { pointer: true }),
});
export type DeploymentSpec = Infer<typeof DeploymentSpec>;

export const DeploymentCondition = struct('io.k8s.api.apps.v1.DeploymentCondition', '@apps.DeploymentCondition', {
  type: str(1, '@apps.DeploymentCondition.type', { required: true }),
  status: str(2, '@apps.DeploymentCondition.status', { required: true }),
  lastUpdateTime: time(6, '@apps.DeploymentCondition.lastUpdateTime'),
  lastTransitionTime: time(7, '@apps.DeploymentCondition.lastTransitionTime'),
  reason: str(4, '@apps.DeploymentCondition.reason'),
  message: str(5, '@apps.DeploymentCondition.message'),
});
export type DeploymentCondition = Infer<typeof DeploymentCondition>;

export const DeploymentStatus = struct('io.k8s.api.apps.v1.DeploymentStatus', '@apps.DeploymentStatus', {
  observedGeneration: int64(1, '@apps.DeploymentStatus.observedGeneration'),
  replicas: int32(2, '@apps.DeploymentStatus.replicas'),
  updatedReplicas: int32(3, '@apps.DeploymentStatus.updatedReplicas'),
  readyReplicas: int32(7, '@apps.DeploymentStatus.readyReplicas'),
  availableReplicas: int32(4, '@apps.DeploymentStatus.availableReplicas'),
  unavailableReplicas: int32(5, '@apps.DeploymentStatus.unavailableReplicas'),
  terminatingReplicas: int32(9, '@apps.DeploymentStatus.terminatingReplicas', { pointer: true }),
  conditions: listMap(6, DeploymentCondition, ['type'], '@apps.DeploymentStatus.conditions'),
  collisionCount: int32(8, '@apps.DeploymentStatus.collisionCount', { pointer: true }),
});
export type DeploymentStatus = Infer<typeof DeploymentStatus>;

export const Deployment = struct('io.k8s.api.apps.v1.Deployment', '@apps.Deployment', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, '@apps.Deployment.metadata'),
  spec: message(2, DeploymentSpec, '@apps.Deployment.spec', { default: {} }),
  status: message(3, DeploymentStatus, '@apps.Deployment.status'),
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
