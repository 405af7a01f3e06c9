/**
 * A container added to a running pod for debugging. In protobuf its common fields are one nested message.
 */

import { bool, type Infer, inline, list, listMap, message, str, struct } from '../dsl/field.ts';
import { ContainerPort, ContainerResizePolicy, ContainerRestartRule, VolumeDevice, VolumeMount } from './container.ts';
import { EnvFromSource, EnvVar } from './env.ts';
import { Lifecycle, Probe } from './probe.ts';
import { ResourceRequirements } from './resources.ts';
import { SecurityContext } from './security-context.ts';

export const EphemeralContainerCommon = struct('io.k8s.api.core.v1.EphemeralContainerCommon', '@core.EphemeralContainerCommon', {
  name: str(1, '@core.EphemeralContainerCommon.name', { required: true }),
  image: str(2, '@core.EphemeralContainerCommon.image'),
  command: list(3, 'string', '@core.EphemeralContainerCommon.command'),
  args: list(4, 'string', '@core.EphemeralContainerCommon.args'),
  workingDir: str(5, '@core.EphemeralContainerCommon.workingDir'),
  ports: listMap(6, ContainerPort, ['containerPort', 'protocol'], '@core.EphemeralContainerCommon.ports'),
  envFrom: list(19, EnvFromSource, '@core.EphemeralContainerCommon.envFrom'),
  env: listMap(7, EnvVar, ['name'], '@core.EphemeralContainerCommon.env'),
  resources: message(8, ResourceRequirements, '@core.EphemeralContainerCommon.resources'),
  resizePolicy: list(23, ContainerResizePolicy, '@core.EphemeralContainerCommon.resizePolicy'),
  restartPolicy: str(24, '@core.EphemeralContainerCommon.restartPolicy', { pointer: true }),
  restartPolicyRules: list(25, ContainerRestartRule, '@core.EphemeralContainerCommon.restartPolicyRules'),
  volumeMounts: listMap(9, VolumeMount, ['mountPath'], '@core.EphemeralContainerCommon.volumeMounts'),
  volumeDevices: listMap(21, VolumeDevice, ['devicePath'], '@core.EphemeralContainerCommon.volumeDevices'),
  livenessProbe: message(10, Probe, '@core.EphemeralContainerCommon.livenessProbe'),
  readinessProbe: message(11, Probe, '@core.EphemeralContainerCommon.readinessProbe'),
  startupProbe: message(22, Probe, '@core.EphemeralContainerCommon.startupProbe'),
  lifecycle: message(12, Lifecycle, '@core.EphemeralContainerCommon.lifecycle'),
  terminationMessagePath: str(13, '@core.EphemeralContainerCommon.terminationMessagePath'),
  terminationMessagePolicy: str(20, '@core.EphemeralContainerCommon.terminationMessagePolicy', { enum: ['FallbackToLogsOnError', 'File'] }),
  imagePullPolicy: str(14, '@core.EphemeralContainerCommon.imagePullPolicy', { enum: ['Always', 'IfNotPresent', 'Never'] }),
  securityContext: message(15, SecurityContext, '@core.EphemeralContainerCommon.securityContext'),
  stdin: bool(16, '@core.EphemeralContainerCommon.stdin'),
  stdinOnce: bool(17, '@core.EphemeralContainerCommon.stdinOnce'),
  tty: bool(18, '@core.EphemeralContainerCommon.tty'),
});
export type EphemeralContainerCommon = Infer<typeof EphemeralContainerCommon>;

export const EphemeralContainer = struct('io.k8s.api.core.v1.EphemeralContainer', '@core.EphemeralContainer', {
  'inline:ephemeralContainerCommon': inline(1, EphemeralContainerCommon),
  targetContainerName: str(2, '@core.EphemeralContainer.targetContainerName'),
});
export type EphemeralContainer = Infer<typeof EphemeralContainer>;
