/**
 * Security settings of a pod and of a container; the container wins where both speak.
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
 */
import { bool, type Infer, int64, list, message, str, struct } from '../dsl/field.ts';

export const Capabilities = struct('io.k8s.api.core.v1.Capabilities', '@core.Capabilities', {
  add: list(1, 'string', '@core.Capabilities.add'),
  drop: list(2, 'string', '@core.Capabilities.drop'),
});
export type Capabilities = Infer<typeof Capabilities>;

export const SELinuxOptions = struct('io.k8s.api.core.v1.SELinuxOptions', '@core.SELinuxOptions', {
  user: str(1, '@core.SELinuxOptions.user'),
  role: str(2, '@core.SELinuxOptions.role'),
  type: str(3, '@core.SELinuxOptions.type'),
  level: str(4, '@core.SELinuxOptions.level'),
});
export type SELinuxOptions = Infer<typeof SELinuxOptions>;

export const WindowsSecurityContextOptions = struct(
  'io.k8s.api.core.v1.WindowsSecurityContextOptions',
  '@core.WindowsSecurityContextOptions',
  {
    gmsaCredentialSpecName: str(1, '@core.WindowsSecurityContextOptions.gmsaCredentialSpecName', { pointer: true }),
    gmsaCredentialSpec: str(2, '@core.WindowsSecurityContextOptions.gmsaCredentialSpec', { pointer: true }),
    runAsUserName: str(3, '@core.WindowsSecurityContextOptions.runAsUserName', { pointer: true }),
    hostProcess: bool(4, '@core.WindowsSecurityContextOptions.hostProcess', { pointer: true }),
  },
);
export type WindowsSecurityContextOptions = Infer<typeof WindowsSecurityContextOptions>;

export const SeccompProfile = struct('io.k8s.api.core.v1.SeccompProfile', '@core.SeccompProfile', {
  type: str(1, '@core.SeccompProfile.type', { required: true, enum: ['Localhost', 'RuntimeDefault', 'Unconfined'] }),
  localhostProfile: str(2, '@core.SeccompProfile.localhostProfile', { pointer: true }),
});
export type SeccompProfile = Infer<typeof SeccompProfile>;

export const AppArmorProfile = struct('io.k8s.api.core.v1.AppArmorProfile', '@core.AppArmorProfile', {
  type: str(1, '@core.AppArmorProfile.type', { required: true, enum: ['Localhost', 'RuntimeDefault', 'Unconfined'] }),
  localhostProfile: str(2, '@core.AppArmorProfile.localhostProfile', { pointer: true }),
});
export type AppArmorProfile = Infer<typeof AppArmorProfile>;

export const SecurityContext = struct('io.k8s.api.core.v1.SecurityContext', '@core.SecurityContext', {
  capabilities: message(1, Capabilities, '@core.SecurityContext.capabilities'),
  privileged: bool(2, '@core.SecurityContext.privileged', { pointer: true }),
  seLinuxOptions: message(3, SELinuxOptions, '@core.SecurityContext.seLinuxOptions'),
  windowsOptions: message(10, WindowsSecurityContextOptions, '@core.SecurityContext.windowsOptions'),
  runAsUser: int64(4, '@core.SecurityContext.runAsUser', { pointer: true }),
  runAsGroup: int64(8, '@core.SecurityContext.runAsGroup', { pointer: true }),
  runAsNonRoot: bool(5, '@core.SecurityContext.runAsNonRoot', { pointer: true }),
  readOnlyRootFilesystem: bool(6, '@core.SecurityContext.readOnlyRootFilesystem', { pointer: true }),
  allowPrivilegeEscalation: bool(7, '@core.SecurityContext.allowPrivilegeEscalation', { pointer: true }),
  procMount: str(9, '@core.SecurityContext.procMount', { pointer: true, enum: ['Default', 'Unmasked'] }),
  seccompProfile: message(11, SeccompProfile, '@core.SecurityContext.seccompProfile'),
  appArmorProfile: message(12, AppArmorProfile, '@core.SecurityContext.appArmorProfile'),
});
export type SecurityContext = Infer<typeof SecurityContext>;

export const Sysctl = struct('io.k8s.api.core.v1.Sysctl', '@core.Sysctl', {
  name: str(1, '@core.Sysctl.name', { required: true }),
  value: str(2, '@core.Sysctl.value', { required: true, default: '' }),
});
export type Sysctl = Infer<typeof Sysctl>;

export const PodSecurityContext = struct('io.k8s.api.core.v1.PodSecurityContext', '@core.PodSecurityContext', {
  seLinuxOptions: message(1, SELinuxOptions, '@core.PodSecurityContext.seLinuxOptions'),
  windowsOptions: message(8, WindowsSecurityContextOptions, '@core.PodSecurityContext.windowsOptions'),
  runAsUser: int64(2, '@core.PodSecurityContext.runAsUser', { pointer: true }),
  runAsGroup: int64(6, '@core.PodSecurityContext.runAsGroup', { pointer: true }),
  runAsNonRoot: bool(3, '@core.PodSecurityContext.runAsNonRoot', { pointer: true }),
  supplementalGroups: list(4, 'int64', '@core.PodSecurityContext.supplementalGroups'),
  supplementalGroupsPolicy: str(12, '@core.PodSecurityContext.supplementalGroupsPolicy', { pointer: true, enum: ['Merge', 'Strict'] }),
  fsGroup: int64(5, '@core.PodSecurityContext.fsGroup', { pointer: true }),
  sysctls: list(7, Sysctl, '@core.PodSecurityContext.sysctls'),
  fsGroupChangePolicy: str(9, '@core.PodSecurityContext.fsGroupChangePolicy', { pointer: true, enum: ['Always', 'OnRootMismatch'] }),
  seccompProfile: message(10, SeccompProfile, '@core.PodSecurityContext.seccompProfile'),
  appArmorProfile: message(11, AppArmorProfile, '@core.PodSecurityContext.appArmorProfile'),
  seLinuxChangePolicy: str(13, '@core.PodSecurityContext.seLinuxChangePolicy', { pointer: true, enum: ['MountOption', 'Recursive'] }),
});
export type PodSecurityContext = Infer<typeof PodSecurityContext>;
