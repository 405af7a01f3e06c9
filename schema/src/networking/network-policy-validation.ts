/** What a network policy must be. Paths and wording are upstream's. */
import { problems } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { forbidden, invalid, notSupported, required } from '../validation/errors.ts';
import { cidrContains, parseCIDR, validateCIDR } from '../validation/ip.ts';
import { validateLabelSelector } from '../validation/label-selector.ts';
import { isValidPortName, isValidPortNum } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from './network-policy.ts';

const types = ['Egress', 'Ingress'];
const protocols = ['SCTP', 'TCP', 'UDP'];

export const validateNetworkPolicy = ({ metadata, spec }: NetworkPolicy, old?: NetworkPolicy): FieldError[] => {
  const errors = [
    ...validateObjectMeta(metadata, { namespaced: true }, old?.metadata),
    ...validateLabelSelector(spec.podSelector, 'spec.podSelector'),
    ...(spec.ingress ?? []).flatMap(({ ports, from }, i) => validateRule(`spec.ingress[${i}]`, ports, { name: 'from', peers: from })),
    ...(spec.egress ?? []).flatMap(({ ports, to }, i) => validateRule(`spec.egress[${i}]`, ports, { name: 'to', peers: to })),
  ];
  const { policyTypes = [] } = spec;
  if (policyTypes.length > types.length) {
    errors.push(invalid('spec.policyTypes', policyTypes, 'may not specify more than two policyTypes'));
    return errors;
  }
  for (const [i, type] of policyTypes.entries()) {
    if (!types.includes(type)) errors.push(notSupported(`spec.policyTypes[${i}]`, type, types));
  }
  return errors;
};

const validateRule = (
  at: string,
  ports: readonly NetworkPolicyPort[] = [],
  { name, peers = [] }: { name: string; peers: readonly NetworkPolicyPeer[] | undefined },
): FieldError[] => [
  ...ports.flatMap((port, i) => validatePort(port, `${at}.ports[${i}]`)),
  ...peers.flatMap((peer, i) => validatePeer(peer, `${at}.${name}[${i}]`)),
];

const validatePort = ({ protocol, port, endPort }: NetworkPolicyPort, at: string): FieldError[] => {
  const errors: FieldError[] = [];
  if (protocol !== undefined && !protocols.includes(protocol)) errors.push(notSupported(`${at}.protocol`, protocol, protocols));
  if (typeof port === 'number') {
    errors.push(...problems(`${at}.port`, port, isValidPortNum(port)));
    if (endPort === undefined) return errors;
    if (endPort < port) errors.push(invalid(`${at}.endPort`, endPort, 'must be greater than or equal to `port`'));
    errors.push(...problems(`${at}.endPort`, endPort, isValidPortNum(endPort)));
  } else if (port !== undefined) {
    if (endPort !== undefined) errors.push(invalid(`${at}.endPort`, endPort, 'may not be specified when `port` is non-numeric'));
    errors.push(...problems(`${at}.port`, port, isValidPortName(port)));
  } else if (endPort !== undefined) {
    errors.push(invalid(`${at}.endPort`, endPort, 'may not be specified when `port` is not specified'));
  }
  return errors;
};

const validatePeer = ({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, at: string): FieldError[] => {
  const errors = [
    ...validateLabelSelector(podSelector, `${at}.podSelector`),
    ...validateLabelSelector(namespaceSelector, `${at}.namespaceSelector`),
    ...(ipBlock ? validateBlock(ipBlock, `${at}.ipBlock`) : []),
  ];
  const selects = podSelector !== undefined || namespaceSelector !== undefined;
  if (!selects && !ipBlock) errors.push(required(at, 'must specify a peer'));
  else if (selects && ipBlock) errors.push(forbidden(at, 'may not specify both ipBlock and another peer'));
  return errors;
};

const validateBlock = ({ cidr, except = [] }: IPBlock, at: string): FieldError[] => {
  if (cidr === '') return [required(`${at}.cidr`)];
  const errors = validateCIDR(`${at}.cidr`, cidr);
  const block = parseCIDR(cidr);
  for (const [i, text] of except.entries()) {
    const field = `${at}.except[${i}]`;
    const problem = validateCIDR(field, text);
    errors.push(...problem);
    if (problem.length > 0 || !block) continue;
    const inner = text.slice(0, text.indexOf('/'));
    if (!cidrContains(cidr, inner) || parseCIDR(text)!.bits <= block.bits) {
      errors.push(invalid(field, text, 'must be a strict subset of `cidr`'));
    }
  }
  return errors;
};
