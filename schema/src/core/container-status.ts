/**
 * What a node observed of one container.
 */

import { bool, type Infer, int32, int64, list, listMap, map, message, str, struct, time } from '../dsl/field.ts';
import { ResourceRequirements } from './resources.ts';

export const ContainerStateWaiting = struct('io.k8s.api.core.v1.ContainerStateWaiting', '@core.ContainerStateWaiting', {
  reason: str(1, '@core.ContainerStateWaiting.reason'),
  message: str(2, '@core.ContainerStateWaiting.message'),
});
export type ContainerStateWaiting = Infer<typeof ContainerStateWaiting>;

export const ContainerStateRunning = struct('io.k8s.api.core.v1.ContainerStateRunning', '@core.ContainerStateRunning', {
  startedAt: time(1, '@core.ContainerStateRunning.startedAt'),
});
export type ContainerStateRunning = Infer<typeof ContainerStateRunning>;

export const ContainerStateTerminated = struct('io.k8s.api.core.v1.ContainerStateTerminated', '@core.ContainerStateTerminated', {
  exitCode: int32(1, '@core.ContainerStateTerminated.exitCode', { required: true, default: 0 }),
  signal: int32(2, '@core.ContainerStateTerminated.signal'),
  reason: str(3, '@core.ContainerStateTerminated.reason'),
  message: str(4, '@core.ContainerStateTerminated.message'),
  startedAt: time(5, '@core.ContainerStateTerminated.startedAt'),
  finishedAt: time(6, '@core.ContainerStateTerminated.finishedAt'),
  containerID: str(7, '@core.ContainerStateTerminated.containerID'),
});
export type ContainerStateTerminated = Infer<typeof ContainerStateTerminated>;

export const ContainerState = struct('io.k8s.api.core.v1.ContainerState', '@core.ContainerState', {
  waiting: message(1, ContainerStateWaiting, '@core.ContainerState.waiting'),
  running: message(2, ContainerStateRunning, '@core.ContainerState.running'),
  terminated: message(3, ContainerStateTerminated, '@core.ContainerState.terminated'),
});
export type ContainerState = Infer<typeof ContainerState>;

export const ImageVolumeStatus = struct('io.k8s.api.core.v1.ImageVolumeStatus', '@core.ImageVolumeStatus', {
  imageRef: str(1, '@core.ImageVolumeStatus.imageRef'),
});
export type ImageVolumeStatus = Infer<typeof ImageVolumeStatus>;

export const VolumeStatus = struct('io.k8s.api.core.v1.VolumeStatus', '@core.VolumeStatus', {
  image: message(1, ImageVolumeStatus, '@core.VolumeStatus.image'),
});
export type VolumeStatus = Infer<typeof VolumeStatus>;

export const VolumeMountStatus = struct('io.k8s.api.core.v1.VolumeMountStatus', '@core.VolumeMountStatus', {
  name: str(1, '@core.VolumeMountStatus.name', { required: true, default: '' }),
  mountPath: str(2, '@core.VolumeMountStatus.mountPath', { required: true, default: '' }),
  readOnly: bool(3, '@core.VolumeMountStatus.readOnly'),
  recursiveReadOnly: str(4, '@core.VolumeMountStatus.recursiveReadOnly', { pointer: true }),
  volumeStatus: message(5, VolumeStatus, '@core.VolumeMountStatus.volumeStatus'),
});
export type VolumeMountStatus = Infer<typeof VolumeMountStatus>;

export const LinuxContainerUser = struct('io.k8s.api.core.v1.LinuxContainerUser', '@core.LinuxContainerUser', {
  uid: int64(1, '@core.LinuxContainerUser.uid', { required: true, default: 0 }),
  gid: int64(2, '@core.LinuxContainerUser.gid', { required: true, default: 0 }),
  supplementalGroups: list(3, 'int64', '@core.LinuxContainerUser.supplementalGroups'),
});
export type LinuxContainerUser = Infer<typeof LinuxContainerUser>;

export const ContainerUser = struct('io.k8s.api.core.v1.ContainerUser', '@core.ContainerUser', {
  linux: message(1, LinuxContainerUser, '@core.ContainerUser.linux'),
});
export type ContainerUser = Infer<typeof ContainerUser>;

export const ResourceHealth = struct('io.k8s.api.core.v1.ResourceHealth', '@core.ResourceHealth', {
  resourceID: str(1, '@core.ResourceHealth.resourceID', { required: true, default: '' }),
  health: str(2, '@core.ResourceHealth.health'),
  message: str(6, '@core.ResourceHealth.message', { pointer: true }),
});
export type ResourceHealth = Infer<typeof ResourceHealth>;

export const ResourceStatus = struct('io.k8s.api.core.v1.ResourceStatus', '@core.ResourceStatus', {
  name: str(1, '@core.ResourceStatus.name', { required: true, default: '' }),
  resources: listMap(2, ResourceHealth, ['resourceID'], '@core.ResourceStatus.resources', { smp: false }),
});
export type ResourceStatus = Infer<typeof ResourceStatus>;

export const ContainerStatus = struct('io.k8s.api.core.v1.ContainerStatus', '@core.ContainerStatus', {
  name: str(1, '@core.ContainerStatus.name', { required: true }),
  state: message(2, ContainerState, '@core.ContainerStatus.state', { default: {} }),
  lastState: message(3, ContainerState, '@core.ContainerStatus.lastState', { default: {} }),
  ready: bool(4, '@core.ContainerStatus.ready', { required: true, default: false }),
  restartCount: int32(5, '@core.ContainerStatus.restartCount', { required: true, default: 0 }),
  image: str(6, '@core.ContainerStatus.image', { required: true, default: '' }),
  imageID: str(7, '@core.ContainerStatus.imageID', { required: true, default: '' }),
  containerID: str(8, '@core.ContainerStatus.containerID'),
  started: bool(9, '@core.ContainerStatus.started', { pointer: true }),
  allocatedResources: map(10, 'quantity', '@core.ContainerStatus.allocatedResources'),
  resources: message(11, ResourceRequirements, '@core.ContainerStatus.resources'),
  volumeMounts: listMap(12, VolumeMountStatus, ['mountPath'], '@core.ContainerStatus.volumeMounts'),
  user: message(13, ContainerUser, '@core.ContainerStatus.user'),
  allocatedResourcesStatus: listMap(14, ResourceStatus, ['name'], '@core.ContainerStatus.allocatedResourcesStatus'),
  stopSignal: str(15, '@core.ContainerStatus.stopSignal', { pointer: true }),
});
export type ContainerStatus = Infer<typeof ContainerStatus>;
