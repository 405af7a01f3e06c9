/** Requests must fit into what is left; which nodes score higher is the strategy's choice. Limits play no part. Room that is promised counts as used. */

import { type BoundFilter, FINAL, type Plugin, type UsageView } from '../plugin.ts';
import type { NodeInfo, NodeTable } from '../state/node-table.ts';
import type { PodShape } from '../state/pod-class.ts';
import type { Amounts } from '../state/pod-requests.ts';
import { amountsOf } from '../state/pod-requests.ts';
import { leastAllocated, type ScoringStrategy } from './scoring-strategy.ts';

const TOO_MANY_PODS = 1;
/** A code has a bit for each requested resource; the last bit stands for all beyond. */
const MOST_BITS = 21;

const bitOf = (i: number): number => 2 << Math.min(i, MOST_BITS - 1);

/** What is promised on a slot to pods of at least this priority. */
const promised = (slot: number, shape: PodShape, { nominations, except }: UsageView & { readonly except?: string }) => {
  const pods = (nominations.on(slot) ?? []).filter(
    ({ uid, class: { shape: other } }) => uid !== except && other.priority >= shape.priority,
  );
  const ofColumn = (column: number): number =>
    pods.reduce((sum, { class: { shape: other } }) => {
      const at = other.columns.indexOf(column);
      return at < 0 ? sum : sum + other.amounts[at]!;
    }, 0);
  return { count: pods.length, ofColumn };
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

export const nodeResourcesFit = (strategy: ScoringStrategy = leastAllocated): Plugin => ({
  name: 'NodeResourcesFit',
  usage: {
    filter,
    score: (shape: PodShape, nodes: NodeTable) => strategy(shape, nodes),
  },
  wakes: ({ class: { shape } }, event) => (event.kind === 'node' && grew(shape, event.node, event.previous)) || event.kind === 'gone',
});
