/** Requests must fit into what is left; which nodes score higher is the strategy's choice. Limits play no part. Room that is promised counts as used. */

import { isVictim } from '../decisions.ts';
import { type BoundFilter, FINAL, type Plugin, type UsageView } from '../plugin.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { NodeInfo, NodeTable } from '../state/node-table.ts';
import type { PodShape } from '../state/pod-class.ts';
import type { PodInfo } from '../state/pod-info.ts';
import type { Amounts } from '../state/pod-requests.ts';
import { amountsOf } from '../state/pod-requests.ts';
import { leastAllocated, type ScoringStrategy } from './scoring-strategy.ts';

const TOO_MANY_PODS = 1;
/** A code has a bit for each requested resource; the last bit stands for all beyond. */
const MOST_BITS = 21;

const bitOf = (i: number): number => 2 << Math.min(i, MOST_BITS - 1);

const sumOf = (pods: readonly PodInfo[], column: number): number => {
  let sum = 0;
  for (const {
    class: { shape },
  } of pods) {
    const at = shape.columns.indexOf(column);
    if (at >= 0) sum += shape.amounts[at]!;
  }
  return sum;
};

/** What is promised on a slot to pods of at least this priority. */
const promised = (slot: number, { priority }: PodShape, { nominations, except }: UsageView & { readonly except?: string }) => {
  const pods = nominations.before({ uid: except, priority }, slot);
  return { count: pods.length, ofColumn: (column: number) => sumOf(pods, column) };
};

const filter = (shape: PodShape, view: UsageView & { readonly except?: string }): BoundFilter => {
  const { columns, amounts, resources } = shape;
  const { nodes, nominations } = view;
  const at = (slot: number): number => {
    const promises = nominations.on(slot) ? promised(slot, shape, view) : undefined;
    let code = nodes.podCount[slot]! + (promises?.count ?? 0) + 1 > nodes.allowedPods[slot]! ? TOO_MANY_PODS : 0;
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i]!;
      const offered = nodes.allocatable[column]![slot]!;
      const used = nodes.requested[column]![slot]! + (promises?.ofColumn(column) ?? 0);
      if (amounts[i]! > offered - used) code |= amounts[i]! > offered ? bitOf(i) | FINAL : bitOf(i);
    }
    return code;
  };
  const reasons = (code: number): string[] => [
    ...(code & TOO_MANY_PODS ? ['Too many pods'] : []),
    ...resources.filter((_, i) => code & bitOf(i)).map((resource) => `Insufficient ${resource}`),
  ];
  return { at, reasons };
};

const offers = (node: NodeInfo): Amounts => amountsOf(node.node.status?.allocatable ?? node.node.status?.capacity);

/** The node could hold the pod if it were empty, and offers more than before of something the pod wants. */
const grew = (shape: PodShape, node: NodeInfo, previous: NodeInfo | undefined): boolean => {
  const now = offers(node);
  if (shape.resources.some((resource, i) => shape.amounts[i]! > (now[resource] ?? 0))) return false;
  if (!previous) return true;
  const before = offers(previous);
  return ['pods', ...shape.resources].some((resource) => (now[resource] ?? 0) > (before[resource] ?? 0));
};

/** The node a pod left has room now, pods of lower priority thought away and promises kept. */
const roomOn = (shape: PodShape, node: string, state: ClusterState): boolean => {
  const { nodes } = state;
  const slot = nodes.slotOf(node);
  if (slot === undefined) return false;
  const promises = promised(slot, shape, state);
  const lower: PodInfo[] = [];
  for (const pod of state.podsOn(node).values()) if (pod.class.shape.priority < shape.priority && !isVictim(pod.pod)) lower.push(pod);
  if (nodes.podCount[slot]! - lower.length + promises.count + 1 > nodes.allowedPods[slot]!) return false;
  return shape.columns.every((column, i) => {
    const used = nodes.requested[column]![slot]! - sumOf(lower, column) + promises.ofColumn(column);
    return shape.amounts[i]! <= nodes.allocatable[column]![slot]! - used;
  });
};

export const nodeResourcesFit = (strategy: ScoringStrategy = leastAllocated): Plugin => ({
  name: 'NodeResourcesFit',
  usage: {
    filter,
    score: (shape: PodShape, nodes: NodeTable) => strategy(shape, nodes),
  },
  wakes: ({ class: { shape } }, event, state) => {
    if (event.kind === 'node') return grew(shape, event.node, event.previous);
    return event.kind === 'gone' && roomOn(shape, event.node, state);
  },
});
