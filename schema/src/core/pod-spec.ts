/**
 * What a pod shall be.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
 */

import { bool, type Infer, int32, int64, list, listMap, map, message, str, struct } from '../dsl/field.ts';
import { Affinity } from './affinity.ts';
import { Container } from './container.ts';
import { EphemeralContainer } from './ephemeral-container.ts';
import { Toleration, TopologySpreadConstraint } from './placement.ts';
import { LocalObjectReference } from './reference.ts';
import { ResourceRequirements } from './resources.ts';
import { PodSecurityContext } from './security-context.ts';
import { Volume } from './volume.ts';

export const PodOS = struct('io.k8s.api.core.v1.PodOS', '@core.PodOS', {
  name: str(1, '@core.PodOS.name', { required: true, enum: ['linux', 'windows'] }),
});
export type PodOS = Infer<typeof PodOS>;

export const PodReadinessGate = struct('io.k8s.api.core.v1.PodReadinessGate', '@core.PodReadinessGate', {
  conditionType: str(1, '@core.PodReadinessGate.conditionType', { required: true }),
});
export type PodReadinessGate = Infer<typeof PodReadinessGate>;

export const PodSchedulingGate = struct('io.k8s.api.core.v1.PodSchedulingGate', '@core.PodSchedulingGate', {
  name: str(1, '@core.PodSchedulingGate.name', { required: true }),
});
export type PodSchedulingGate = Infer<typeof PodSchedulingGate>;

export const PodResourceClaim = struct('io.k8s.api.core.v1.PodResourceClaim', '@core.PodResourceClaim', {
  name: str(1, '@core.PodResourceClaim.name', { required: true }),
  resourceClaimName: str(3, '@core.PodResourceClaim.resourceClaimName', { pointer: true }),
  resourceClaimTemplateName: str(4, '@core.PodResourceClaim.resourceClaimTemplateName', { pointer: true }),
});
export type PodResourceClaim = Infer<typeof PodResourceClaim>;

export const PodSchedulingGroup = struct('io.k8s.api.core.v1.PodSchedulingGroup', '@core.PodSchedulingGroup', {
  podGroupName: str(1, '@core.PodSchedulingGroup.podGroupName', { pointer: true }),
});
export type PodSchedulingGroup = Infer<typeof PodSchedulingGroup>;

export const HostAlias = struct('io.k8s.api.core.v1.HostAlias', '@core.HostAlias', {
  ip: str(1, '@core.HostAlias.ip', { required: true }),
  hostnames: list(2, 'string', '@core.HostAlias.hostnames'),
});
export type HostAlias = Infer<typeof HostAlias>;

export const PodDNSConfigOption = struct('io.k8s.api.core.v1.PodDNSConfigOption', '@core.PodDNSConfigOption', {
  name: str(1, '@core.PodDNSConfigOption.name'),
  value: str(2, '@core.PodDNSConfigOption.value', { pointer: true }),
});
export type PodDNSConfigOption = Infer<typeof PodDNSConfigOption>;

export const PodDNSConfig = struct('io.k8s.api.core.v1.PodDNSConfig', '@core.PodDNSConfig', {
  nameservers: list(1, 'string', '@core.PodDNSConfig.nameservers'),
  searches: list(2, 'string', '@core.PodDNSConfig.searches'),
  options: list(3, PodDNSConfigOption, '@core.PodDNSConfig.options'),
});
export type PodDNSConfig = Infer<typeof PodDNSConfig>;

