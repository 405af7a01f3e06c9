/** What a service must be. Paths and wording are upstream's. */
import { portNumberOrName, problems } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { duplicate, forbidden, invalid, required } from '../validation/errors.ts';
import { validateCIDR, validateIP } from '../validation/ip.ts';
import { isDNS1123Label, isDNS1123Subdomain, isValidPortNum, label1035Name } from '../validation/names.ts';
import { validateLabels, validateObjectMeta } from '../validation/object-meta.ts';
import type { Service, ServiceSpec } from './service.ts';
import { hasClusterIP, hasNodePorts, reachesFromOutside } from './service-defaults.ts';

const MAX_AFFINITY_SECONDS = 86_400;

export const validateService = (service: Service, old?: Service): FieldError[] => {
  const { spec } = service;
  const errors = [
    ...validateObjectMeta(service.metadata, { namespaced: true, nameRule: label1035Name }, old?.metadata),
    ...validatePorts(spec),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...validateAddresses(spec),
    ...validateTraffic(spec),
  ];
  return old ? [...errors, ...validateClusterIPUpdate(spec, old.spec)] : errors;
};

const validatePorts = (spec: ServiceSpec): FieldError[] => {
  const ports = spec.ports ?? [];
  if (ports.length === 0) return spec.type === 'ExternalName' || spec.clusterIP === 'None' ? [] : [required('spec.ports')];
  const names = new Set<string>();
  const numbers = new Set<string>();
  const nodePorts = new Set<string>();
  return ports.flatMap((port, i) => {
    const at = `spec.ports[${i}]`;
    const { name = '', protocol = 'TCP', nodePort } = port;
    const errors = problems(`${at}.port`, port.port, isValidPortNum(port.port));
    if (name !== '') {
      errors.push(...problems(`${at}.name`, name, isDNS1123Label(name)));
      if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
      names.add(name);
    } else if (ports.length > 1) errors.push(required(`${at}.name`));
    if (port.targetPort !== undefined) errors.push(...portNumberOrName(`${at}.targetPort`, port.targetPort));
    const key = `${protocol}/${port.port}`;
    if (numbers.has(key)) errors.push(duplicate(at, { protocol, port: port.port }));
    numbers.add(key);
    if (!nodePort) return errors;
    if (!hasNodePorts(spec)) errors.push(forbidden(`${at}.nodePort`, `may not be used when \`type\` is '${spec.type}'`));
    const nodeKey = `${protocol}/${nodePort}`;
    if (nodePorts.has(nodeKey)) errors.push(duplicate(`${at}.nodePort`, nodePort));
    nodePorts.add(nodeKey);
    return errors;
  });
};

const validateAddresses = (spec: ServiceSpec): FieldError[] => {
  const errors: FieldError[] = [];
  const addresses = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : []);
  if (hasClusterIP(spec)) {
    for (const [i, ip] of addresses.entries()) if (ip !== 'None' && ip !== '') errors.push(...validateIP(`spec.clusterIPs[${i}]`, ip));
    if (spec.clusterIPs?.length && (spec.clusterIP ?? '') !== spec.clusterIPs[0]) {
      errors.push(invalid('spec.clusterIPs', spec.clusterIPs, 'first value must match `clusterIP`'));
    }
    if (hasNodePorts(spec) && addresses[0] === 'None') {
      errors.push(invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`));
    }
  } else {
    if (addresses.length > 0) errors.push(forbidden('spec.clusterIPs', 'may not be set for ExternalName services'));
    const name = (spec.externalName ?? '').replace(/\.$/, '');
    if (name === '') errors.push(required('spec.externalName'));
    else errors.push(...problems('spec.externalName', spec.externalName, isDNS1123Subdomain(name)));
  }
  for (const [i, ip] of (spec.externalIPs ?? []).entries()) errors.push(...validateIP(`spec.externalIPs[${i}]`, ip));
  for (const [i, cidr] of (spec.loadBalancerSourceRanges ?? []).entries()) {
    errors.push(...validateCIDR(`spec.loadBalancerSourceRanges[${i}]`, cidr.trim()));
  }
  return errors;
};

const validateTraffic = (spec: ServiceSpec): FieldError[] => {
  const errors: FieldError[] = [];
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (spec.sessionAffinity === 'ClientIP' && seconds !== undefined && (seconds <= 0 || seconds > MAX_AFFINITY_SECONDS)) {
    const rule = `must be greater than 0 and less than ${MAX_AFFINITY_SECONDS}`;
    errors.push(invalid('spec.sessionAffinityConfig.clientIP.timeoutSeconds', seconds, rule));
  }
  if (spec.externalTrafficPolicy && !reachesFromOutside(spec)) {
    errors.push(invalid('spec.externalTrafficPolicy', spec.externalTrafficPolicy, 'may only be set for externally-accessible services'));
  }
  if (spec.type !== 'LoadBalancer') {
    for (const field of ['loadBalancerClass', 'allocateLoadBalancerNodePorts'] as const) {
      if (spec[field] !== undefined) errors.push(forbidden(`spec.${field}`, "may only be used when `type` is 'LoadBalancer'"));
    }
  }
  return errors;
};

const validateClusterIPUpdate = (spec: ServiceSpec, old: ServiceSpec): FieldError[] => {
  const [before] = old.clusterIPs ?? (old.clusterIP ? [old.clusterIP] : []);
  if (!before || !hasClusterIP(old) || !hasClusterIP(spec)) return [];
  const after = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : []);
  return after[0] === before ? [] : [invalid('spec.clusterIPs[0]', after, 'may not change once set')];
};
