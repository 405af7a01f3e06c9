/**
 * Node: a machine that runs pods.
 */

import { bool, type Infer, list, message, set, str, struct } from '../dsl/field.ts';
import { keepStatus, soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { nodeColumns } from './node-columns.ts';
import { NodeConfigSource, NodeStatus } from './node-status.ts';
import { validateNode } from './node-validation.ts';
import { Taint } from './placement.ts';

export const NodeSpec = struct('io.k8s.api.core.v1.NodeSpec', 'Settings of a node.', {
  podCIDR: str(1, 'Range its pods have their addresses from.'),
  podCIDRs: set(7, 'string', 'The same, one for each address family; the first is podCIDR.', { merge: true }),
  providerID: str(3, 'Id the machine has with its provider.'),
  unschedulable: bool(4, 'True keeps new pods away.'),
  taints: list(5, Taint, 'Marks that keep pods away which do not tolerate them.'),
  configSource: message(6, NodeConfigSource, 'Not used any more.'),
  externalID: str(2, 'Not used any more.'),
});
export type NodeSpec = Infer<typeof NodeSpec>;

export const Node = struct('io.k8s.api.core.v1.Node', 'A machine that runs pods.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, NodeSpec, 'The desired state.'),
  status: message(3, NodeStatus, 'The observed state; written by the cluster.'),
});
export type Node = ObjectOf<typeof Node>;

const podCIDRsOf = ({ spec }: Node): string[] => (spec?.podCIDRs?.length ? spec.podCIDRs : spec?.podCIDR ? [spec.podCIDR] : []);

export const nodes = defineResource<Node>({
  group: '',
  resource: 'nodes',
  kind: 'Node',
  namespaced: false,
  shortNames: ['no'],
  versions: soleVersion('v1', Node),
  hasStatus: true,
  subresources: [{ name: 'proxy', kind: 'NodeProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] }],
  defaults: (node) => {
    const cidrs = podCIDRsOf(node);
    if (cidrs.length > 0) node.spec = { ...node.spec, podCIDR: cidrs[0]!, podCIDRs: cidrs };
    // what is not set aside for the system may be used
    if (node.status?.capacity) node.status.allocatable ??= { ...node.status.capacity };
  },
  validate: validateNode,
  // a node registers itself with its status, so create keeps it as it is
  prepareCreate: () => {},
  prepareUpdate: keepStatus,
  claims: (node) => podCIDRsOf(node).map((value) => ({ scope: 'nodeCIDR', value })),
  selectableFields: { 'spec.unschedulable': (node) => String(node.spec?.unschedulable ?? false) },
  columns: nodeColumns,
});
