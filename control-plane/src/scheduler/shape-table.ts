/**
 * For one shape of pods: what every node says to it and what it is worth, as far as that depends on the node alone. Kept, and redone for the
 * nodes that changed since the table was last asked, so the next pod of the shape costs one scan over numbers.
 */
import type { BoundFilter, Normalize, UsageView, WeightedPlugin } from './plugin.ts';
import { FINAL } from './plugin.ts';
import type { ClusterState } from './state/cluster-state.ts';
import type { NodeInfo } from './state/node-table.ts';
import type { PodShape } from './state/pod-class.ts';
import { ABSENT, codeOf, detailOf, pluginOf } from './verdict.ts';

interface NodeFilter {
  readonly plugin: number;
  readonly test: (node: NodeInfo) => string | undefined;
}

interface UsageFilter extends BoundFilter {
  readonly plugin: number;
}

/** A score of the node part: raw values, kept; they matter only while one is not 0. */
export interface SoftScore {
  readonly weight: number;
  readonly of: (node: NodeInfo) => number;
  readonly normalize: Normalize;
  raw: Float64Array;
  nonzero: number;
}

const identity: Normalize = () => undefined;

export class ShapeTable {
  verdicts = new Uint32Array(0);
  /** Slots whose verdict is 0. */
  feasible = 0;
  /** How many nodes say what. */
  readonly tally = new Map<number, number>();
  /** Weighted scores of the usage part. */
  base = new Float64Array(0);
  readonly soft: SoftScore[] = [];
  readonly #state: ClusterState;
  readonly #nodeFilters: NodeFilter[] = [];
  readonly #usageFilters: UsageFilter[] = [];
  readonly #view: UsageView & { except?: string };
  readonly #usageScores: { readonly weight: number; readonly at: (slot: number) => number }[] = [];
  /** Verdicts of the node part. */
  #own = new Uint32Array(0);
  /** Texts of the node part, by code - 1. */
  readonly #texts: string[] = [];
  #nodeCursor = -1;
  #usageCursor = -1;

  constructor(shape: PodShape, plugins: readonly WeightedPlugin[], state: ClusterState) {
    this.#state = state;
    const view = { nodes: state.nodes, nominations: state.nominations, podsOn: (node: string) => state.podsOn(node) };
    this.#view = view;
    plugins.forEach(({ plugin, weight }, i) => {
      const test = plugin.node?.filter?.(shape);
      if (test) this.#nodeFilters.push({ plugin: i, test });
      const of = plugin.node?.score?.(shape);
      if (of) this.soft.push({ weight, of, normalize: plugin.node?.normalize ?? identity, raw: new Float64Array(0), nonzero: 0 });
      const filter = plugin.usage?.filter?.(shape, view);
      if (filter) this.#usageFilters.push({ ...filter, plugin: i });
      const at = plugin.usage?.score?.(shape, state.nodes);
      if (at) this.#usageScores.push({ weight, at });
    });
  }

