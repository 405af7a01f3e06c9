/**
 * Pod: one or more containers that share a network namespace and volumes on one node.
 */

import { message, struct } from '../dsl/field.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { PodSpec } from './pod-spec.ts';
import { PodStatus } from './pod-status.ts';

export const Pod = struct('io.k8s.api.core.v1.Pod', '@core.Pod', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, '@core.Pod.metadata'),
  spec: message(2, PodSpec, '@core.Pod.spec'),
  status: message(3, PodStatus, '@core.Pod.status'),
});
export type Pod = ObjectOf<typeof Pod, 'spec'>;

export { Affinity, NodeAffinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodAffinity, PodAffinityTerm, PodAntiAffinity } from './affinity.ts';
export { Container, ContainerPort, VolumeMount } from './container.ts';
export { ContainerState, ContainerStateRunning, ContainerStateTerminated, ContainerStateWaiting, ContainerStatus } from './container-status.ts';
export { EnvFromSource, EnvVar, EnvVarSource } from './env.ts';
export { EphemeralContainer } from './ephemeral-container.ts';
export { Taint, Toleration, TopologySpreadConstraint } from './placement.ts';
export { PodSpec } from './pod-spec.ts';
export { PodCondition, PodStatus } from './pod-status.ts';
export { PodTemplateSpec } from './pod-template.ts';
export { HTTPGetAction, Lifecycle, LifecycleHandler, Probe } from './probe.ts';
export { ResourceRequirements } from './resources.ts';
export { PodSecurityContext, SecurityContext } from './security-context.ts';
export { Volume } from './volume.ts';
