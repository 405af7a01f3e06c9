/**
 * Whether a node is lost, from when it was last heard. Silence before anybody listened proves nothing; and when most nodes fall silent at once,
 * the fault is taken to be on this side.
 */
import type { Node } from '#schema/core/node.ts';
import { parseTime } from '#schema/meta/time.ts';
import type { Liveness, NodeLiveness } from '../../hub/liveness.ts';

/** Silence after which a node counts as lost. Agents speak each 20 s. */
export const GRACE_MS = 40_000;
/** Above this share of lost nodes, and from this many on, nothing is evicted. */
const DISRUPTION_SHARE = 0.55;
const DISRUPTION_NODES = 3;

const indexes = new WeakMap<readonly NodeLiveness[], ReadonlyMap<string, NodeLiveness>>();

const entryOf = (liveness: Liveness, node: string): NodeLiveness | undefined => {
  let index = indexes.get(liveness.nodes);
  if (!index) {
    index = new Map(liveness.nodes.map((entry) => [entry.node, entry]));
    indexes.set(liveness.nodes, index);
  }
  return index.get(node);
};

/** The hub itself tells when this node falls silent: nobody need ask for it at a set time. */
export const isConnected = (node: Node, liveness: Liveness): boolean => entryOf(liveness, node.metadata.name ?? '')?.connected ?? false;

/** Unix ms of the last sign of life there can have been: what nobody listened to counts as one. */
export const heardAtMs = (node: Node, liveness: Liveness): number => {
  const created = parseTime(node.metadata.creationTimestamp ?? '') || 0;
  const heard = entryOf(liveness, node.metadata.name ?? '')?.lastHeardMs ?? 0;
  return Math.max(heard, created, liveness.observingSinceMs);
};

/** Unix ms from which on the node is lost if nothing more is heard. */
export const lostAtMs = (node: Node, liveness: Liveness): number => heardAtMs(node, liveness) + GRACE_MS;

const disruptions = new WeakMap<Liveness, { readonly nodes: readonly Node[]; readonly nowMs: number; readonly disrupted: boolean }>();

/** Too many nodes are lost at once. Counted once per list of nodes and moment. */
export const isDisrupted = (nodes: readonly Node[], liveness: Liveness, nowMs: number): boolean => {
  const memo = disruptions.get(liveness);
  if (memo?.nodes === nodes && memo.nowMs === nowMs) return memo.disrupted;
  const lost = nodes.filter((node) => lostAtMs(node, liveness) <= nowMs).length;
  const disrupted = lost >= DISRUPTION_NODES && lost > nodes.length * DISRUPTION_SHARE;
  disruptions.set(liveness, { nodes, nowMs, disrupted });
  return disrupted;
};