export const PodSpec = struct('io.k8s.api.core.v1.PodSpec', '@core.PodSpec', {
  volumes: listMap(1, Volume, ['name'], '@core.PodSpec.volumes', { retainKeys: true }),
  initContainers: listMap(20, Container, ['name'], '@core.PodSpec.initContainers'),
  containers: listMap(2, Container, ['name'], '@core.PodSpec.containers', { required: true }),
  ephemeralContainers: listMap(34, EphemeralContainer, ['name'], '@core.PodSpec.ephemeralContainers'),
  restartPolicy: str(3, '@core.PodSpec.restartPolicy', { enum: ['Always', 'Never', 'OnFailure'] }),
  terminationGracePeriodSeconds: int64(4, '@core.PodSpec.terminationGracePeriodSeconds', { pointer: true }),
  activeDeadlineSeconds: int64(5, '@core.PodSpec.activeDeadlineSeconds', { pointer: true }),
  dnsPolicy: str(6, '@core.PodSpec.dnsPolicy', { enum: ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'] }),
  nodeSelector: map(7, 'string', '@core.PodSpec.nodeSelector', { atomic: true }),
  serviceAccountName: str(8, '@core.PodSpec.serviceAccountName'),
  serviceAccount: str(9, '@core.PodSpec.serviceAccount'),
  automountServiceAccountToken: bool(21, '@core.PodSpec.automountServiceAccountToken', { pointer: true }),
  nodeName: str(10, '@core.PodSpec.nodeName'),
  hostNetwork: bool(11, '@core.PodSpec.hostNetwork'),
  hostPID: bool(12, '@core.PodSpec.hostPID'),
  hostIPC: bool(13, '@core.PodSpec.hostIPC'),
  shareProcessNamespace: bool(27, '@core.PodSpec.shareProcessNamespace', { pointer: true }),
  securityContext: message(14, PodSecurityContext, '@core.PodSpec.securityContext'),
  imagePullSecrets: listMap(15, LocalObjectReference, ['name'], '@core.PodSpec.imagePullSecrets'),
  hostname: str(16, '@core.PodSpec.hostname'),
  subdomain: str(17, '@core.PodSpec.subdomain'),
  affinity: message(18, Affinity, '@core.PodSpec.affinity'),
  schedulerName: str(19, '@core.PodSpec.schedulerName'),
  tolerations: list(22, Toleration, '@core.PodSpec.tolerations'),
  hostAliases: listMap(23, HostAlias, ['ip'], '@core.PodSpec.hostAliases'),
  priorityClassName: str(24, '@core.PodSpec.priorityClassName'),
  priority: int32(25, '@core.PodSpec.priority', { pointer: true }),
  dnsConfig: message(26, PodDNSConfig, '@core.PodSpec.dnsConfig'),
  readinessGates: list(28, PodReadinessGate, '@core.PodSpec.readinessGates'),
  runtimeClassName: str(29, '@core.PodSpec.runtimeClassName', { pointer: true }),
  enableServiceLinks: bool(30, '@core.PodSpec.enableServiceLinks', { pointer: true }),
  preemptionPolicy: str(31, '@core.PodSpec.preemptionPolicy', { pointer: true, enum: ['Never', 'PreemptLowerPriority'] }),
  overhead: map(32, 'quantity', '@core.PodSpec.overhead'),
  topologySpreadConstraints: listMap(
    33,
    TopologySpreadConstraint,
    ['topologyKey', 'whenUnsatisfiable'],
    '@core.PodSpec.topologySpreadConstraints',
  ),
  setHostnameAsFQDN: bool(35, '@core.PodSpec.setHostnameAsFQDN', { pointer: true }),
  os: message(36, PodOS, '@core.PodSpec.os'),
  hostUsers: bool(37, '@core.PodSpec.hostUsers', { pointer: true }),
  schedulingGates: listMap(38, PodSchedulingGate, ['name'], '@core.PodSpec.schedulingGates'),
  resourceClaims: listMap(39, PodResourceClaim, ['name'], '@core.PodSpec.resourceClaims', { retainKeys: true }),
  resources: message(40, ResourceRequirements, '@core.PodSpec.resources'),
  hostnameOverride: str(41, '@core.PodSpec.hostnameOverride', { pointer: true }),
  schedulingGroup: message(43, PodSchedulingGroup, '@core.PodSpec.schedulingGroup'),
});
export type PodSpec = Infer<typeof PodSpec>;
