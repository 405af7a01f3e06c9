/**
 * A container added to a running pod for debugging. In protobuf its common fields are one nested message.
 */

import { bool, type Infer, inline, list, listMap, message, str, struct } from '../dsl/field.ts';
import { ContainerPort, ContainerResizePolicy, ContainerRestartRule, VolumeDevice, VolumeMount } from './container.ts';
import { EnvFromSource, EnvVar } from './env.ts';
import { Lifecycle, Probe } from './probe.ts';
import { ResourceRequirements } from './resources.ts';
import { SecurityContext } from './security-context.ts';

export const EphemeralContainerCommon = struct(
  'io.k8s.api.core.v1.EphemeralContainerCommon',
  'The fields an ephemeral container has in common with others.',
  {
    name: str(1, 'Name, unique in the pod.', { required: true }),
    image: str(2, 'Image to run.'),
    command: list(3, 'string', "Replaces the image's entrypoint; $(NAME) is replaced by environment variables."),
    args: list(4, 'string', "Replaces the image's command; $(NAME) is replaced by environment variables."),
    workingDir: str(5, "Directory to start in; the image's by default."),
    ports: listMap(6, ContainerPort, ['containerPort', 'protocol'], 'Not allowed here.'),
    envFrom: list(19, EnvFromSource, 'Sources that give many environment variables; the last one wins, and env wins over all.'),
    env: listMap(7, EnvVar, ['name'], 'Environment variables.'),
    resources: message(8, ResourceRequirements, "Not allowed here: the pod's resources were set aside already."),
    resizePolicy: list(23, ContainerResizePolicy, 'What a change of its resources means while it runs.'),
    restartPolicy: str(24, 'Not allowed here.', { pointer: true }),
    restartPolicyRules: list(25, ContainerRestartRule, 'Not allowed here.'),
    volumeMounts: listMap(9, VolumeMount, ['mountPath'], 'Volumes it sees as files; no sub-paths.'),
    volumeDevices: listMap(21, VolumeDevice, ['devicePath'], 'Volumes it sees as block devices.'),
    livenessProbe: message(10, Probe, 'Not allowed here.'),
    readinessProbe: message(11, Probe, 'Not allowed here.'),
    startupProbe: message(22, Probe, 'Not allowed here.'),
    lifecycle: message(12, Lifecycle, 'Not allowed here.'),
    terminationMessagePath: str(13, 'File whose content becomes the message of its end.'),
    terminationMessagePolicy: str(20, 'File, or FallbackToLogsOnError to take the end of the log.', {
      enum: ['FallbackToLogsOnError', 'File'],
    }),
    imagePullPolicy: str(14, 'Always, IfNotPresent or Never.', { enum: ['Always', 'IfNotPresent', 'Never'] }),
    securityContext: message(15, SecurityContext, "Security settings; they win over the pod's."),
    stdin: bool(16, 'Keeps standard input open.'),
    stdinOnce: bool(17, 'Closes standard input after the first attach ends.'),
    tty: bool(18, 'Gives it a terminal; needs stdin.'),
  },
);
export type EphemeralContainerCommon = Infer<typeof EphemeralContainerCommon>;

export const EphemeralContainer = struct('io.k8s.api.core.v1.EphemeralContainer', 'A container added to a running pod to look into it.', {
  'inline:ephemeralContainerCommon': inline(1, EphemeralContainerCommon),
  targetContainerName: str(2, 'Container whose processes it shall see.'),
});
export type EphemeralContainer = Infer<typeof EphemeralContainer>;
