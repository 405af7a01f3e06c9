/**
 * What was observed of a pod: by its node, and for scheduling by the control plane.
 */

import { type Infer, int64, list, listMap, map, message, set, str, struct, time } from '../dsl/field.ts';
import { ContainerStatus } from './container-status.ts';
import { ResourceRequirements } from './resources.ts';

export const PodCondition = struct('io.k8s.api.core.v1.PodCondition', 'One observed aspect of a pod.', {
  type: str(1, 'PodScheduled, Initialized, ContainersReady, Ready or another.', { required: true }),
  observedGeneration: int64(7, 'Generation of the object that was seen.'),
  status: str(2, 'True, False or Unknown.', { required: true }),
  lastProbeTime: time(3, 'When it was last checked.'),
  lastTransitionTime: time(4, 'When the status last changed.'),
  reason: str(5, 'One word for programs, in CamelCase.'),
  message: str(6, 'Text for people.'),
});
export type PodCondition = Infer<typeof PodCondition>;

export const HostIP = struct('io.k8s.api.core.v1.HostIP', "An address of the pod's node.", {
  ip: str(1, 'IP address.', { required: true, default: '' }),
});
export type HostIP = Infer<typeof HostIP>;

export const PodIP = struct('io.k8s.api.core.v1.PodIP', 'An address of the pod.', {
  ip: str(1, 'IP address.', { required: true, default: '' }),
});
export type PodIP = Infer<typeof PodIP>;

export const PodResourceClaimStatus = struct('io.k8s.api.core.v1.PodResourceClaimStatus', "The claim made for a pod's entry.", {
  name: str(1, 'Name of the entry in resourceClaims.', { required: true, default: '' }),
  resourceClaimName: str(2, 'The claim made; absent when none is needed.', { pointer: true }),
});
export type PodResourceClaimStatus = Infer<typeof PodResourceClaimStatus>;

export const ContainerExtendedResourceRequest = struct(
  'io.k8s.api.core.v1.ContainerExtendedResourceRequest',
  "Which request of a claim serves a container's resource.",
  {
    containerName: str(1, 'The container.', { required: true, default: '' }),
    resourceName: str(2, 'The resource.', { required: true, default: '' }),
    requestName: str(3, 'The request in the claim.', { required: true, default: '' }),
  },
);
export type ContainerExtendedResourceRequest = Infer<typeof ContainerExtendedResourceRequest>;

export const PodExtendedResourceClaimStatus = struct(
  'io.k8s.api.core.v1.PodExtendedResourceClaimStatus',
  "The claim behind a pod's extended resources.",
  {
    requestMappings: list(1, ContainerExtendedResourceRequest, 'Which request serves which container.', {
      required: true,
      default: [],
    }),
    resourceClaimName: str(2, 'The claim.', { required: true, default: '' }),
  },
);
export type PodExtendedResourceClaimStatus = Infer<typeof PodExtendedResourceClaimStatus>;

export const NodeAllocatableResourceClaimStatus = struct(
  'io.k8s.api.core.v1.NodeAllocatableResourceClaimStatus',
  'Node resources given through a claim.',
  {
    resourceClaimName: str(1, 'The claim.', { required: true, default: '' }),
    containers: set(2, 'string', 'Containers that use it.'),
    resources: map(3, 'quantity', 'What was given.', { required: true, default: {} }),
  },
);
export type NodeAllocatableResourceClaimStatus = Infer<typeof NodeAllocatableResourceClaimStatus>;

export const PodStatus = struct('io.k8s.api.core.v1.PodStatus', 'What was observed of a pod.', {
  observedGeneration: int64(17, 'Generation of the object that was seen.'),
  phase: str(1, 'Pending, Running, Succeeded, Failed or Unknown.'),
  conditions: listMap(2, PodCondition, ['type'], 'Latest observations, one for each type.'),
  message: str(3, 'Text for people.'),
  reason: str(4, 'One word for programs, in CamelCase.'),
  nominatedNodeName: str(11, 'Node on which others are being pushed out for it.'),
  hostIP: str(5, 'Address of its node.'),
  hostIPs: listMap(16, HostIP, ['ip'], 'Addresses of its node.', { ssa: false }),
  podIP: str(6, 'Address of the pod.'),
  podIPs: listMap(12, PodIP, ['ip'], 'Addresses of the pod; the first is podIP.'),
  startTime: time(7, 'When its node took it on.'),
  initContainerStatuses: list(10, ContainerStatus, 'Its init containers.'),
  containerStatuses: list(8, ContainerStatus, 'Its containers.'),
  qosClass: str(9, 'Guaranteed, Burstable or BestEffort.'),
  ephemeralContainerStatuses: list(13, ContainerStatus, 'Its ephemeral containers.'),
  resize: str(14, 'State of a resize of its resources.'),
  resourceClaimStatuses: listMap(15, PodResourceClaimStatus, ['name'], 'Claims made for it.', { retainKeys: true }),
  extendedResourceClaimStatus: message(18, PodExtendedResourceClaimStatus, 'Claim behind its extended resources.'),
  allocatedResources: map(19, 'quantity', 'Requests the node has set aside for it.'),
  resources: message(20, ResourceRequirements, 'Requests and limits in force.'),
  nodeAllocatableResourceClaimStatuses: list(21, NodeAllocatableResourceClaimStatus, 'Node resources given through claims.'),
});
export type PodStatus = Infer<typeof PodStatus>;
