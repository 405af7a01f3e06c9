/**
 * What was observed of a pod: by its node, and for scheduling by the control plane.
 */

import { type Infer, int64, list, listMap, map, message, set, str, struct, time } from '../dsl/field.ts';
import { ContainerStatus } from './container-status.ts';
import { ResourceRequirements } from './resources.ts';

export const PodCondition = struct('io.k8s.api.core.v1.PodCondition', '@core.PodCondition', {
  type: str(1, '@core.PodCondition.type', { required: true }),
  observedGeneration: int64(7, '@core.PodCondition.observedGeneration'),
  status: str(2, '@core.PodCondition.status', { required: true }),
  lastProbeTime: time(3, '@core.PodCondition.lastProbeTime'),
  lastTransitionTime: time(4, '@core.PodCondition.lastTransitionTime'),
  reason: str(5, '@core.PodCondition.reason'),
  message: str(6, '@core.PodCondition.message'),
});
export type PodCondition = Infer<typeof PodCondition>;

export const HostIP = struct('io.k8s.api.core.v1.HostIP', '@core.HostIP', {
  ip: str(1, '@core.HostIP.ip', { required: true, default: '' }),
});
export type HostIP = Infer<typeof HostIP>;

export const PodIP = struct('io.k8s.api.core.v1.PodIP', '@core.PodIP', {
  ip: str(1, '@core.PodIP.ip', { required: true, default: '' }),
});
export type PodIP = Infer<typeof PodIP>;

export const PodResourceClaimStatus = struct('io.k8s.api.core.v1.PodResourceClaimStatus', '@core.PodResourceClaimStatus', {
  name: str(1, '@core.PodResourceClaimStatus.name', { required: true, default: '' }),
  resourceClaimName: str(2, '@core.PodResourceClaimStatus.resourceClaimName', { pointer: true }),
});
export type PodResourceClaimStatus = Infer<typeof PodResourceClaimStatus>;

export const ContainerExtendedResourceRequest = struct(
  'io.k8s.api.core.v1.ContainerExtendedResourceRequest',
  '@core.ContainerExtendedResourceRequest',
  {
    containerName: str(1, '@core.ContainerExtendedResourceRequest.containerName', { required: true, default: '' }),
    resourceName: str(2, '@core.ContainerExtendedResourceRequest.resourceName', { required: true, default: '' }),
    requestName: str(3, '@core.ContainerExtendedResourceRequest.requestName', { required: true, default: '' }),
  },
);
export type ContainerExtendedResourceRequest = Infer<typeof ContainerExtendedResourceRequest>;

export const PodExtendedResourceClaimStatus = struct(
  'io.k8s.api.core.v1.PodExtendedResourceClaimStatus',
  '@core.PodExtendedResourceClaimStatus',
  {
    requestMappings: list(1, ContainerExtendedResourceRequest, '@core.PodExtendedResourceClaimStatus.requestMappings', {
      required: true,
      default: [],
    }),
    resourceClaimName: str(2, '@core.PodExtendedResourceClaimStatus.resourceClaimName', { required: true, default: '' }),
  },
);
export type PodExtendedResourceClaimStatus = Infer<typeof PodExtendedResourceClaimStatus>;

export const NodeAllocatableResourceClaimStatus = struct(
  'io.k8s.api.core.v1.NodeAllocatableResourceClaimStatus',
  '@core.NodeAllocatableResourceClaimStatus',
  {
    resourceClaimName: str(1, '@core.NodeAllocatableResourceClaimStatus.resourceClaimName', { required: true, default: '' }),
    containers: set(2, 'string', '@core.NodeAllocatableResourceClaimStatus.containers'),
    resources: map(3, 'quantity', '@core.NodeAllocatableResourceClaimStatus.resources', { required: true, default: {} }),
  },
);
export type NodeAllocatableResourceClaimStatus = Infer<typeof NodeAllocatableResourceClaimStatus>;

export const PodStatus = struct('io.k8s.api.core.v1.PodStatus', '@core.PodStatus', {
  observedGeneration: int64(17, '@core.PodStatus.observedGeneration'),
  phase: str(1, '@core.PodStatus.phase'),
  conditions: listMap(2, PodCondition, ['type'], '@core.PodStatus.conditions'),
  message: str(3, '@core.PodStatus.message'),
  reason: str(4, '@core.PodStatus.reason'),
  nominatedNodeName: str(11, '@core.PodStatus.nominatedNodeName'),
  hostIP: str(5, '@core.PodStatus.hostIP'),
  hostIPs: listMap(16, HostIP, ['ip'], '@core.PodStatus.hostIPs', { ssa: false }),
  podIP: str(6, '@core.PodStatus.podIP'),
  podIPs: listMap(12, PodIP, ['ip'], '@core.PodStatus.podIPs'),
  startTime: time(7, '@core.PodStatus.startTime'),
  initContainerStatuses: list(10, ContainerStatus, '@core.PodStatus.initContainerStatuses'),
  containerStatuses: list(8, ContainerStatus, '@core.PodStatus.containerStatuses'),
  qosClass: str(9, '@core.PodStatus.qosClass'),
  ephemeralContainerStatuses: list(13, ContainerStatus, '@core.PodStatus.ephemeralContainerStatuses'),
  resize: str(14, '@core.PodStatus.resize'),
  resourceClaimStatuses: listMap(15, PodResourceClaimStatus, ['name'], '@core.PodStatus.resourceClaimStatuses', { retainKeys: true }),
  extendedResourceClaimStatus: message(18, PodExtendedResourceClaimStatus, '@core.PodStatus.extendedResourceClaimStatus'),
  allocatedResources: map(19, 'quantity', '@core.PodStatus.allocatedResources'),
  resources: message(20, ResourceRequirements, '@core.PodStatus.resources'),
  nodeAllocatableResourceClaimStatuses: list(
    21,
    NodeAllocatableResourceClaimStatus,
    '@core.PodStatus.nodeAllocatableResourceClaimStatuses',
  ),
});
export type PodStatus = Infer<typeof PodStatus>;
