/**
 * NetworkPolicy: who may talk to some pods, and to whom they may talk.
 * @see https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
import { type Infer, int32, intOrString, list, message, str, struct } from '../dsl/field.ts';
import { ageColumn, formatSelector, nameColumn, text } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { validateNetworkPolicy } from './network-policy-validation.ts';

export const NetworkPolicyPort = struct('io.k8s.api.networking.v1.NetworkPolicyPort', 'A port, or a range of ports.', {
  protocol: str(1, 'TCP, UDP or SCTP; TCP by default.', { pointer: true }),
  port: intOrString(2, 'Port by number or name; absent for all.', { pointer: true }),
  endPort: int32(3, 'Last port of a range that begins with port.', { pointer: true }),
});
export type NetworkPolicyPort = Infer<typeof NetworkPolicyPort>;

export const IPBlock = struct('io.k8s.api.networking.v1.IPBlock', 'A block of addresses.', {
  cidr: str(1, 'The block.', { required: true, default: '' }),
  except: list(2, 'string', 'Blocks inside it that do not count.'),
});
export type IPBlock = Infer<typeof IPBlock>;

export const NetworkPolicyPeer = struct('io.k8s.api.networking.v1.NetworkPolicyPeer', 'Who is at the other end.', {
  podSelector: message(1, LabelSelector, 'Pods with these labels, in the namespaces selected or in that of the policy.'),
  namespaceSelector: message(2, LabelSelector, 'Namespaces with these labels.'),
  ipBlock: message(3, IPBlock, 'Addresses; excludes the selectors.'),
});
export type NetworkPolicyPeer = Infer<typeof NetworkPolicyPeer>;

export const NetworkPolicyIngressRule = struct('io.k8s.api.networking.v1.NetworkPolicyIngressRule', 'Traffic let in.', {
  ports: list(1, NetworkPolicyPort, 'Ports of the pods; empty for all.'),
  from: list(2, NetworkPolicyPeer, 'Where it may come from; empty for anywhere.'),
});
export type NetworkPolicyIngressRule = Infer<typeof NetworkPolicyIngressRule>;

export const NetworkPolicyEgressRule = struct('io.k8s.api.networking.v1.NetworkPolicyEgressRule', 'Traffic let out.', {
  ports: list(1, NetworkPolicyPort, 'Ports of the other end; empty for all.'),
  to: list(2, NetworkPolicyPeer, 'Where it may go; empty for anywhere.'),
});
export type NetworkPolicyEgressRule = Infer<typeof NetworkPolicyEgressRule>;

export const NetworkPolicySpec = struct('io.k8s.api.networking.v1.NetworkPolicySpec', 'Which pods, and what traffic is let through.', {
  podSelector: message(1, LabelSelector, 'Pods it is about; empty for all of the namespace.', { default: {} }),
  ingress: list(2, NetworkPolicyIngressRule, 'Traffic let in.'),
  egress: list(3, NetworkPolicyEgressRule, 'Traffic let out.'),
  policyTypes: list(4, 'string', 'Directions it rules: Ingress, Egress or both.'),
});
export type NetworkPolicySpec = Infer<typeof NetworkPolicySpec>;

export const NetworkPolicy = struct('io.k8s.api.networking.v1.NetworkPolicy', 'Who may talk to some pods, and to whom they may talk.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, NetworkPolicySpec, 'The desired state.', { default: {} }),
});
export type NetworkPolicy = ObjectOf<typeof NetworkPolicy, 'spec'>;

export const networkPolicies = defineResource<NetworkPolicy>({
  group: 'networking.k8s.io',
  resource: 'networkpolicies',
  kind: 'NetworkPolicy',
  namespaced: true,
  shortNames: ['netpol'],
  inactive: 'nodes do not enforce network policies: the object is stored and nothing acts on it',
  versions: soleVersion('v1', NetworkPolicy),
  defaults: ({ spec }) => {
    for (const { ports = [] } of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) for (const port of ports) port.protocol ??= 'TCP';
    if (!spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress'];
  },
  validate: validateNetworkPolicy,
  columns: [
    nameColumn,
    text('Pod-Selector', 'Pods it is about.', ({ spec }: NetworkPolicy) => formatSelector(spec.podSelector)),
    ageColumn,
  ],
});
