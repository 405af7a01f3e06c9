/**
 * Pod: one or more containers that share a network namespace and volumes on one node.
 */

import { message, struct } from '../dsl/field.ts';
import { keepStatus, soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { Eviction } from '../policy/eviction.ts';
import { defineResource } from '../resource.ts';
import { Binding } from './binding.ts';
import { podColumns } from './pod-columns.ts';
import { defaultPod } from './pod-defaults.ts';
import { newFailoverCondition, validateFailover } from './pod-failover.ts';
import { validatePodResize } from './pod-resize-validation.ts';
import { PodSpec } from './pod-spec.ts';
import { PodStatus } from './pod-status.ts';
import { validatePod, validatePodUpdate } from './pod-validation.ts';
import { podWarnings } from './pod-warnings.ts';
import { qosClassOf } from './qos.ts';

export const Pod = struct('io.k8s.api.core.v1.Pod', 'Containers that share a network and volumes on one node.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, PodSpec, 'The desired state.', { default: {} }),
  status: message(3, PodStatus, 'The observed state; written by the cluster.'),
});
export type Pod = ObjectOf<typeof Pod, 'spec'>;

export {
  Affinity,
  NodeAffinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
  PodAntiAffinity,
} from './affinity.ts';
export { Container, ContainerPort, VolumeMount } from './container.ts';
export {
  ContainerState,
  ContainerStateRunning,
  ContainerStateTerminated,
  ContainerStateWaiting,
  ContainerStatus,
} from './container-status.ts';
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

const finished = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
const streamVerbs = ['create', 'get'];

export const pods = defineResource<Pod>({
  group: '',
  resource: 'pods',
  kind: 'Pod',
  namespaced: true,
  returnsDeleted: true,
  shortNames: ['po'],
  categories: ['all'],
  versions: soleVersion('v1', Pod),
  hasStatus: true,
  subresources: [
    { name: 'binding', kind: 'Binding', verbs: ['create'], schema: Binding },
    { name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'], schema: Eviction },
    { name: 'ephemeralcontainers', kind: 'Pod', verbs: ['get', 'patch', 'update'], schema: Pod },
    { name: 'resize', kind: 'Pod', verbs: ['get', 'patch', 'update'], schema: Pod },
    { name: 'log', kind: 'Pod', verbs: ['get'] },
    { name: 'exec', kind: 'PodExecOptions', verbs: streamVerbs },
    { name: 'attach', kind: 'PodAttachOptions', verbs: streamVerbs },
    { name: 'portforward', kind: 'PodPortForwardOptions', verbs: streamVerbs },
    { name: 'proxy', kind: 'PodProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
  ],
  defaults: defaultPod,
  validate: (pod, old, subresource) => {
    if (!old) return [...validatePod(pod), ...validateFailover(pod)];
    return subresource === 'resize' ? validatePodResize(pod, old) : validatePodUpdate(pod, old);
  },
  warnings: podWarnings,
  prepareCreate: (pod) => {
    pod.status = { phase: 'Pending', qosClass: qosClassOf(pod.spec) };
    if (pod.spec.schedulingGates?.length)
      pod.status.conditions = [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'SchedulingGated',
          message: 'Scheduling is blocked due to non-empty scheduling gates',
        },
      ];
    const failover = newFailoverCondition(pod);
    if (failover) pod.status.conditions = [...(pod.status.conditions ?? []), failover];
  },
  prepareUpdate: (pod, old) => {
    keepStatus(pod, old);
    // these change only through /ephemeralcontainers
    if (old.spec.ephemeralContainers) pod.spec.ephemeralContainers = old.spec.ephemeralContainers;
    else delete pod.spec.ephemeralContainers;
  },
  // a pod nobody runs, or that has ended, has nothing to wait for
  gracePeriodSeconds: (pod) => (pod.spec.nodeName && !finished(pod) ? (pod.spec.terminationGracePeriodSeconds ?? 30) : 0),
  selectableFields: {
    'spec.nodeName': (pod) => pod.spec.nodeName ?? '',
    'spec.restartPolicy': (pod) => pod.spec.restartPolicy ?? '',
    'spec.schedulerName': (pod) => pod.spec.schedulerName ?? '',
    'spec.serviceAccountName': (pod) => pod.spec.serviceAccountName ?? '',
    'spec.hostNetwork': (pod) => String(pod.spec.hostNetwork ?? false),
    'status.phase': (pod) => pod.status?.phase ?? '',
    // a label that is known and never set
    'status.podIPs': () => '',
    'status.podIP': (pod) => pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP ?? '',
    'status.nominatedNodeName': (pod) => pod.status?.nominatedNodeName ?? '',
  },
  columns: podColumns,
});
