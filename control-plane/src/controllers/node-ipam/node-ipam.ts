/**
 * Node IPAM: gives each node its share of the cluster's pod network, spec.podCIDR. Nodes without one are served in order of name, the i-th
 * takes the i-th free range, so one round never offers a range twice; the store's claim keeps it unique whatever races. It happens once in a node's
 * life, so the node controller's word that it knows the node is said with it.
 */
import { type Node, nodes } from '#schema/core/node.ts';
import {
  type Change,
  type Controller,
  nothing,
  type ObjectRef,
  type Outcome,
  type ReconcileContext,
} from '../../controller-runtime/controller.ts';
import type { ConditionalNote } from '../../controller-runtime/engine.ts';
import type { Range } from '../../registry/ipv4.ts';
import { rangeAt, rangeCount, rangeOf } from './cidr.ts';

const NODES = 'core/nodes';

const byName = (a: Node, b: Node): number => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1);

/** The i-th range that no node holds; undefined when fewer are free. */
const freeRange = (range: Range, mask: number, held: ReadonlySet<string>, i: number): string | undefined => {
  let free = 0;
  for (let index = 0; index < rangeCount(range, mask); index++) {
    const candidate = rangeAt(range, mask, index);
    if (!held.has(candidate) && free++ === i) return candidate;
  }
  return undefined;
};

const reconcile = (ref: ObjectRef, { snapshot, cluster }: ReconcileContext): Outcome => {
  const node = snapshot.get<Node>(NODES, '', ref.name);
  if (!node || node.metadata.deletionTimestamp || node.spec?.podCIDR) return nothing;
  const all = snapshot.all<Node>(NODES);
  const held = new Set(all.flatMap(({ spec }) => spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : [])));
  const waiting = all.filter(({ metadata, spec }) => !spec?.podCIDR && !metadata.deletionTimestamp).sort(byName);
  const podCIDR = freeRange(rangeOf(cluster.podCIDR), cluster.nodeCIDRMask, held, waiting.indexOf(node));
  if (podCIDR === undefined) {
    const message = `Node ${ref.name} status is now: CIDRNotAvailable`;
    const note: ConditionalNote = { about: node, type: 'Normal', reason: 'CIDRNotAvailable', message };
    return { changes: [], events: [note] };
  }
  const object = { ...node, spec: { ...node.spec, podCIDR, podCIDRs: [podCIDR] } };
  const change: Change = { op: 'update', definition: nodes, object };
  const message = `Node ${ref.name} event: Registered Node ${ref.name} in Controller`;
  const note: ConditionalNote = {
    about: node,
    type: 'Normal',
    reason: 'RegisteredNode',
    message,
    after: change,
    component: 'node-controller',
  };
  return { changes: [change], events: [note] };
};

export const nodeIpam: Controller = {
  name: 'cidrAllocator',
  primary: NODES,
  watches: [
    {
      // a node that leaves frees its range for those that wait
      resource: NODES,
      keys: (node, _previous, snapshot) =>
        snapshot.get(NODES, '', node.metadata.name ?? '')
          ? []
          : snapshot
              .all<Node>(NODES)
              .filter(({ spec }) => !spec?.podCIDR)
              .map(({ metadata }) => ({ namespace: '', name: metadata.name ?? '' })),
    },
  ],
  reconcile,
};
