/**
 * A container of a pod. Ephemeral containers share all but the name of the wrapper.
 */

import { bool, type Infer, int32, list, listMap, message, set, str, struct } from '../dsl/field.ts';
import { EnvFromSource, EnvVar } from './env.ts';
import { Lifecycle, Probe } from './probe.ts';
import { ResourceRequirements } from './resources.ts';
import { SecurityContext } from './security-context.ts';

export const ContainerPort = struct('io.k8s.api.core.v1.ContainerPort', '@core.ContainerPort', {
  name: str(1, '@core.ContainerPort.name'),
  hostPort: int32(2, '@core.ContainerPort.hostPort'),
  containerPort: int32(3, '@core.ContainerPort.containerPort', { required: true }),
  protocol: str(4, '@core.ContainerPort.protocol', { default: 'TCP', enum: ['SCTP', 'TCP', 'UDP'] }),
  hostIP: str(5, '@core.ContainerPort.hostIP'),
});
export type ContainerPort = Infer<typeof ContainerPort>;

export const VolumeMount = struct('io.k8s.api.core.v1.VolumeMount', '@core.VolumeMount', {
  name: str(1, '@core.VolumeMount.name', { required: true }),
  readOnly: bool(2, '@core.VolumeMount.readOnly'),
  recursiveReadOnly: str(7, '@core.VolumeMount.recursiveReadOnly', { pointer: true, enum: ['Disabled', 'Enabled', 'IfPossible'] }),
  mountPath: str(3, '@core.VolumeMount.mountPath', { required: true }),
  subPath: str(4, '@core.VolumeMount.subPath'),
  mountPropagation: str(5, '@core.VolumeMount.mountPropagation', { pointer: true, enum: ['Bidirectional', 'HostToContainer', 'None'] }),
  subPathExpr: str(6, '@core.VolumeMount.subPathExpr'),
});
export type VolumeMount = Infer<typeof VolumeMount>;

export const VolumeDevice = struct('io.k8s.api.core.v1.VolumeDevice', '@core.VolumeDevice', {
  name: str(1, '@core.VolumeDevice.name', { required: true }),
  devicePath: str(2, '@core.VolumeDevice.devicePath', { required: true }),
});
export type VolumeDevice = Infer<typeof VolumeDevice>;

export const ContainerResizePolicy = struct('io.k8s.api.core.v1.ContainerResizePolicy', '@core.ContainerResizePolicy', {
  resourceName: str(1, '@core.ContainerResizePolicy.resourceName', { required: true }),
  restartPolicy: str(2, '@core.ContainerResizePolicy.restartPolicy', { required: true, enum: ['NotRequired', 'RestartContainer'] }),
});
export type ContainerResizePolicy = Infer<typeof ContainerResizePolicy>;

export const ContainerRestartRuleOnExitCodes = struct(
  'io.k8s.api.core.v1.ContainerRestartRuleOnExitCodes',
  '@core.ContainerRestartRuleOnExitCodes',
  {
    operator: str(1, '@core.ContainerRestartRuleOnExitCodes.operator'),
    values: set(2, 'int32', '@core.ContainerRestartRuleOnExitCodes.values'),
  },
);
export type ContainerRestartRuleOnExitCodes = Infer<typeof ContainerRestartRuleOnExitCodes>;

export const ContainerRestartRule = struct('io.k8s.api.core.v1.ContainerRestartRule', '@core.ContainerRestartRule', {
  action: str(1, '@core.ContainerRestartRule.action'),
  exitCodes: message(2, ContainerRestartRuleOnExitCodes, '@core.ContainerRestartRule.exitCodes'),
});
export type ContainerRestartRule = Infer<typeof ContainerRestartRule>;

export const Container = struct('io.k8s.api.core.v1.Container', '@core.Container', {
  name: str(1, '@core.Container.name', { required: true }),
  image: str(2, '@core.Container.image'),
  command: list(3, 'string', '@core.Container.command'),
  args: list(4, 'string', '@core.Container.args'),
  workingDir: str(5, '@core.Container.workingDir'),
  ports: listMap(6, ContainerPort, ['containerPort', 'protocol'], '@core.Container.ports'),
  envFrom: list(19, EnvFromSource, '@core.Container.envFrom'),
  env: listMap(7, EnvVar, ['name'], '@core.Container.env'),
  resources: message(8, ResourceRequirements, '@core.Container.resources'),
  resizePolicy: list(23, ContainerResizePolicy, '@core.Container.resizePolicy'),
  restartPolicy: str(24, '@core.Container.restartPolicy', { pointer: true }),
  restartPolicyRules: list(25, ContainerRestartRule, '@core.Container.restartPolicyRules'),
  volumeMounts: listMap(9, VolumeMount, ['mountPath'], '@core.Container.volumeMounts'),
  volumeDevices: listMap(21, VolumeDevice, ['devicePath'], '@core.Container.volumeDevices'),
  livenessProbe: message(10, Probe, '@core.Container.livenessProbe'),
  readinessProbe: message(11, Probe, '@core.Container.readinessProbe'),
  startupProbe: message(22, Probe, '@core.Container.startupProbe'),
  lifecycle: message(12, Lifecycle, '@core.Container.lifecycle'),
  terminationMessagePath: str(13, '@core.Container.terminationMessagePath'),
  terminationMessagePolicy: str(20, '@core.Container.terminationMessagePolicy', { enum: ['FallbackToLogsOnError', 'File'] }),
  imagePullPolicy: str(14, '@core.Container.imagePullPolicy', { enum: ['Always', 'IfNotPresent', 'Never'] }),
  securityContext: message(15, SecurityContext, '@core.Container.securityContext'),
  stdin: bool(16, '@core.Container.stdin'),
  stdinOnce: bool(17, '@core.Container.stdinOnce'),
  tty: bool(18, '@core.Container.tty'),
});
export type Container = Infer<typeof Container>;
