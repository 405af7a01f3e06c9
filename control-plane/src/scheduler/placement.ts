/**
 * Where one pod goes: filter all nodes, score those left, take the best. Pure over the state; equals share by chance, the same chance each time,
 * whatever order nodes came in.
 */

import type { Diagnosis } from './diagnosis.ts';
import type { BoundFilter, NodesLeft, Normalize, WeightedPlugin } from './plugin.ts';
import { ShapeTable, ShapeTables } from './shape-table.ts';
import type { ClusterState } from './state/cluster-state.ts';
import type { PodShape } from './state/pod-class.ts';
import type { PodInfo } from './state/pod-info.ts';
import { chanceOf, LazyNodesLeft, luckiest, seedOf } from './tie-break.ts';
import { ABSENT, codeOf, detailOf, pluginOf } from './verdict.ts';

export type Placement = { readonly slot: number; readonly refusal?: undefined } | { readonly slot: undefined; readonly refusal: Refusal };

export interface Refusal extends Diagnosis {
  /** Verdicts by slot; undefined when the pod was rejected before nodes were looked at. Good until the next placement. */
  readonly verdicts: Uint32Array | undefined;
  /** What a verdict means: texts in Kubernetes' words. */
  readonly textsOf: (verdict: number) => readonly string[];
}

interface ClusterFilter extends BoundFilter {
  readonly plugin: number;
}

export class Placer {
  readonly state: ClusterState;
  readonly plugins: readonly WeightedPlugin[];
  readonly #tables: ShapeTables;
  readonly #probes = new WeakMap<PodShape, ShapeTable>();
  readonly #sets = new Map<string, ReadonlySet<string>>();
  #verdicts = new Uint32Array(0);
  #slots = new Int32Array(0);
  #raw = new Float64Array(0);
  #totals = new Float64Array(0);

  constructor(state: ClusterState, plugins: readonly WeightedPlugin[]) {
    this.state = state;
    this.plugins = plugins;
    this.#tables = new ShapeTables(state);
  }

  /** Filters of the cluster part for one pod, in order. Good until the state changes. */
  filters(pod: PodInfo): readonly ClusterFilter[] {
    const filters: ClusterFilter[] = [];
    this.plugins.forEach(({ plugin }, i) => {
      const filter = plugin.cluster?.filter?.(pod, this.state);
      if (filter) filters.push({ at: filter.at, reasons: filter.reasons, plugin: i });
    });
    return filters;
  }

  /** What one node says to the pod now; the pod's own nomination does not count against it. */
  verdictOf(pod: PodInfo, slot: number, filters: readonly ClusterFilter[] = this.filters(pod)): number {
    const verdict = this.#probe(pod).verdictOf(slot, pod.uid);
    return verdict === 0 ? firstRefusal(filters, slot) : verdict;
  }

