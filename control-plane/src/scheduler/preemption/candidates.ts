/**
 * What making room would cost on each node, kept per shape while only sizes decide: a node is worked out again when what it holds changed.
 * The order of preference is kube-scheduler's.
 */
import type { KubeObject } from '#schema/resource.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { PodShape } from '../state/pod-class.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { SizeTrial } from './trials.ts';
import { chooseVictims, type Victims } from './victims.ts';

/** Lower is better, position by position. */
export type Cost = readonly [violations: number, highest: number, sum: number, count: number, started: number];

/** Priorities may be negative; every victim counts. */
const LIFT = 2 ** 31;

export const costOf = ({ pods, violations }: Victims): Cost => {
  const highest = pods[0]?.class.shape.priority ?? 0;
  let sum = 0;
  let started = Number.POSITIVE_INFINITY;
  for (const { class: of, startedMs } of pods) {
    sum += of.shape.priority + LIFT;
    if (of.shape.priority === highest && startedMs < started) started = startedMs;
  }
  // the later the oldest of them began, the less is lost
  return [violations, highest, sum, pods.length, -started];
};

export const cheaper = (a: Cost, b: Cost): boolean => {
  if (a === b) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]!;
  return false;
};

export const lowerOn = (node: string, priority: number, state: ClusterState): PodInfo[] => {
  const lower: PodInfo[] = [];
  for (const pod of state.podsOn(node).values()) if (pod.class.shape.priority < priority) lower.push(pod);
  return lower;
};

/** A cost; or why there is none: a verdict, 0 for nobody to push out. */
export type Estimate = Cost | number;

export class CostTable {
  readonly #shape: PodShape;
  readonly #budgets: readonly KubeObject[];
  #cursor = -1;
  /** By slot. */
  #estimates: Estimate[] = [];
  /** Slots by cost; equal costs are one object, as most nodes of a cluster cost the same. */
  readonly #slots = new Map<Cost, Set<number>>();
  readonly #costs = new Map<string, Cost>();

  constructor(shape: PodShape, budgets: readonly KubeObject[]) {
    this.#shape = shape;
    this.#budgets = budgets;
  }

  /** Budgets move with every pod; what was worked out under others does not hold. */
  holds(budgets: readonly KubeObject[]): boolean {
    return this.#budgets === budgets;
  }

  sync(state: ClusterState): this {
    const { usageLog, slots } = state.nodes;
    const changed = this.#cursor < 0 ? undefined : usageLog.since(this.#cursor, slots);
    this.#cursor = usageLog.end;
    if (changed) for (const slot of changed) this.#redo(slot, state);
    else for (let slot = 0; slot < slots; slot++) this.#redo(slot, state);
    return this;
  }

  estimate(slot: number): Estimate {
    return this.#estimates[slot] ?? 0;
  }

  /** The slot where the least is lost, of those `allowed`. */
  cheapest(allowed: (slot: number) => boolean): number | undefined {
    let best: number | undefined;
    let least: Cost | undefined;
    for (const [cost, slots] of this.#slots) {
      if (least && !cheaper(cost, least)) continue;
      for (const slot of slots) {
        if (!allowed(slot)) continue;
        best = slot;
        least = cost;
        break;
      }
    }
    return best;
  }

  victims(slot: number, state: ClusterState): Victims | number {
    const node = state.nodes.infos[slot];
    const lower = node ? lowerOn(node.name, this.#shape.priority, state) : [];
    return lower.length === 0 ? 0 : chooseVictims(lower, new SizeTrial(this.#shape, slot, state), this.#budgets);
  }

  #redo(slot: number, state: ClusterState): void {
    const before = this.#estimates[slot];
    if (typeof before === 'object') this.#leave(before as Cost, slot);
    const victims = this.victims(slot, state);
    const estimate = typeof victims === 'number' ? victims : this.#interned(costOf(victims));
    this.#estimates[slot] = estimate;
    if (typeof estimate === 'number') return;
    const slots = this.#slots.get(estimate);
    if (slots) slots.add(slot);
    else this.#slots.set(estimate, new Set([slot]));
  }

  #leave(cost: Cost, slot: number): void {
    const slots = this.#slots.get(cost);
    slots?.delete(slot);
    if (slots?.size !== 0) return;
    this.#slots.delete(cost);
    this.#costs.delete(cost.join());
  }

  #interned(cost: Cost): Cost {
    const key = cost.join();
    const known = this.#costs.get(key);
    if (known) return known;
    this.#costs.set(key, cost);
    return cost;
  }
}
