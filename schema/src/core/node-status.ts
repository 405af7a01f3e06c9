/**
 * What was observed of a node.
 */
import { bool, type Infer, int32, int64, list, listMap, map, message, str, struct, time } from '../dsl/field.ts';

export const NodeCondition = struct('io.k8s.api.core.v1.NodeCondition', '@core.NodeCondition', {
  type: str(1, '@core.NodeCondition.type', { required: true }),
  status: str(2, '@core.NodeCondition.status', { required: true }),
  lastHeartbeatTime: time(3, '@core.NodeCondition.lastHeartbeatTime'),
  lastTransitionTime: time(4, '@core.NodeCondition.lastTransitionTime'),
  reason: str(5, '@core.NodeCondition.reason'),
  message: str(6, '@core.NodeCondition.message'),
});
export type NodeCondition = Infer<typeof NodeCondition>;

export const NodeAddress = struct('io.k8s.api.core.v1.NodeAddress', '@core.NodeAddress', {
  type: str(1, '@core.NodeAddress.type', { required: true }),
  address: str(2, '@core.NodeAddress.address', { required: true }),
});
export type NodeAddress = Infer<typeof NodeAddress>;

export const DaemonEndpoint = struct('io.k8s.api.core.v1.DaemonEndpoint', '@core.DaemonEndpoint', {
  Port: int32(1, '@core.DaemonEndpoint.Port', { required: true, default: 0 }),
});
export type DaemonEndpoint = Infer<typeof DaemonEndpoint>;

export const NodeDaemonEndpoints = struct('io.k8s.api.core.v1.NodeDaemonEndpoints', '@core.NodeDaemonEndpoints', {
  kubeletEndpoint: message(1, DaemonEndpoint, '@core.NodeDaemonEndpoints.kubeletEndpoint'),
});
export type NodeDaemonEndpoints = Infer<typeof NodeDaemonEndpoints>;

export const NodeSwapStatus = struct('io.k8s.api.core.v1.NodeSwapStatus', '@core.NodeSwapStatus', {
  capacity: int64(1, '@core.NodeSwapStatus.capacity', { pointer: true }),
});
export type NodeSwapStatus = Infer<typeof NodeSwapStatus>;

export const NodeSystemInfo = struct('io.k8s.api.core.v1.NodeSystemInfo', '@core.NodeSystemInfo', {
  machineID: str(1, '@core.NodeSystemInfo.machineID', { required: true, default: '' }),
  systemUUID: str(2, '@core.NodeSystemInfo.systemUUID', { required: true, default: '' }),
  bootID: str(3, '@core.NodeSystemInfo.bootID', { required: true, default: '' }),
  kernelVersion: str(4, '@core.NodeSystemInfo.kernelVersion', { required: true, default: '' }),
  osImage: str(5, '@core.NodeSystemInfo.osImage', { required: true, default: '' }),
  containerRuntimeVersion: str(6, '@core.NodeSystemInfo.containerRuntimeVersion', { required: true, default: '' }),
  kubeletVersion: str(7, '@core.NodeSystemInfo.kubeletVersion', { required: true, default: '' }),
  kubeProxyVersion: str(8, '@core.NodeSystemInfo.kubeProxyVersion', { required: true, default: '' }),
  operatingSystem: str(9, '@core.NodeSystemInfo.operatingSystem', { required: true, default: '' }),
  architecture: str(10, '@core.NodeSystemInfo.architecture', { required: true, default: '' }),
  swap: message(11, NodeSwapStatus, '@core.NodeSystemInfo.swap'),
});
export type NodeSystemInfo = Infer<typeof NodeSystemInfo>;

export const ContainerImage = struct('io.k8s.api.core.v1.ContainerImage', '@core.ContainerImage', {
  names: list(1, 'string', '@core.ContainerImage.names'),
  sizeBytes: int64(2, '@core.ContainerImage.sizeBytes'),
});
export type ContainerImage = Infer<typeof ContainerImage>;

export const AttachedVolume = struct('io.k8s.api.core.v1.AttachedVolume', '@core.AttachedVolume', {
  name: str(1, '@core.AttachedVolume.name', { required: true, default: '' }),
  devicePath: str(2, '@core.AttachedVolume.devicePath', { required: true, default: '' }),
});
export type AttachedVolume = Infer<typeof AttachedVolume>;