  /** For questions about single nodes: a table that keeps nothing of them. */
  #probe({ class: { shape } }: PodInfo): ShapeTable {
    let probe = this.#probes.get(shape);
    if (!probe) {
      probe = new ShapeTable(shape, this.plugins, this.state);
      this.#probes.set(shape, probe);
    }
    return probe;
  }

  /** What a verdict of `verdictOf` means, in Kubernetes' words. */
  reasonsOf(pod: PodInfo, verdict: number): readonly string[] {
    const plugin = pluginOf(verdict);
    const filter = this.filters(pod).find((f) => f.plugin === plugin);
    if (filter) return filter.reasons(detailOf(verdict));
    const usage = this.plugins[plugin]?.plugin.usage?.filter?.(pod.class.shape, this.state);
    return usage ? usage.reasons(detailOf(verdict)) : [];
  }

  place(pod: PodInfo): Placement {
    const { state } = this;
    const { nodes } = state;
    for (const { plugin } of this.plugins) {
      const rejected = plugin.cluster?.reject?.(pod, state);
      if (rejected === undefined) continue;
      const refusal = {
        nodes: nodes.count,
        reasons: new Map(),
        rejected,
        plugins: this.#interned([plugin.name]),
        verdicts: undefined,
        textsOf: () => [],
      };
      return { slot: undefined, refusal };
    }
    const filters = this.filters(pod);
    const promised = state.nominations.slotOf(pod.uid);
    const there = promised === undefined ? 0 : this.verdictOf(pod, promised, filters);
    if (promised !== undefined && there === 0) return { slot: promised };
    const { named } = pod.class.shape;
    if (named) return this.#placeAmong(pod, named, filters);
    const table = this.#tables.get(pod.class.shape, this.plugins);
    const verdicts = filters.length === 0 && promised === undefined ? table.verdicts : this.#refine(table.verdicts, filters);
    // tables know the shape alone: to them its own promise takes room
    if (promised !== undefined) verdicts[promised] = there;
    const slot = table.feasible === 0 ? undefined : this.#best(pod, table, verdicts);
    if (slot !== undefined) return { slot };
    return { slot: undefined, refusal: this.#refusal(verdicts, table, filters) };
  }

  /** The few nodes an affinity names; the others are not even looked at. */
  #placeAmong(pod: PodInfo, names: readonly string[], filters: readonly ClusterFilter[]): Placement {
    const { nodes } = this.state;
    const table = this.#probe(pod);
    this.#reserve();
    const verdicts = this.#verdicts.fill(ABSENT);
    let best: number | undefined;
    let bestBase = 0;
    let looked = 0;
    for (const name of names) {
      const slot = nodes.slotOf(name);
      if (slot === undefined) continue;
      looked++;
      const verdict = table.verdictOf(slot, pod.uid) || firstRefusal(filters, slot);
      verdicts[slot] = verdict;
      if (verdict !== 0) continue;
      const base = table.baseOf(slot);
      if (best === undefined || base > bestBase) {
        best = slot;
        bestBase = base;
      }
    }
    if (best !== undefined) return { slot: best };
    const refusal = this.#refusal(verdicts, table, filters);
    const others = nodes.count - looked;
    if (others === 0) return { slot: undefined, refusal };
    const reasons = new Map(refusal.reasons).set("node(s) didn't satisfy plugin(s) [NodeAffinity]", others);
    return { slot: undefined, refusal: { ...refusal, reasons, plugins: this.#interned([...refusal.plugins, 'NodeAffinity']) } };
  }

  #reserve(): void {
    const { capacity } = this.state.nodes;
    if (this.#verdicts.length === capacity) return;
    this.#verdicts = new Uint32Array(capacity);
    this.#slots = new Int32Array(capacity);
    this.#raw = new Float64Array(capacity);
    this.#totals = new Float64Array(capacity);
  }

  #refine(verdicts: Uint32Array, filters: readonly ClusterFilter[]): Uint32Array {
    this.#reserve();
    const refined = this.#verdicts;
    const { slots } = this.state.nodes;
    refined.set(verdicts.length > slots ? verdicts.subarray(0, slots) : verdicts);
    // one filter after the other: each loop runs one function
    for (const { at, plugin } of filters) {
      for (let slot = 0; slot < slots; slot++) {
        if (refined[slot] !== 0) continue;
        const code = at(slot);
        if (code !== 0) refined[slot] = codeOf(plugin, code);
      }
    }
    return refined;
  }

  #highest(pod: PodInfo, verdicts: Uint32Array, base: Float64Array): number | undefined {
    const { slots, hash } = this.state.nodes;
    const seed = seedOf(pod.uid);
    let best = -1;
    let top = -1;
    let luck = 0;
    for (let slot = 0; slot < slots; slot++) {
      if (verdicts[slot] !== 0) continue;
      const value = base[slot]!;
      if (value < top) continue;
      const chance = chanceOf(seed, hash[slot]!);
      if (value === top && chance <= luck) continue;
      best = slot;
      top = value;
      luck = chance;
    }
    return best < 0 ? undefined : best;
  }

  /** Scores that are normalized over the nodes left are added to the base, where there are any. */
  #best(pod: PodInfo, table: ShapeTable, verdicts: Uint32Array): number | undefined {
    const left = new LazyNodesLeft(() => this.#left(verdicts));
    let totals: Float64Array | undefined;
    const add = (weight: number, at: (slot: number) => number, normalize: Normalize): void => {
      const { slots, count } = left;
      const raw = this.#raw;
      for (let i = 0; i < count; i++) raw[i] = at(slots[i]!);
      normalize(raw, count, slots);
      totals ??= this.#baseTotals(table, left);
      const sums = totals;
      for (let i = 0; i < count; i++) sums[i]! += weight * raw[i]!;
    };
    for (const { nonzero, raw, normalize, weight } of table.soft) {
      if (nonzero > 0 && left.count > 1) add(weight, (slot) => raw[slot]!, normalize);
    }
    for (const { plugin, weight } of this.plugins) {
      const score = plugin.cluster?.score?.(pod, this.state, left);
      if (score && left.count > 1) add(weight, score.at, score.normalize);
    }
    if (!totals) return this.#highest(pod, verdicts, table.base);
    return luckiest(seedOf(pod.uid), this.state.nodes.hash, left, totals);
  }

  #left(verdicts: Uint32Array): NodesLeft {
    this.#reserve();
    const slots = this.#slots;
    const end = this.state.nodes.slots;
    let count = 0;
    for (let slot = 0; slot < end; slot++) if (verdicts[slot] === 0) slots[count++] = slot;
    return { slots, count };
  }

  #baseTotals(table: ShapeTable, { slots, count }: NodesLeft): Float64Array {
    const totals = this.#totals;
    for (let i = 0; i < count; i++) totals[i] = table.base[slots[i]!]!;
    return totals;
  }

  /** Equal sets are one object. */
  #interned(names: Iterable<string>): ReadonlySet<string> {
    const sorted = [...new Set(names)].sort();
    const key = sorted.join();
    const known = this.#sets.get(key) ?? new Set(sorted);
    this.#sets.set(key, known);
    return known;
  }

  #refusal(verdicts: Uint32Array, table: ShapeTable, filters: readonly ClusterFilter[]): Refusal {
    const { slots, count: nodes } = this.state.nodes;
    const tally = verdicts === table.verdicts ? table.tally : tallyOf(verdicts, slots);
    const reasons = new Map<string, number>();
    const plugins = new Set<string>();
    const textsOf = (verdict: number): readonly string[] => {
      if (verdict === ABSENT || verdict === 0) return [];
      const filter = filters.find((f) => f.plugin === pluginOf(verdict));
      return filter ? filter.reasons(detailOf(verdict)) : table.reasons(verdict);
    };
    for (const [verdict, count] of tally) {
      if (verdict === ABSENT || verdict === 0 || count === 0) continue;
      plugins.add(this.plugins[pluginOf(verdict)]!.plugin.name);
      for (const text of textsOf(verdict)) reasons.set(text, (reasons.get(text) ?? 0) + count);
    }
    return { nodes, reasons, plugins: this.#interned(plugins), verdicts, textsOf };
  }
}

/** How many slots say what; equal neighbours are counted as runs. */
const tallyOf = (verdicts: Uint32Array, slots: number): ReadonlyMap<number, number> => {
  const tally = new Map<number, number>();
  for (let slot = 0; slot < slots; ) {
    const verdict = verdicts[slot]!;
    const start = slot;
    while (slot < slots && verdicts[slot] === verdict) slot++;
    tally.set(verdict, (tally.get(verdict) ?? 0) + slot - start);
  }
  return tally;
};

const firstRefusal = (filters: readonly ClusterFilter[], slot: number): number => {
  for (const filter of filters) {
    const code = filter.at(slot);
    if (code !== 0) return codeOf(filter.plugin, code) >>> 0;
  }
  return 0;
};
