/**
 * Defaults of a service, and what an update drops because the new type has no use for it. Addresses and node ports are given out by the API
 * server, which also keeps `clusterIP` and `clusterIPs` in step.
 * @see https://kubernetes.io/docs/concepts/services-networking/service/
 */
import type { Service, ServiceSpec } from './service.ts';

const AFFINITY_SECONDS = 10_800;

export const hasClusterIP = (spec: ServiceSpec): boolean => spec.type !== 'ExternalName';
export const hasNodePorts = (spec: ServiceSpec): boolean => spec.type === 'NodePort' || spec.type === 'LoadBalancer';
export const reachesFromOutside = (spec: ServiceSpec): boolean => hasNodePorts(spec) || (spec.externalIPs?.length ?? 0) > 0;

export const defaultService = (service: Service): void => {
  service.spec ??= {};
  const { spec } = service;
  spec.type ??= 'ClusterIP';
  spec.sessionAffinity ??= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  else {
    spec.sessionAffinityConfig ??= {};
    spec.sessionAffinityConfig.clientIP ??= {};
    spec.sessionAffinityConfig.clientIP.timeoutSeconds ??= AFFINITY_SECONDS;
  }
  for (const port of spec.ports ?? []) {
    port.protocol ??= 'TCP';
    if (!port.targetPort && port.port) port.targetPort = port.port;
  }
  if (reachesFromOutside(spec)) spec.externalTrafficPolicy ??= 'Cluster';
  if (hasClusterIP(spec)) spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
  for (const ingress of service.status?.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP';
};

/** A field whose type went away is dropped, unless the client changed it: then it is an error that validation names. */
export const dropTypeDependentFields = ({ spec }: Service, { spec: old }: Service): void => {
  const drop = (...fields: (keyof ServiceSpec)[]): void => {
    for (const field of fields) if (spec[field] === old[field]) delete spec[field];
  };
  if (hasClusterIP(old) && !hasClusterIP(spec)) drop('internalTrafficPolicy', 'clusterIP');
  if (reachesFromOutside(old) && !reachesFromOutside(spec)) drop('externalTrafficPolicy', 'healthCheckNodePort');
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') drop('allocateLoadBalancerNodePorts', 'loadBalancerClass');
};