export const ConfigMapNodeConfigSource = struct('io.k8s.api.core.v1.ConfigMapNodeConfigSource', '@core.ConfigMapNodeConfigSource', {
  namespace: str(1, '@core.ConfigMapNodeConfigSource.namespace', { required: true, default: '' }),
  name: str(2, '@core.ConfigMapNodeConfigSource.name', { required: true, default: '' }),
  uid: str(3, '@core.ConfigMapNodeConfigSource.uid'),
  resourceVersion: str(4, '@core.ConfigMapNodeConfigSource.resourceVersion'),
  kubeletConfigKey: str(5, '@core.ConfigMapNodeConfigSource.kubeletConfigKey', { required: true, default: '' }),
});
export type ConfigMapNodeConfigSource = Infer<typeof ConfigMapNodeConfigSource>;

export const NodeConfigSource = struct('io.k8s.api.core.v1.NodeConfigSource', '@core.NodeConfigSource', {
  configMap: message(2, ConfigMapNodeConfigSource, '@core.NodeConfigSource.configMap'),
});
export type NodeConfigSource = Infer<typeof NodeConfigSource>;

export const NodeConfigStatus = struct('io.k8s.api.core.v1.NodeConfigStatus', '@core.NodeConfigStatus', {
  assigned: message(1, NodeConfigSource, '@core.NodeConfigStatus.assigned'),
  active: message(2, NodeConfigSource, '@core.NodeConfigStatus.active'),
  lastKnownGood: message(3, NodeConfigSource, '@core.NodeConfigStatus.lastKnownGood'),
  error: str(4, '@core.NodeConfigStatus.error'),
});
export type NodeConfigStatus = Infer<typeof NodeConfigStatus>;

export const NodeRuntimeHandlerFeatures = struct('io.k8s.api.core.v1.NodeRuntimeHandlerFeatures', '@core.NodeRuntimeHandlerFeatures', {
  recursiveReadOnlyMounts: bool(1, '@core.NodeRuntimeHandlerFeatures.recursiveReadOnlyMounts', { pointer: true }),
  userNamespaces: bool(2, '@core.NodeRuntimeHandlerFeatures.userNamespaces', { pointer: true }),
});
export type NodeRuntimeHandlerFeatures = Infer<typeof NodeRuntimeHandlerFeatures>;

export const NodeRuntimeHandler = struct('io.k8s.api.core.v1.NodeRuntimeHandler', '@core.NodeRuntimeHandler', {
  name: str(1, '@core.NodeRuntimeHandler.name'),
  features: message(2, NodeRuntimeHandlerFeatures, '@core.NodeRuntimeHandler.features'),
});
export type NodeRuntimeHandler = Infer<typeof NodeRuntimeHandler>;

export const NodeFeatures = struct('io.k8s.api.core.v1.NodeFeatures', '@core.NodeFeatures', {
  supplementalGroupsPolicy: bool(1, '@core.NodeFeatures.supplementalGroupsPolicy', { pointer: true }),
});
export type NodeFeatures = Infer<typeof NodeFeatures>;

export const NodeStatus = struct('io.k8s.api.core.v1.NodeStatus', '@core.NodeStatus', {
  capacity: map(1, 'quantity', '@core.NodeStatus.capacity'),
  allocatable: map(2, 'quantity', '@core.NodeStatus.allocatable'),
  phase: str(3, '@core.NodeStatus.phase'),
  conditions: listMap(4, NodeCondition, ['type'], '@core.NodeStatus.conditions'),
  addresses: listMap(5, NodeAddress, ['type'], '@core.NodeStatus.addresses'),
  daemonEndpoints: message(6, NodeDaemonEndpoints, '@core.NodeStatus.daemonEndpoints'),
  nodeInfo: message(7, NodeSystemInfo, '@core.NodeStatus.nodeInfo'),
  images: list(8, ContainerImage, '@core.NodeStatus.images'),
  volumesInUse: list(9, 'string', '@core.NodeStatus.volumesInUse'),
  volumesAttached: list(10, AttachedVolume, '@core.NodeStatus.volumesAttached'),
  config: message(11, NodeConfigStatus, '@core.NodeStatus.config'),
  runtimeHandlers: list(12, NodeRuntimeHandler, '@core.NodeStatus.runtimeHandlers'),
  features: message(13, NodeFeatures, '@core.NodeStatus.features'),
  declaredFeatures: list(14, 'string', '@core.NodeStatus.declaredFeatures'),
});
export type NodeStatus = Infer<typeof NodeStatus>;
