/**
 * What was observed of a node.
 */
import { bool, type Infer, int32, int64, list, listMap, map, message, str, struct, time } from '../dsl/field.ts';

export const NodeCondition = struct('io.k8s.api.core.v1.NodeCondition', 'One observed aspect of a node.', {
  type: str(1, 'Ready, MemoryPressure, DiskPressure, PIDPressure or NetworkUnavailable.', { required: true }),
  status: str(2, 'True, False or Unknown.', { required: true }),
  lastHeartbeatTime: time(3, 'When the node last reported it.'),
  lastTransitionTime: time(4, 'When the status last changed.'),
  reason: str(5, 'One word for programs, in CamelCase.'),
  message: str(6, 'Text for people.'),
});
export type NodeCondition = Infer<typeof NodeCondition>;

export const NodeAddress = struct('io.k8s.api.core.v1.NodeAddress', 'One address of a node.', {
  type: str(1, 'Hostname, InternalIP, ExternalIP, InternalDNS or ExternalDNS.', { required: true }),
  address: str(2, 'The address.', { required: true }),
});
export type NodeAddress = Infer<typeof NodeAddress>;

export const DaemonEndpoint = struct('io.k8s.api.core.v1.DaemonEndpoint', 'Where a daemon listens.', {
  Port: int32(1, 'Port number.', { required: true, default: 0 }),
});
export type DaemonEndpoint = Infer<typeof DaemonEndpoint>;

export const NodeDaemonEndpoints = struct('io.k8s.api.core.v1.NodeDaemonEndpoints', "Where the node's daemons listen.", {
  kubeletEndpoint: message(1, DaemonEndpoint, 'The node agent.'),
});
export type NodeDaemonEndpoints = Infer<typeof NodeDaemonEndpoints>;

export const NodeSwapStatus = struct('io.k8s.api.core.v1.NodeSwapStatus', 'Swap of a node.', {
  capacity: int64(1, 'Bytes of swap.', { pointer: true }),
});
export type NodeSwapStatus = Infer<typeof NodeSwapStatus>;

export const NodeSystemInfo = struct('io.k8s.api.core.v1.NodeSystemInfo', 'What runs on a node.', {
  machineID: str(1, 'Id of the machine, as in /etc/machine-id.', { required: true, default: '' }),
  systemUUID: str(2, 'UUID of the machine, from its firmware.', { required: true, default: '' }),
  bootID: str(3, 'Id of the current boot.', { required: true, default: '' }),
  kernelVersion: str(4, 'Version of the kernel.', { required: true, default: '' }),
  osImage: str(5, 'Name of the operating system.', { required: true, default: '' }),
  containerRuntimeVersion: str(6, 'Runtime and its version, as type://version.', { required: true, default: '' }),
  kubeletVersion: str(7, 'Version of the node agent.', { required: true, default: '' }),
  kubeProxyVersion: str(8, 'Not used any more.', { required: true, default: '' }),
  operatingSystem: str(9, 'Such as linux.', { required: true, default: '' }),
  architecture: str(10, 'Such as amd64.', { required: true, default: '' }),
  swap: message(11, NodeSwapStatus, 'Swap of the machine.'),
});
export type NodeSystemInfo = Infer<typeof NodeSystemInfo>;

export const ContainerImage = struct('io.k8s.api.core.v1.ContainerImage', 'An image a node has.', {
  names: list(1, 'string', 'Names it is known by.'),
  sizeBytes: int64(2, 'Its size.'),
});
export type ContainerImage = Infer<typeof ContainerImage>;

export const AttachedVolume = struct('io.k8s.api.core.v1.AttachedVolume', 'A volume attached to a node.', {
  name: str(1, 'Name of the volume.', { required: true, default: '' }),
  devicePath: str(2, 'Device it appears as.', { required: true, default: '' }),
});
export type AttachedVolume = Infer<typeof AttachedVolume>;

