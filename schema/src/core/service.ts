/**
 * Service: one stable address for a changing set of pods.
 */

import { bool, type Infer, int32, intOrString, list, listMap, map, message, str, struct } from '../dsl/field.ts';
import { Condition } from '../meta/condition.ts';
import { keepStatus, soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { serviceColumns } from './service-columns.ts';
import { defaultService, dropTypeDependentFields } from './service-defaults.ts';
import { validateService } from './service-validation.ts';
import { serviceWarnings } from './service-warnings.ts';

export const ServicePort = struct('io.k8s.api.core.v1.ServicePort', 'A port of a service.', {
  name: str(1, 'Name; needed when there is more than one port.'),
  protocol: str(2, 'TCP, UDP or SCTP.', { default: 'TCP', enum: ['SCTP', 'TCP', 'UDP'] }),
  appProtocol: str(6, 'Protocol spoken on top, such as kubernetes.io/h2c.', { pointer: true }),
  port: int32(3, 'Port of the service.', { required: true, default: 0 }),
  targetPort: intOrString(4, 'Port of the pods, by number or name; the same as port by default.'),
  nodePort: int32(5, 'Port of every node that leads to it.'),
});
export type ServicePort = Infer<typeof ServicePort>;

export const ClientIPConfig = struct('io.k8s.api.core.v1.ClientIPConfig', "Affinity by the client's address.", {
  timeoutSeconds: int32(1, 'Seconds a client stays with its pod; 10800 by default.', { pointer: true }),
});
export type ClientIPConfig = Infer<typeof ClientIPConfig>;

export const SessionAffinityConfig = struct('io.k8s.api.core.v1.SessionAffinityConfig', 'Settings of session affinity.', {
  clientIP: message(1, ClientIPConfig, 'For ClientIP.'),
});
export type SessionAffinityConfig = Infer<typeof SessionAffinityConfig>;

export const ServiceSpec = struct('io.k8s.api.core.v1.ServiceSpec', 'How a service is reached, and what is behind it.', {
  ports: listMap(1, ServicePort, ['port', 'protocol'], 'Its ports.'),
  selector: map(2, 'string', 'Labels of the pods behind it; empty when someone else writes its endpoints.', { atomic: true }),
  clusterIP: str(3, 'Address in the cluster; None for a headless service.'),
  clusterIPs: list(18, 'string', 'Addresses in the cluster, one for each family; the first is clusterIP.'),
  type: str(4, 'ClusterIP, NodePort, LoadBalancer or ExternalName.', { enum: ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'] }),
  externalIPs: list(5, 'string', 'Further addresses that nodes accept its traffic on.'),
  sessionAffinity: str(7, 'ClientIP keeps a client with its pod; None does not.', { enum: ['ClientIP', 'None'] }),
  loadBalancerIP: str(8, 'Address the load balancer should have; not used any more.'),
  loadBalancerSourceRanges: list(9, 'string', 'Client ranges the load balancer lets through.'),
  externalName: str(10, 'Name that an ExternalName service stands for.'),
  externalTrafficPolicy: str(11, 'Whether traffic from outside may go to pods of other nodes: Cluster or Local.', {
    enum: ['Cluster', 'Local'],
  }),
  healthCheckNodePort: int32(12, 'Port on which nodes tell a load balancer whether they have pods.'),
  publishNotReadyAddresses: bool(13, 'Also names pods that are not ready.'),
  sessionAffinityConfig: message(14, SessionAffinityConfig, 'Settings of session affinity.'),
  ipFamilies: list(19, 'string', 'IPv4, IPv6 or both, in order.'),
  ipFamilyPolicy: str(17, 'SingleStack, PreferDualStack or RequireDualStack.', {
    pointer: true,
    enum: ['PreferDualStack', 'RequireDualStack', 'SingleStack'],
  }),
  allocateLoadBalancerNodePorts: bool(20, 'False leaves a load balancer without node ports.', { pointer: true }),
  loadBalancerClass: str(21, 'Which load balancer implementation serves it.', { pointer: true }),
  internalTrafficPolicy: str(22, 'Whether traffic from inside may go to pods of other nodes: Cluster or Local.', {
    pointer: true,
    enum: ['Cluster', 'Local'],
  }),
  trafficDistribution: str(23, 'Wish for where traffic goes, such as PreferSameZone.', { pointer: true }),
});
export type ServiceSpec = Infer<typeof ServiceSpec>;

export const PortStatus = struct('io.k8s.api.core.v1.PortStatus', 'State of one port of a load balancer.', {
  port: int32(1, 'Port number.', { required: true, default: 0 }),
  protocol: str(2, 'TCP, UDP or SCTP.', { required: true, default: '' }),
  error: str(3, 'What went wrong.', { pointer: true }),
});
export type PortStatus = Infer<typeof PortStatus>;

export const LoadBalancerIngress = struct('io.k8s.api.core.v1.LoadBalancerIngress', 'One way into a load balancer.', {
  ip: str(1, 'IP address.'),
  hostname: str(2, 'Host name.'),
  ipMode: str(3, "VIP when packets keep this address, Proxy when they get the node's.", { pointer: true }),
  ports: list(4, PortStatus, 'State of its ports.'),
});
export type LoadBalancerIngress = Infer<typeof LoadBalancerIngress>;

export const LoadBalancerStatus = struct('io.k8s.api.core.v1.LoadBalancerStatus', 'State of a load balancer.', {
  ingress: list(1, LoadBalancerIngress, 'Ways in.'),
});
export type LoadBalancerStatus = Infer<typeof LoadBalancerStatus>;

export const ServiceStatus = struct('io.k8s.api.core.v1.ServiceStatus', 'What was observed of a service.', {
  loadBalancer: message(1, LoadBalancerStatus, 'State of its load balancer.', { default: {} }),
  conditions: listMap(2, Condition, ['type'], 'Latest observations, one for each type.'),
});
export type ServiceStatus = Infer<typeof ServiceStatus>;

export const Service = struct('io.k8s.api.core.v1.Service', 'One stable address for a changing set of pods.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, ServiceSpec, 'The desired state.', { default: {} }),
  status: message(3, ServiceStatus, 'The observed state; written by the cluster.'),
});
export type Service = ObjectOf<typeof Service, 'spec'>;

export const services = defineResource<Service>({
  group: '',
  resource: 'services',
  kind: 'Service',
  namespaced: true,
  returnsDeleted: true,
  createsOnUpdate: true,
  shortNames: ['svc'],
  subresources: [{ name: 'proxy', kind: 'ServiceProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] }],
  categories: ['all'],
  versions: soleVersion('v1', Service),
  hasStatus: true,
  generation: false,
  defaults: defaultService,
  validate: validateService,
  warnings: serviceWarnings,
  prepareCreate: (service) => {
    service.status = { loadBalancer: {} };
  },
  prepareUpdate: (service, old) => {
    dropTypeDependentFields(service, old);
    keepStatus(service, old);
  },
  claims: ({ spec }) => [
    ...(spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : []))
      .filter((ip) => ip !== '' && ip !== 'None')
      .map((value) => ({ scope: 'clusterIP', value })),
    ...(spec.ports ?? [])
      .filter((port) => port.nodePort)
      .map((port) => ({ scope: 'nodePort', value: `${port.protocol ?? 'TCP'}/${port.nodePort}` })),
  ],
  selectableFields: { 'spec.clusterIP': ({ spec }) => spec.clusterIP ?? '', 'spec.type': ({ spec }) => spec.type ?? '' },
  columns: serviceColumns,
});
