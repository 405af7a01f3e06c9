/**
 * A container of a pod. Ephemeral containers share all but the name of the wrapper.
 */

import { bool, type Infer, int32, list, listMap, message, set, str, struct } from '../dsl/field.ts';
import { EnvFromSource, EnvVar } from './env.ts';
import { Lifecycle, Probe } from './probe.ts';
import { ResourceRequirements } from './resources.ts';
import { SecurityContext } from './security-context.ts';

export const ContainerPort = struct('io.k8s.api.core.v1.ContainerPort', 'A port the container listens on.', {
  name: str(1, 'Name that probes and services may use; unique in the pod.'),
  hostPort: int32(2, 'Port of the node that leads to it.'),
  containerPort: int32(3, 'Port number in the container.', { required: true }),
  protocol: str(4, 'TCP, UDP or SCTP.', { default: 'TCP', enum: ['SCTP', 'TCP', 'UDP'] }),
  hostIP: str(5, 'Address of the node that hostPort listens on.'),
});
export type ContainerPort = Infer<typeof ContainerPort>;

export const VolumeMount = struct('io.k8s.api.core.v1.VolumeMount', 'Where a volume appears in a container.', {
  name: str(1, "Name of one of the pod's volumes.", { required: true }),
  readOnly: bool(2, 'True mounts it without the right to write.'),
  recursiveReadOnly: str(7, 'Whether mounts below are read-only too: Disabled, IfPossible or Enabled.', {
    pointer: true,
    enum: ['Disabled', 'Enabled', 'IfPossible'],
  }),
  mountPath: str(3, 'Path in the container.', { required: true }),
  subPath: str(4, 'Path in the volume to mount instead of its root.'),
  mountPropagation: str(5, 'Whether later mounts pass between node and container.', {
    pointer: true,
    enum: ['Bidirectional', 'HostToContainer', 'None'],
  }),
  subPathExpr: str(6, 'As subPath, with $(NAME) replaced by environment variables.'),
});
export type VolumeMount = Infer<typeof VolumeMount>;

export const VolumeDevice = struct('io.k8s.api.core.v1.VolumeDevice', 'A raw block device in a container.', {
  name: str(1, "Name of one of the pod's claims.", { required: true }),
  devicePath: str(2, 'Path of the device in the container.', { required: true }),
});
export type VolumeDevice = Infer<typeof VolumeDevice>;

export const ContainerResizePolicy = struct(
  'io.k8s.api.core.v1.ContainerResizePolicy',
  'What a change of a resource means for a running container.',
  {
    resourceName: str(1, 'cpu or memory.', { required: true }),
    restartPolicy: str(2, 'NotRequired or RestartContainer.', { required: true, enum: ['NotRequired', 'RestartContainer'] }),
  },
);
export type ContainerResizePolicy = Infer<typeof ContainerResizePolicy>;

export const ContainerRestartRuleOnExitCodes = struct('io.k8s.api.core.v1.ContainerRestartRuleOnExitCodes', 'Exit codes a rule looks at.', {
  operator: str(1, 'In or NotIn.'),
  values: set(2, 'int32', 'The exit codes.'),
});
export type ContainerRestartRuleOnExitCodes = Infer<typeof ContainerRestartRuleOnExitCodes>;

export const ContainerRestartRule = struct(
  'io.k8s.api.core.v1.ContainerRestartRule',
  'What to do when a container ends in a certain way.',
  {
    action: str(1, 'Restart or RestartAllContainers.'),
    exitCodes: message(2, ContainerRestartRuleOnExitCodes, 'When the exit code matches this.'),
  },
);
export type ContainerRestartRule = Infer<typeof ContainerRestartRule>;

export const Container = struct('io.k8s.api.core.v1.Container', 'One container of a pod.', {
  name: str(1, 'Name, unique in the pod.', { required: true }),
  image: str(2, 'Image to run.'),
  command: list(3, 'string', "Replaces the image's entrypoint; $(NAME) is replaced by environment variables."),
  args: list(4, 'string', "Replaces the image's command; $(NAME) is replaced by environment variables."),
  workingDir: str(5, "Directory to start in; the image's by default."),
  ports: listMap(6, ContainerPort, ['containerPort', 'protocol'], 'Ports the container listens on.'),
  envFrom: list(19, EnvFromSource, 'Sources that give many environment variables; the last one wins, and env wins over all.'),
  env: listMap(7, EnvVar, ['name'], 'Environment variables.'),
  resources: message(8, ResourceRequirements, 'Compute resources it asks for and is limited to.'),
  resizePolicy: list(23, ContainerResizePolicy, 'What a change of its resources means while it runs.'),
  restartPolicy: str(24, 'Restart policy of this container alone; Always makes an init container a sidecar.', { pointer: true }),
  restartPolicyRules: list(25, ContainerRestartRule, 'Rules that go before restartPolicy; the first match counts.'),
  volumeMounts: listMap(9, VolumeMount, ['mountPath'], 'Volumes it sees as files.'),
  volumeDevices: listMap(21, VolumeDevice, ['devicePath'], 'Volumes it sees as block devices.'),
  livenessProbe: message(10, Probe, 'Restarts the container when it fails.'),
  readinessProbe: message(11, Probe, 'Takes the pod out of services while it fails.'),
  startupProbe: message(22, Probe, 'Holds the other probes back until it succeeds.'),
  lifecycle: message(12, Lifecycle, 'Hooks after start and before stop.'),
  terminationMessagePath: str(13, 'File whose content becomes the message of its end.'),
  terminationMessagePolicy: str(20, 'File, or FallbackToLogsOnError to take the end of the log.', {
    enum: ['FallbackToLogsOnError', 'File'],
  }),
  imagePullPolicy: str(14, 'Always, IfNotPresent or Never.', { enum: ['Always', 'IfNotPresent', 'Never'] }),
  securityContext: message(15, SecurityContext, "Security settings; they win over the pod's."),
  stdin: bool(16, 'Keeps standard input open.'),
  stdinOnce: bool(17, 'Closes standard input after the first attach ends.'),
  tty: bool(18, 'Gives it a terminal; needs stdin.'),
});
export type Container = Infer<typeof Container>;
