/**
 * Services: cluster addresses and node ports, picked at random and kept unique by the store's claims. An address a client names must be free
 * and in range; one it leaves open is picked again when the pick turns out to be taken.
 */
import type { KubeObject } from '#schema/resource.ts';
import { invalid } from '#schema/validation/errors.ts';
import { cidrSize, formatIPv4, ipAt, parseCIDR, parseIPv4 } from '../ipv4.ts';
import type { AllocationContext, Strategy } from '../strategy.ts';

/** Offsets in the service CIDR the server never picks: the network, `kubernetes`, DNS. A client may name the last two. */
const reserved = new Set([0, 1, 10]);

const hasClusterIP = (spec: any): boolean => spec.type !== 'ExternalName';
const hasNodePorts = (spec: any): boolean =>
  spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);

const pickAddress = ({ cluster, random }: AllocationContext): string => {
  const range = parseCIDR(cluster.serviceCIDR)!;
  const last = cidrSize(range) - 2;
  let offset = 0;
  while (reserved.has(offset)) offset = 1 + Math.min(last - 1, Math.floor(random() * last));
  return formatIPv4(ipAt(range, offset));
};

const pickPort = ({ cluster, random }: AllocationContext, used: ReadonlySet<string>, protocol: string): number => {
  const [from, to] = cluster.nodePortRange;
  for (let tries = 0; ; tries++) {
    const port = from + Math.min(to - from, Math.floor(random() * (to - from + 1)));
    if (tries > 100 || !used.has(`${protocol}/${port}`)) return port;
  }
};

const addressErrors = (spec: any, context: AllocationContext) => {
  const ip = spec.clusterIP as string;
  const range = parseCIDR(context.cluster.serviceCIDR)!;
  const value = parseIPv4(ip);
  // Its syntax is the definition's to judge.
  if (value === undefined) return [];
  const offset = value - range.base;
  if (offset > 0 && offset < cidrSize(range)) return [];
  return [
    invalid(
      'spec.clusterIPs',
      [ip],
      `failed to allocate IP ${ip}: the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${context.cluster.serviceCIDR}`,
    ),
  ];
};

const portErrors = (spec: any, old: KubeObject | undefined, context: AllocationContext) => {
  const [from, to] = context.cluster.nodePortRange;
  const before = new Set((old?.spec?.ports ?? []).map((p: any) => p.nodePort));
  return (spec.ports ?? []).flatMap((port: any, i: number) =>
    port.nodePort && !before.has(port.nodePort) && (port.nodePort < from || port.nodePort > to)
      ? [
          invalid(
            `spec.ports[${i}].nodePort`,
            port.nodePort,
            `provided port is not in the valid range. The range of valid ports is ${from}-${to}`,
          ),
        ]
      : [],
  );
};

export const services: Strategy = {
  resource: 'core/services',

  allocate: (service, old, context) => {
    const spec = service.spec;
    if (!spec) return [];
    const errors = [];
    if (hasClusterIP(spec)) {
      if (!spec.clusterIP && spec.clusterIPs?.[0]) spec.clusterIP = spec.clusterIPs[0];
      if (!spec.clusterIP && old?.spec?.clusterIP && old.spec.type !== 'ExternalName') spec.clusterIP = old.spec.clusterIP;
      if (!spec.clusterIP) spec.clusterIP = pickAddress(context);
      else if (spec.clusterIP !== 'None' && spec.clusterIP !== old?.spec?.clusterIP) errors.push(...addressErrors(spec, context));
      spec.clusterIPs ??= [];
      if (spec.clusterIPs.length === 0) spec.clusterIPs = [spec.clusterIP];
      spec.ipFamilies ??= ['IPv4'];
      spec.ipFamilyPolicy ??= 'SingleStack';
    } else {
      delete spec.clusterIP;
      delete spec.clusterIPs;
      delete spec.ipFamilies;
      delete spec.ipFamilyPolicy;
    }
    const ports: any[] = spec.ports ?? [];
    if (hasNodePorts(spec)) {
      errors.push(...portErrors(spec, old, context));
      const used = new Set(ports.filter((p) => p.nodePort).map((p) => `${p.protocol ?? 'TCP'}/${p.nodePort}`));
      for (const port of ports) {
        if (port.nodePort) continue;
        const protocol = port.protocol ?? 'TCP';
        const before = (old?.spec?.ports ?? []).find((p: any) => p.nodePort && p.port === port.port && (p.protocol ?? 'TCP') === protocol);
        // Two protocols of one port share their node port, as upstream gives them.
        const twin = ports.find((p) => p.nodePort && p.port === port.port && !used.has(`${protocol}/${p.nodePort}`));
        const kept = before && !used.has(`${protocol}/${before.nodePort}`) ? before.nodePort : undefined;
        port.nodePort = kept ?? twin?.nodePort ?? pickPort(context, used, protocol);
        used.add(`${protocol}/${port.nodePort}`);
      }
    } else if (old && hasNodePorts(old.spec ?? {})) {
      const before = new Set((old.spec.ports ?? []).map((p: any) => p.nodePort));
      for (const port of ports) if (before.has(port.nodePort)) delete port.nodePort;
    }
    return errors;
  },

  claimTaken: (asked, claim) => {
    const spec = asked.spec ?? {};
    if (claim.scope === 'clusterIP') {
      if (spec.clusterIP !== claim.value && spec.clusterIPs?.[0] !== claim.value) return undefined;
      return invalid('spec.clusterIPs', [claim.value], `failed to allocate IP ${claim.value}: provided IP is already allocated`);
    }
    const number = Number(/\d+/.exec(claim.value)?.[0]);
    const index = (spec.ports ?? []).findIndex((p: any) => p.nodePort === number);
    return index < 0 ? undefined : invalid(`spec.ports[${index}].nodePort`, number, 'provided port is already allocated');
  },
};
