/**
 * Defaults of a service, and what an update keeps of the values the cluster gave it.
 * @see https://kubernetes.io/docs/concepts/services-networking/service/
 */
import type { Service, ServicePort, ServiceSpec } from './service.ts';

const AFFINITY_SECONDS = 10_800;

export const hasClusterIP = (spec: ServiceSpec): boolean => spec.type !== 'ExternalName';
export const hasNodePorts = (spec: ServiceSpec): boolean => spec.type === 'NodePort' || spec.type === 'LoadBalancer';
const reachesFromOutside = (spec: ServiceSpec): boolean => hasNodePorts(spec) || (spec.externalIPs?.length ?? 0) > 0;

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
    if (!port.targetPort) port.targetPort = port.port;
  }
  if (reachesFromOutside(spec)) spec.externalTrafficPolicy ??= 'Cluster';
  if (hasClusterIP(spec)) {
    spec.internalTrafficPolicy ??= 'Cluster';
    spec.ipFamilyPolicy ??= 'SingleStack';
    alignClusterIPs(spec);
    spec.ipFamilies ??= [spec.clusterIPs?.[0]?.includes(':') ? 'IPv6' : 'IPv4'];
  }
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
  for (const ingress of service.status?.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP';
};

/** `clusterIP` is always the first of `clusterIPs`; whoever sets one of them may leave the other to this. */
export const alignClusterIPs = (spec: ServiceSpec): void => {
  if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
  else if (!spec.clusterIP && spec.clusterIPs?.length) spec.clusterIP = spec.clusterIPs[0]!;
};

const portKey = (port: ServicePort): string => `${port.protocol ?? 'TCP'}/${port.port}`;

/**
 * Values the cluster gave are kept where the new spec leaves them out and its type still needs them, and dropped where the type no longer
 * does and the client did not change them.
 */
export const carryOverAllocations = (service: Service, old: Service): void => {
  const { spec } = service;
  if (hasClusterIP(old.spec) && hasClusterIP(spec)) {
    if (!spec.clusterIP && !spec.clusterIPs?.length && old.spec.clusterIP) {
      spec.clusterIP = old.spec.clusterIP;
      spec.clusterIPs = [...(old.spec.clusterIPs ?? [old.spec.clusterIP])];
      if (old.spec.ipFamilies) spec.ipFamilies = [...old.spec.ipFamilies];
    }
  } else if (!hasClusterIP(spec) && spec.clusterIP === old.spec.clusterIP) {
    for (const field of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy'] as const) delete spec[field];
  }
  if (hasNodePorts(old.spec)) carryOverNodePorts(spec, old.spec);
  if (old.spec.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    for (const field of ['allocateLoadBalancerNodePorts', 'loadBalancerClass'] as const)
      if (spec[field] === old.spec[field]) delete spec[field];
  }
};

const carryOverNodePorts = (spec: ServiceSpec, old: ServiceSpec): void => {
  const known = new Map((old.ports ?? []).filter((port) => port.nodePort).map((port) => [portKey(port), port.nodePort]));
  if (hasNodePorts(spec)) {
    if (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts === false) return;
    const used = new Set((spec.ports ?? []).map((port) => port.nodePort).filter(Boolean));
    for (const port of spec.ports ?? []) {
      const nodePort = known.get(portKey(port));
      if (!port.nodePort && nodePort && !used.has(nodePort)) port.nodePort = nodePort;
    }
    return;
  }
  const held = new Set(known.values());
  for (const port of spec.ports ?? []) if (port.nodePort && held.has(port.nodePort)) delete port.nodePort;
  if (spec.healthCheckNodePort === old.healthCheckNodePort) delete spec.healthCheckNodePort;
  if (!reachesFromOutside(spec) && spec.externalTrafficPolicy === old.externalTrafficPolicy) delete spec.externalTrafficPolicy;
};
