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

export const PodOS = struct('io.k8s.api.core.v1.PodOS', 'Operating system of a pod.', {
  name: str(1, 'linux or windows.', { required: true, enum: ['linux', 'windows'] }),
});
export type PodOS = Infer<typeof PodOS>;

export const PodReadinessGate = struct('io.k8s.api.core.v1.PodReadinessGate', 'A condition that must be true before the pod is ready.', {
  conditionType: str(1, 'Type of the condition.', { required: true, default: '' }),
});
export type PodReadinessGate = Infer<typeof PodReadinessGate>;

export const PodSchedulingGate = struct('io.k8s.api.core.v1.PodSchedulingGate', 'Holds a pod back from scheduling.', {
  name: str(1, 'Name of the gate.', { required: true }),
});
export type PodSchedulingGate = Infer<typeof PodSchedulingGate>;

export const PodResourceClaim = struct('io.k8s.api.core.v1.PodResourceClaim', 'Devices the pod uses.', {
  name: str(1, 'Name that containers refer to.', { required: true }),
  resourceClaimName: str(3, 'An existing claim.', { pointer: true }),
  resourceClaimTemplateName: str(4, 'Template that a claim is made from for this pod.', { pointer: true }),
});
export type PodResourceClaim = Infer<typeof PodResourceClaim>;

export const PodSchedulingGroup = struct('io.k8s.api.core.v1.PodSchedulingGroup', 'Pods that are scheduled together.', {
  podGroupName: str(1, 'Name of the group.', { pointer: true }),
});
export type PodSchedulingGroup = Infer<typeof PodSchedulingGroup>;

export const HostAlias = struct('io.k8s.api.core.v1.HostAlias', 'A line of /etc/hosts.', {
  ip: str(1, 'IP address.', { required: true, default: '' }),
  hostnames: list(2, 'string', 'Names for it.'),
});
export type HostAlias = Infer<typeof HostAlias>;

export const PodDNSConfigOption = struct('io.k8s.api.core.v1.PodDNSConfigOption', 'An option of the resolver.', {
  name: str(1, 'Name of the option.'),
  value: str(2, 'Its value, where it has one.', { pointer: true }),
});
export type PodDNSConfigOption = Infer<typeof PodDNSConfigOption>;

export const PodDNSConfig = struct('io.k8s.api.core.v1.PodDNSConfig', 'Resolver settings beside dnsPolicy.', {
  nameservers: list(1, 'string', 'Addresses of name servers.'),
  searches: list(2, 'string', 'Domains to search in.'),
  options: list(3, PodDNSConfigOption, 'Options of the resolver.'),
});
export type PodDNSConfig = Infer<typeof PodDNSConfig>;

export const PodSpec = struct('io.k8s.api.core.v1.PodSpec', 'What a pod shall be.', {
  volumes: listMap(1, Volume, ['name'], 'Volumes its containers may mount.', { retainKeys: true }),
  initContainers: listMap(20, Container, ['name'], 'Containers that run one after the other before the others start.'),
  containers: listMap(2, Container, ['name'], 'Its containers; at least one.', { required: true }),
  ephemeralContainers: listMap(34, EphemeralContainer, ['name'], 'Containers added while it runs, for debugging.'),
  restartPolicy: str(3, 'Always, OnFailure or Never.', { enum: ['Always', 'Never', 'OnFailure'] }),
  terminationGracePeriodSeconds: int64(4, 'Seconds its processes have to end; 30 by default.', { pointer: true }),
  activeDeadlineSeconds: int64(5, 'Seconds after which it is ended as failed.', { pointer: true }),
  dnsPolicy: str(6, 'ClusterFirst, ClusterFirstWithHostNet, Default or None.', {
    enum: ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'],
  }),
  nodeSelector: map(7, 'string', 'Labels the node must have.', { atomic: true }),
  serviceAccountName: str(8, 'Service account it runs as.'),
  serviceAccount: str(9, 'Old name of serviceAccountName.'),
  automountServiceAccountToken: bool(21, "False keeps the account's token out.", { pointer: true }),
  nodeName: str(10, 'Node it is bound to; set by the scheduler.'),
  hostNetwork: bool(11, "Uses the node's network."),
  hostPID: bool(12, "Sees the node's processes."),
  hostIPC: bool(13, "Uses the node's IPC."),
  shareProcessNamespace: bool(27, "Its containers see each other's processes.", { pointer: true }),
  securityContext: message(14, PodSecurityContext, 'Security settings of the pod.'),
  imagePullSecrets: listMap(15, LocalObjectReference, ['name'], 'Secrets for pulling images.'),
  hostname: str(16, "Host name; the pod's name by default."),
  subdomain: str(17, 'Makes the full name hostname.subdomain.namespace.svc.domain.'),
  affinity: message(18, Affinity, 'Where it must or should run.'),
  schedulerName: str(19, 'Scheduler that places it.'),
  tolerations: list(22, Toleration, 'Taints it tolerates.'),
  hostAliases: listMap(23, HostAlias, ['ip'], 'Lines to add to /etc/hosts.'),
  priorityClassName: str(24, 'Class its priority comes from.'),
  priority: int32(25, 'Its priority; higher goes first.', { pointer: true }),
  dnsConfig: message(26, PodDNSConfig, 'Resolver settings beside dnsPolicy.'),
  readinessGates: list(28, PodReadinessGate, 'Conditions that must be true before it is ready.'),
  runtimeClassName: str(29, 'Runtime class it runs in.', { pointer: true }),
  enableServiceLinks: bool(30, 'Whether its environment names the services of its namespace; true by default.', { pointer: true }),
  preemptionPolicy: str(31, 'Whether it may push out others: PreemptLowerPriority or Never.', {
    pointer: true,
    enum: ['Never', 'PreemptLowerPriority'],
  }),
  overhead: map(32, 'quantity', 'Resources it takes beside its containers; from the runtime class.'),
  topologySpreadConstraints: listMap(
    33,
    TopologySpreadConstraint,
    ['topologyKey', 'whenUnsatisfiable'],
    'How its like are spread over places.',
  ),
  setHostnameAsFQDN: bool(35, 'Uses the full name as host name.', { pointer: true }),
  os: message(36, PodOS, 'Operating system it is for.'),
  hostUsers: bool(37, 'False gives it a user namespace of its own.', { pointer: true }),
  schedulingGates: listMap(38, PodSchedulingGate, ['name'], 'While any is left, it is not scheduled.'),
  resourceClaims: listMap(39, PodResourceClaim, ['name'], 'Devices it uses.', { retainKeys: true }),
  resources: message(40, ResourceRequirements, 'Resources of the pod as a whole.'),
  hostnameOverride: str(41, 'Host name as it is, whatever the other fields say.', { pointer: true }),
  schedulingGroup: message(43, PodSchedulingGroup, 'Pods it is scheduled with.'),
});
export type PodSpec = Infer<typeof PodSpec>;
