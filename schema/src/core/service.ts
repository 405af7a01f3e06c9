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

export const ServicePort = struct('io.k8s.api.core.v1.ServicePort', '@core.ServicePort', {
  name: str(1, '@core.ServicePort.name'),
  protocol: str(2, '@core.ServicePort.protocol', { default: 'TCP', enum: ['SCTP', 'TCP', 'UDP'] }),
  appProtocol: str(6, '@core.ServicePort.appProtocol', { pointer: true }),
  port: int32(3, '@core.ServicePort.port', { required: true }),
  targetPort: intOrString(4, '@core.ServicePort.targetPort'),
  nodePort: int32(5, '@core.ServicePort.nodePort'),
});
export type ServicePort = Infer<typeof ServicePort>;

export const ClientIPConfig = struct('io.k8s.api.core.v1.ClientIPConfig', '@core.ClientIPConfig', {
  timeoutSeconds: int32(1, '@core.ClientIPConfig.timeoutSeconds', { pointer: true }),
});
export type ClientIPConfig = Infer<typeof ClientIPConfig>;

export const SessionAffinityConfig = struct('io.k8s.api.core.v1.SessionAffinityConfig', '@core.SessionAffinityConfig', {
  clientIP: message(1, ClientIPConfig, '@core.SessionAffinityConfig.clientIP'),
});
export type SessionAffinityConfig = Infer<typeof SessionAffinityConfig>;

export const ServiceSpec = struct('io.k8s.api.core.v1.ServiceSpec', '@core.ServiceSpec', {
  ports: listMap(1, ServicePort, ['port', 'protocol'], '@core.ServiceSpec.ports'),
  selector: map(2, 'string', '@core.ServiceSpec.selector', { atomic: true }),
  clusterIP: str(3, '@core.ServiceSpec.clusterIP'),
  clusterIPs: list(18, 'string', '@core.ServiceSpec.clusterIPs'),
  type: str(4, '@core.ServiceSpec.type', { enum: ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'] }),
  externalIPs: list(5, 'string', '@core.ServiceSpec.externalIPs'),
  sessionAffinity: str(7, '@core.ServiceSpec.sessionAffinity', { enum: ['ClientIP', 'None'] }),
  loadBalancerIP: str(8, '@core.ServiceSpec.loadBalancerIP'),
  loadBalancerSourceRanges: list(9, 'string', '@core.ServiceSpec.loadBalancerSourceRanges'),
  externalName: str(10, '@core.ServiceSpec.externalName'),
  externalTrafficPolicy: str(11, '@core.ServiceSpec.externalTrafficPolicy', { enum: ['Cluster', 'Local'] }),
  healthCheckNodePort: int32(12, '@core.ServiceSpec.healthCheckNodePort'),
  publishNotReadyAddresses: bool(13, '@core.ServiceSpec.publishNotReadyAddresses'),
  sessionAffinityConfig: message(14, SessionAffinityConfig, '@core.ServiceSpec.sessionAffinityConfig'),
  ipFamilies: list(19, 'string', '@core.ServiceSpec.ipFamilies'),
  ipFamilyPolicy: str(17, '@core.ServiceSpec.ipFamilyPolicy', {
    pointer: true,
    enum: ['PreferDualStack', 'RequireDualStack', 'SingleStack'],
  }),
  allocateLoadBalancerNodePorts: bool(20, '@core.ServiceSpec.allocateLoadBalancerNodePorts', { pointer: true }),
  loadBalancerClass: str(21, '@core.ServiceSpec.loadBalancerClass', { pointer: true }),
  internalTrafficPolicy: str(22, '@core.ServiceSpec.internalTrafficPolicy', { pointer: true, enum: ['Cluster', 'Local'] }),
  trafficDistribution: str(23, '@core.ServiceSpec.trafficDistribution', { pointer: true }),
});
export type ServiceSpec = Infer<typeof ServiceSpec>;

export const PortStatus = struct('io.k8s.api.core.v1.PortStatus', '@core.PortStatus', {
  port: int32(1, '@core.PortStatus.port', { required: true, default: 0 }),
  protocol: str(2, '@core.PortStatus.protocol', { required: true, default: '' }),
  error: str(3, '@core.PortStatus.error', { pointer: true }),
});
export type PortStatus = Infer<typeof PortStatus>;

export const LoadBalancerIngress = struct('io.k8s.api.core.v1.LoadBalancerIngress', '@core.LoadBalancerIngress', {
  ip: str(1, '@core.LoadBalancerIngress.ip'),
  hostname: str(2, '@core.LoadBalancerIngress.hostname'),
  ipMode: str(3, '@core.LoadBalancerIngress.ipMode', { pointer: true }),
  ports: list(4, PortStatus, '@core.LoadBalancerIngress.ports'),
});
export type LoadBalancerIngress = Infer<typeof LoadBalancerIngress>;

export const LoadBalancerStatus = struct('io.k8s.api.core.v1.LoadBalancerStatus', '@core.LoadBalancerStatus', {
  ingress: list(1, LoadBalancerIngress, '@core.LoadBalancerStatus.ingress'),
});
export type LoadBalancerStatus = Infer<typeof LoadBalancerStatus>;

export const ServiceStatus = struct('io.k8s.api.core.v1.ServiceStatus', '@core.ServiceStatus', {
  loadBalancer: message(1, LoadBalancerStatus, '@core.ServiceStatus.loadBalancer', { default: {} }),
  conditions: listMap(2, Condition, ['type'], '@core.ServiceStatus.conditions'),
});
export type ServiceStatus = Infer<typeof ServiceStatus>;

export const Service = struct('io.k8s.api.core.v1.Service', '@core.Service', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, '@core.Service.metadata'),
  spec: message(2, ServiceSpec, '@core.Service.spec', { default: {} }),
  status: message(3, ServiceStatus, '@core.Service.status'),
});
export type Service = ObjectOf<typeof Service, 'spec'>;

export const services = defineResource<Service>({
  group: '',
  resource: 'services',
  kind: 'Service',
  namespaced: true,
  shortNames: ['svc'],
  categories: ['all'],
  versions: soleVersion('v1', Service),
  hasStatus: true,
  generation: false,
  defaults: defaultService,
  validate: validateService,
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
