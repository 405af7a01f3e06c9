/**
 * What a node observed of one container.
 */

import { bool, type Infer, int32, int64, list, listMap, map, message, str, struct, time } from '../dsl/field.ts';
import { ResourceRequirements } from './resources.ts';

export const ContainerStateWaiting = struct('io.k8s.api.core.v1.ContainerStateWaiting', 'The container does not run yet.', {
  reason: str(1, 'One word for programs, in CamelCase.'),
  message: str(2, 'Text for people.'),
});
export type ContainerStateWaiting = Infer<typeof ContainerStateWaiting>;

export const ContainerStateRunning = struct('io.k8s.api.core.v1.ContainerStateRunning', 'The container runs.', {
  startedAt: time(1, 'When it was started.'),
});
export type ContainerStateRunning = Infer<typeof ContainerStateRunning>;

export const ContainerStateTerminated = struct('io.k8s.api.core.v1.ContainerStateTerminated', 'The container ended.', {
  exitCode: int32(1, 'Exit code of its main process.', { required: true, default: 0 }),
  signal: int32(2, 'Signal that ended it, where known.'),
  reason: str(3, 'One word for programs, in CamelCase.'),
  message: str(4, 'Text for people.'),
  startedAt: time(5, 'When that run began.'),
  finishedAt: time(6, 'When it ended.'),
  containerID: str(7, 'Runtime and id, as type://id.'),
});
export type ContainerStateTerminated = Infer<typeof ContainerStateTerminated>;

export const ContainerState = struct('io.k8s.api.core.v1.ContainerState', 'One of three states; waiting when none is given.', {
  waiting: message(1, ContainerStateWaiting, 'Set while it waits.'),
  running: message(2, ContainerStateRunning, 'Set while it runs.'),
  terminated: message(3, ContainerStateTerminated, 'Set when it has ended.'),
});
export type ContainerState = Infer<typeof ContainerState>;

export const ImageVolumeStatus = struct('io.k8s.api.core.v1.ImageVolumeStatus', 'Status of a volume made from an image.', {
  imageRef: str(1, 'Digest of the image in use.'),
});
export type ImageVolumeStatus = Infer<typeof ImageVolumeStatus>;

export const VolumeStatus = struct('io.k8s.api.core.v1.VolumeStatus', 'Status of a mounted volume, by type.', {
  image: message(1, ImageVolumeStatus, 'Set for image volumes.'),
});
export type VolumeStatus = Infer<typeof VolumeStatus>;

export const VolumeMountStatus = struct('io.k8s.api.core.v1.VolumeMountStatus', 'How a volume is mounted.', {
  name: str(1, "Name of the mount's volume.", { required: true, default: '' }),
  mountPath: str(2, 'Where it is mounted.', { required: true, default: '' }),
  readOnly: bool(3, 'True mounts it without the right to write.'),
  recursiveReadOnly: str(4, 'Whether mounts below are read-only too: Disabled or Enabled.', { pointer: true }),
  volumeStatus: message(5, VolumeStatus, 'Status of the volume.'),
});
export type VolumeMountStatus = Infer<typeof VolumeMountStatus>;

export const LinuxContainerUser = struct('io.k8s.api.core.v1.LinuxContainerUser', "User of a Linux container's first process.", {
  uid: int64(1, 'User id.', { required: true, default: 0 }),
  gid: int64(2, 'Main group id.', { required: true, default: 0 }),
  supplementalGroups: list(3, 'int64', 'Further group ids.'),
});
export type LinuxContainerUser = Infer<typeof LinuxContainerUser>;

export const ContainerUser = struct('io.k8s.api.core.v1.ContainerUser', "User of a container's first process.", {
  linux: message(1, LinuxContainerUser, 'On Linux.'),
});
export type ContainerUser = Infer<typeof ContainerUser>;

export const ResourceHealth = struct('io.k8s.api.core.v1.ResourceHealth', 'Health of one device.', {
  resourceID: str(1, 'Id of the device, unique for its resource.', { required: true, default: '' }),
  health: str(2, 'Healthy, Unhealthy or Unknown.'),
  message: str(6, 'Text for people.', { pointer: true }),
});
export type ResourceHealth = Infer<typeof ResourceHealth>;

export const ResourceStatus = struct('io.k8s.api.core.v1.ResourceStatus', 'Health of the devices behind a resource.', {
  name: str(1, 'Name of the resource.', { required: true, default: '' }),
  resources: listMap(2, ResourceHealth, ['resourceID'], 'The devices.', { smp: false }),
});
export type ResourceStatus = Infer<typeof ResourceStatus>;

export const ContainerStatus = struct('io.k8s.api.core.v1.ContainerStatus', 'What a node observed of one container.', {
  name: str(1, 'Name of the container.', { required: true }),
  state: message(2, ContainerState, 'What it does now.', { default: {} }),
  lastState: message(3, ContainerState, 'How its run before this one ended.', { default: {} }),
  ready: bool(4, 'Whether it passes its readiness check.', { required: true, default: false }),
  restartCount: int32(5, 'How often it was restarted.', { required: true, default: 0 }),
  image: str(6, 'Name of the image it runs.', { required: true, default: '' }),
  imageID: str(7, 'Digest of the image it runs.', { required: true, default: '' }),
  containerID: str(8, 'Runtime and id, as type://id.'),
  started: bool(9, 'Whether it passed its startup check; always known once it ran.', { pointer: true }),
  allocatedResources: map(10, 'quantity', 'Requests the node has set aside for it.'),
  resources: message(11, ResourceRequirements, 'Requests and limits in force.'),
  volumeMounts: listMap(12, VolumeMountStatus, ['mountPath'], 'Volumes as they are mounted.'),
  user: message(13, ContainerUser, 'User its first process was started as.'),
  allocatedResourcesStatus: listMap(14, ResourceStatus, ['name'], 'Health of devices it was given.'),
  stopSignal: str(15, 'Signal that asks it to stop.', { pointer: true }),
});
export type ContainerStatus = Infer<typeof ContainerStatus>;