export const ConfigMapNodeConfigSource = struct(
  'io.k8s.api.core.v1.ConfigMapNodeConfigSource',
  'Not used any more: node configuration in a ConfigMap.',
  {
    namespace: str(1, 'Namespace of the ConfigMap.', { required: true, default: '' }),
    name: str(2, 'Name of the ConfigMap.', { required: true, default: '' }),
    uid: str(3, 'UID of the ConfigMap.'),
    resourceVersion: str(4, 'Revision of the ConfigMap.'),
    kubeletConfigKey: str(5, 'Key that holds the configuration.', { required: true, default: '' }),
  },
);
export type ConfigMapNodeConfigSource = Infer<typeof ConfigMapNodeConfigSource>;

export const NodeConfigSource = struct(
  'io.k8s.api.core.v1.NodeConfigSource',
  "Not used any more: where a node's configuration comes from.",
  {
    configMap: message(2, ConfigMapNodeConfigSource, 'A ConfigMap.'),
  },
);
export type NodeConfigSource = Infer<typeof NodeConfigSource>;

export const NodeConfigStatus = struct('io.k8s.api.core.v1.NodeConfigStatus', "Not used any more: state of a node's configuration.", {
  assigned: message(1, NodeConfigSource, 'Configuration the node will try.'),
  active: message(2, NodeConfigSource, 'Configuration the node uses.'),
  lastKnownGood: message(3, NodeConfigSource, 'Configuration the node falls back to.'),
  error: str(4, 'What went wrong with the assigned one.'),
});
export type NodeConfigStatus = Infer<typeof NodeConfigStatus>;

export const NodeRuntimeHandlerFeatures = struct('io.k8s.api.core.v1.NodeRuntimeHandlerFeatures', 'What a runtime handler can do.', {
  recursiveReadOnlyMounts: bool(1, 'Recursive read-only mounts.', { pointer: true }),
  userNamespaces: bool(2, 'User namespaces.', { pointer: true }),
});
export type NodeRuntimeHandlerFeatures = Infer<typeof NodeRuntimeHandlerFeatures>;

export const NodeRuntimeHandler = struct('io.k8s.api.core.v1.NodeRuntimeHandler', 'A runtime handler of a node.', {
  name: str(1, 'Name; empty for the default one.'),
  features: message(2, NodeRuntimeHandlerFeatures, 'What it can do.'),
});
export type NodeRuntimeHandler = Infer<typeof NodeRuntimeHandler>;

export const NodeFeatures = struct('io.k8s.api.core.v1.NodeFeatures', "What the node's runtime can do.", {
  supplementalGroupsPolicy: bool(1, 'Whether pods may choose supplementalGroupsPolicy.', { pointer: true }),
});
export type NodeFeatures = Infer<typeof NodeFeatures>;

export const NodeStatus = struct('io.k8s.api.core.v1.NodeStatus', 'What was observed of a node.', {
  capacity: map(1, 'quantity', 'All resources of the machine.'),
  allocatable: map(2, 'quantity', 'Resources that pods may have.'),
  phase: str(3, 'Not used any more.'),
  conditions: listMap(4, NodeCondition, ['type'], 'Latest observations, one for each type.'),
  addresses: listMap(5, NodeAddress, ['type'], 'Addresses it is reached at.'),
  daemonEndpoints: message(6, NodeDaemonEndpoints, 'Where its daemons listen.'),
  nodeInfo: message(7, NodeSystemInfo, 'What runs on it.'),
  images: list(8, ContainerImage, 'Images it has.'),
  volumesInUse: list(9, 'string', 'Volumes mounted by it.'),
  volumesAttached: list(10, AttachedVolume, 'Volumes attached to it.'),
  config: message(11, NodeConfigStatus, 'State of its configuration.'),
  runtimeHandlers: list(12, NodeRuntimeHandler, 'Runtime handlers it has.'),
  features: message(13, NodeFeatures, 'What its runtime can do.'),
  declaredFeatures: list(14, 'string', 'Features it declares for the scheduler.'),
});
export type NodeStatus = Infer<typeof NodeStatus>;
