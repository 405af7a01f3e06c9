/**
 * Who must make room for a pod that fits nowhere: on which node the least is lost, by kube-scheduler's order (broken budgets, highest priority, sum
 * of priorities, number, age). The pod is promised the node, and keeps that promise while its victims end.
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
 */
import type { KubeObject } from '#schema/resource.ts';
import { isVictim } from '../decisions.ts';
import { available } from '../diagnosis.ts';
import type { Placer, Refusal } from '../placement.ts';
import { FINAL } from '../plugin.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { ABSENT } from '../verdict.ts';
import { type Cost, CostTable, cheaper, costOf, lowerOn } from './candidates.ts';
import { lacking, StateTrial, sizesDecide } from './trials.ts';
import { chooseVictims, type Victims } from './victims.ts';

export type Attempt =
  | { readonly victims: readonly PodInfo[]; readonly slot: number }
  /** `keeps`: the promise it has still stands. */
  | { readonly victims: undefined; readonly message: string; readonly keeps: boolean };

const NOT_HELPFUL = 'Preemption is not helpful for scheduling';
const NO_VICTIMS = 'No preemption victims found for incoming pod';

/** Where trying takes the pods out of the state, only so many nodes are tried: a tenth, at least this many. */
const MIN_TRIALS = 100;

interface Best {
  readonly slot: number;
  readonly cost: Cost;
}

/** Codes of a tally that are no verdicts. */
const FINALLY = 0xff00_0001;
const NOBODY = 0;

class Search {
  best: Best | undefined;
  /** How many nodes said what, by code; equal neighbours are counted as runs. */
  readonly #tally = new Map<number, number>();
  #last = 0;
  #run = 0;

  refuse(code: number): void {
    if (code === this.#last) {
      this.#run++;
      return;
    }
    this.#close();
    this.#last = code;
    this.#run = 1;
  }

  #close(): void {
    if (this.#run > 0) this.#tally.set(this.#last, (this.#tally.get(this.#last) ?? 0) + this.#run);
    this.#run = 0;
  }

  reasons(meaning: (code: number) => readonly string[]): Map<string, number> {
    this.#close();
    const reasons = new Map<string, number>();
    for (const [code, count] of this.#tally) {
      const texts = code === FINALLY ? [NOT_HELPFUL] : code === NOBODY ? [NO_VICTIMS] : meaning(code);
      for (const text of texts) reasons.set(text, (reasons.get(text) ?? 0) + count);
    }
    return reasons;
  }

  offer(slot: number, cost: Cost): void {
    if (!this.best || cheaper(cost, this.best.cost)) this.best = { slot, cost };
  }
}

/** One a scheduler: what it worked out for one pod serves the next of its shape. */
export class Preemptor {
  readonly #tables = new Map<string, CostTable>();

  try(pod: PodInfo, refusal: Refusal, placer: Placer): Attempt {
    const { state } = placer;
    const { verdicts, nodes } = refusal;
    if (pod.class.spec.preemptionPolicy === 'Never') return nobody('not eligible due to preemptionPolicy=Never.');
    if (this.#awaits(pod, refusal, placer)) return nobody('not eligible due to a terminating pod on the nominated node.', true);
    if (!verdicts) return nobody(available(nodes, new Map([[NOT_HELPFUL, nodes]])));
    const budgets = state.lookup.all('policy/poddisruptionbudgets');
    state.unnominate(pod.uid);
    const search = new Search();
    const bySize = sizesDecide(pod, placer);
    const table = bySize ? this.#table(pod, budgets) : undefined;
    if (table) costs(verdicts, table, placer, search);
    else trials(pod, verdicts.slice(), budgets, placer, search);
    const { best } = search;
    if (!best) {
      const meaning = (code: number) => (bySize ? lacking(pod.class.shape, code) : placer.reasonsOf(pod, code));
      return nobody(available(nodes, search.reasons(meaning)));
    }
    const victims = table ? table.victims(best.slot, state) : tryNode(pod, best.slot, budgets, placer);
    return { victims: (victims as Victims).pods, slot: best.slot };
  }

  #table({ class: { shape } }: PodInfo, budgets: readonly KubeObject[]): CostTable {
    const known = this.#tables.get(shape.key);
    if (known?.holds(budgets)) return known;
    if (this.#tables.size >= 16) this.#tables.clear();
    const table = new CostTable(shape, budgets);
    this.#tables.set(shape.key, table);
    return table;
  }

  /** Its victims are still ending: pushing out more would help nobody. */
  #awaits(pod: PodInfo, { verdicts }: Refusal, { state }: Placer): boolean {
    const slot = state.nominations.slotOf(pod.uid);
    if (slot === undefined || (verdicts && verdicts[slot]! & FINAL)) return false;
    return victimsOn(state.nodes.infos[slot]!.name, pod.class.shape.priority, state);
  }
}

/** Pods of lower priority on the node make room for somebody, and have not ended. */
export const victimsOn = (node: string, priority: number, state: ClusterState): boolean =>
  lowerOn(node, priority, state).some(({ pod }) => isVictim(pod));

const nobody = (message: string, keeps = false): Attempt => ({ victims: undefined, message, keeps });

/** Nodes whose refusal room would change. */
const changeable = (verdicts: Uint32Array, slot: number): boolean => {
  const verdict = verdicts[slot]!;
  return verdict !== ABSENT && verdict !== 0 && !(verdict & FINAL);
};

const costs = (verdicts: Uint32Array, table: CostTable, { state }: Placer, search: Search): void => {
  const slot = table.sync(state).cheapest((candidate) => changeable(verdicts, candidate));
  if (slot !== undefined) {
    search.offer(slot, table.estimate(slot) as Cost);
    return;
  }
  for (let each = 0; each < state.nodes.slots; each++) {
    const verdict = verdicts[each]!;
    if (verdict === ABSENT || verdict === 0) continue;
    search.refuse(verdict & FINAL ? FINALLY : (table.estimate(each) as number));
  }
};

const tryNode = (pod: PodInfo, slot: number, budgets: readonly KubeObject[], placer: Placer): Victims | number => {
  const lower = lowerOn(placer.state.nodes.infos[slot]!.name, pod.class.shape.priority, placer.state);
  return lower.length === 0 ? 0 : chooseVictims(lower, new StateTrial(pod, slot, placer), budgets);
};

const trials = (pod: PodInfo, verdicts: Uint32Array, budgets: readonly KubeObject[], placer: Placer, search: Search): void => {
  const { slots, count } = placer.state.nodes;
  const most = Math.max(MIN_TRIALS, Math.floor(count / 10));
  let found = 0;
  for (let slot = 0; slot < slots; slot++) {
    const verdict = verdicts[slot]!;
    if (verdict === ABSENT || verdict === 0) continue;
    if (verdict & FINAL) {
      search.refuse(FINALLY);
      continue;
    }
    if (found >= most) continue;
    const victims = tryNode(pod, slot, budgets, placer);
    if (typeof victims !== 'number') {
      found++;
      search.offer(slot, costOf(victims));
    } else search.refuse(victims);
  }
};
