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
  #versions = new Float64Array(0);
  #estimates: Estimate[] = [];
  readonly #costs = new Map<string, Cost>();

  constructor(shape: PodShape, budgets: readonly KubeObject[]) {
    this.#shape = shape;
    this.#budgets = budgets;
  }

  /** Budgets move with every pod; what was worked out under others does not hold. */
  holds(budgets: readonly KubeObject[]): boolean {
    return this.#budgets === budgets;
  }

  get(slot: number, state: ClusterState): Estimate {
    const { nodes } = state;
    if (this.#versions.length !== nodes.capacity) {
      this.#versions = new Float64Array(nodes.capacity).fill(-1);
      this.#estimates = new Array(nodes.capacity).fill(0);
    }
    const version = nodes.usageVersion[slot]!;
    if (this.#versions[slot] !== version) {
      this.#versions[slot] = version;
      const victims = this.victims(slot, state);
      this.#estimates[slot] = typeof victims === 'number' ? victims : this.#interned(costOf(victims));
    }
    return this.#estimates[slot]!;
  }

  /** Equal costs are one object, as most nodes of a cluster cost the same. */
  #interned(cost: Cost): Cost {
    const key = cost.join();
    const known = this.#costs.get(key);
    if (known) return known;
    if (this.#costs.size > 10_000) this.#costs.clear();
    this.#costs.set(key, cost);
    return cost;
  }

  victims(slot: number, state: ClusterState): Victims | number {
    const lower = lowerOn(state.nodes.infos[slot]!.name, this.#shape.priority, state);
    return lower.length === 0 ? 0 : chooseVictims(lower, new SizeTrial(this.#shape, slot, state), this.#budgets);
  }
}
