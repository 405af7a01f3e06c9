/**
 * Security settings of a pod and of a container; the container wins where both speak.
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
 */
import { bool, type Infer, int64, list, message, str, struct } from '../dsl/field.ts';

export const Capabilities = struct('io.k8s.api.core.v1.Capabilities', 'Linux capabilities to add and to drop.', {
  add: list(1, 'string', 'Capabilities to add.'),
  drop: list(2, 'string', 'Capabilities to drop.'),
});
export type Capabilities = Infer<typeof Capabilities>;

export const SELinuxOptions = struct('io.k8s.api.core.v1.SELinuxOptions', 'An SELinux label.', {
  user: str(1, 'User part.'),
  role: str(2, 'Role part.'),
  type: str(3, 'Type part.'),
  level: str(4, 'Level part.'),
});
export type SELinuxOptions = Infer<typeof SELinuxOptions>;

export const WindowsSecurityContextOptions = struct('io.k8s.api.core.v1.WindowsSecurityContextOptions', 'Security settings on Windows.', {
  gmsaCredentialSpecName: str(1, 'Name of the GMSA credential spec.', { pointer: true }),
  gmsaCredentialSpec: str(2, 'The GMSA credential spec itself.', { pointer: true }),
  runAsUserName: str(3, 'User to run as.', { pointer: true }),
  hostProcess: bool(4, 'Runs as a process of the host.', { pointer: true }),
});
export type WindowsSecurityContextOptions = Infer<typeof WindowsSecurityContextOptions>;

export const SeccompProfile = struct('io.k8s.api.core.v1.SeccompProfile', 'A seccomp profile.', {
  type: str(1, 'Localhost, RuntimeDefault or Unconfined.', { required: true, enum: ['Localhost', 'RuntimeDefault', 'Unconfined'] }),
  localhostProfile: str(2, 'File on the node, for Localhost.', { pointer: true }),
});
export type SeccompProfile = Infer<typeof SeccompProfile>;

export const AppArmorProfile = struct('io.k8s.api.core.v1.AppArmorProfile', 'An AppArmor profile.', {
  type: str(1, 'Localhost, RuntimeDefault or Unconfined.', { required: true, enum: ['Localhost', 'RuntimeDefault', 'Unconfined'] }),
  localhostProfile: str(2, 'Profile on the node, for Localhost.', { pointer: true }),
});
export type AppArmorProfile = Infer<typeof AppArmorProfile>;

export const SecurityContext = struct('io.k8s.api.core.v1.SecurityContext', 'Security settings of a container.', {
  capabilities: message(1, Capabilities, 'Linux capabilities to add and to drop.'),
  privileged: bool(2, "Runs with all rights of the node's root.", { pointer: true }),
  seLinuxOptions: message(3, SELinuxOptions, 'SELinux label.'),
  windowsOptions: message(10, WindowsSecurityContextOptions, 'Settings on Windows.'),
  runAsUser: int64(4, 'User id to run as.', { pointer: true }),
  runAsGroup: int64(8, 'Group id to run as.', { pointer: true }),
  runAsNonRoot: bool(5, 'Refuses to start as user 0.', { pointer: true }),
  readOnlyRootFilesystem: bool(6, 'Mounts the root file system read-only.', { pointer: true }),
  allowPrivilegeEscalation: bool(7, 'Whether a process may gain more rights than its parent.', { pointer: true }),
  procMount: str(9, 'How /proc is mounted: Default or Unmasked.', { pointer: true, enum: ['Default', 'Unmasked'] }),
  seccompProfile: message(11, SeccompProfile, 'Seccomp profile.'),
  appArmorProfile: message(12, AppArmorProfile, 'AppArmor profile.'),
});
export type SecurityContext = Infer<typeof SecurityContext>;

export const Sysctl = struct('io.k8s.api.core.v1.Sysctl', 'A kernel parameter.', {
  name: str(1, 'Name of the parameter.', { required: true }),
  value: str(2, 'Its value.', { required: true, default: '' }),
});
export type Sysctl = Infer<typeof Sysctl>;

export const PodSecurityContext = struct('io.k8s.api.core.v1.PodSecurityContext', 'Security settings of a pod, for all its containers.', {
  seLinuxOptions: message(1, SELinuxOptions, 'SELinux label.'),
  windowsOptions: message(8, WindowsSecurityContextOptions, 'Settings on Windows.'),
  runAsUser: int64(2, 'User id to run as.', { pointer: true }),
  runAsGroup: int64(6, 'Group id to run as.', { pointer: true }),
  runAsNonRoot: bool(3, 'Refuses to start as user 0.', { pointer: true }),
  supplementalGroups: list(4, 'int64', 'Further group ids.'),
  supplementalGroupsPolicy: str(12, "Whether the image's groups are added: Merge or Strict.", { pointer: true, enum: ['Merge', 'Strict'] }),
  fsGroup: int64(5, "Group that owns the pod's volumes.", { pointer: true }),
  sysctls: list(7, Sysctl, 'Kernel parameters of the pod.'),
  fsGroupChangePolicy: str(9, 'When ownership of volumes is changed: OnRootMismatch or Always.', {
    pointer: true,
    enum: ['Always', 'OnRootMismatch'],
  }),
  seccompProfile: message(10, SeccompProfile, 'Seccomp profile.'),
  appArmorProfile: message(11, AppArmorProfile, 'AppArmor profile.'),
  seLinuxChangePolicy: str(13, 'How volumes get the label: MountOption or Recursive.', {
    pointer: true,
    enum: ['MountOption', 'Recursive'],
  }),
});
export type PodSecurityContext = Infer<typeof PodSecurityContext>;