  /** What a verdict of the table means. */
  reasons(verdict: number): readonly string[] {
    const plugin = pluginOf(verdict);
    const usage = this.#usageFilters.find((filter) => filter.plugin === plugin);
    if (usage) return usage.reasons(detailOf(verdict));
    return [this.#texts[(detailOf(verdict) & ~FINAL) - 1]!];
  }

  /** One node, asked now; the promise that the pod `except` has itself does not count. */
  verdictOf(slot: number, except: string): number {
    this.#view.except = except;
    const verdict = this.#usageVerdict(slot, this.#nodeVerdict(slot));
    delete this.#view.except;
    return verdict;
  }

  baseOf(slot: number): number {
    let sum = 0;
    for (const { weight, at } of this.#usageScores) sum += weight * at(slot);
    return sum;
  }

  sync(): this {
    const { nodes } = this.#state;
    const { nodeLog, usageLog } = nodes;
    if (this.#usageCursor === usageLog.end) return this;
    const whole = this.verdicts.length !== nodes.capacity || this.#nodeCursor < 0;
    const moved = whole ? undefined : nodeLog.since(this.#nodeCursor, nodes.slots);
    const used = whole ? undefined : usageLog.since(this.#usageCursor, nodes.slots);
    this.#nodeCursor = nodeLog.end;
    this.#usageCursor = usageLog.end;
    if (moved && used) {
      for (const slot of moved) this.#redoNode(slot);
      for (const slot of used) this.#redoUsage(slot);
      return this;
    }
    this.verdicts = new Uint32Array(nodes.capacity).fill(ABSENT);
    this.feasible = 0;
    this.tally.clear();
    this.base = new Float64Array(nodes.capacity);
    this.#own = new Uint32Array(nodes.capacity);
    for (const score of this.soft) {
      score.raw = new Float64Array(nodes.capacity);
      score.nonzero = 0;
    }
    for (let slot = 0; slot < nodes.slots; slot++) {
      this.#redoNode(slot);
      this.#redoUsage(slot);
    }
    return this;
  }

  #redoNode(slot: number): void {
    this.#own[slot] = this.#nodeVerdict(slot);
    const info = this.#state.nodes.infos[slot];
    for (const score of this.soft) {
      const value = info ? score.of(info) : 0;
      if (score.raw[slot] !== 0) score.nonzero--;
      if (value !== 0) score.nonzero++;
      score.raw[slot] = value;
    }
  }

  #redoUsage(slot: number): void {
    const verdict = this.#usageVerdict(slot, this.#own[slot]!);
    const before = this.verdicts[slot]!;
    if (before !== verdict) {
      if (before === 0) this.feasible--;
      if (verdict === 0) this.feasible++;
      // slots that were never used count nowhere
      if (before !== ABSENT) this.tally.set(before, this.tally.get(before)! - 1);
      if (verdict !== ABSENT) this.tally.set(verdict, (this.tally.get(verdict) ?? 0) + 1);
      this.verdicts[slot] = verdict;
    }
    if (verdict === 0) this.base[slot] = this.baseOf(slot);
  }

  #usageVerdict(slot: number, own: number): number {
    if (own !== 0) return own;
    for (const filter of this.#usageFilters) {
      const code = filter.at(slot);
      if (code !== 0) return codeOf(filter.plugin, code) >>> 0;
    }
    return 0;
  }

  #nodeVerdict(slot: number): number {
    const info = this.#state.nodes.infos[slot];
    if (!info) return ABSENT;
    for (const { plugin, test } of this.#nodeFilters) {
      const text = test(info);
      if (text === undefined) continue;
      let at = this.#texts.indexOf(text);
      if (at < 0) at = this.#texts.push(text) - 1;
      return codeOf(plugin, (at + 1) | FINAL) >>> 0;
    }
    return 0;
  }
}

/** Numbers kept over all tables of a scheduler, at most. */
const MOST_CELLS = 4_000_000;

export class ShapeTables {
  readonly #tables = new Map<string, ShapeTable>();
  readonly #state: ClusterState;

  constructor(state: ClusterState) {
    this.#state = state;
  }

  /** Up to date when returned. The tables asked longest ago are forgotten. */
  get(shape: PodShape, plugins: readonly WeightedPlugin[]): ShapeTable {
    const known = this.#tables.get(shape.key);
    if (known) {
      // most recently asked stand last
      this.#tables.delete(shape.key);
      this.#tables.set(shape.key, known);
      return known.sync();
    }
    const most = Math.max(4, Math.floor(MOST_CELLS / this.#state.nodes.capacity / 4));
    while (this.#tables.size >= most) this.#tables.delete(this.#tables.keys().next().value!);
    const table = new ShapeTable(shape, plugins, this.#state);
    this.#tables.set(shape.key, table);
    return table.sync();
  }
}
