/**
 * Node: a machine that runs pods.
 */

import { bool, type Infer, list, message, set, str, struct } from '../dsl/field.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { NodeConfigSource, NodeStatus } from './node-status.ts';
import { Taint } from './placement.ts';

export const NodeSpec = struct('io.k8s.api.core.v1.NodeSpec', '@core.NodeSpec', {
  podCIDR: str(1, '@core.NodeSpec.podCIDR'),
  podCIDRs: set(7, 'string', '@core.NodeSpec.podCIDRs', { merge: true }),
  providerID: str(3, '@core.NodeSpec.providerID'),
  unschedulable: bool(4, '@core.NodeSpec.unschedulable'),
  taints: list(5, Taint, '@core.NodeSpec.taints'),
  configSource: message(6, NodeConfigSource, '@core.NodeSpec.configSource'),
  externalID: str(2, '@core.NodeSpec.externalID'),
});
export type NodeSpec = Infer<typeof NodeSpec>;

export const Node = struct('io.k8s.api.core.v1.Node', '@core.Node', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, '@core.Node.metadata'),
  spec: message(2, NodeSpec, '@core.Node.spec'),
  status: message(3, NodeStatus, '@core.Node.status'),
});
export type Node = ObjectOf<typeof Node>;
