/**
 * Counters of pods that a selector names, per node, kept in step with every placement. A counter is found by one label pair of its selector, so a
 * placement touches the counters it may concern, not all. Made when first asked for; the ones asked longest ago go when there are too many.
 */
import { type LabelSelection, matches } from '#schema/selectors/label.ts';
import { SlotCounts } from './domain-counts.ts';
import { type NamespaceLabels, type Term, termMatches } from './pod-affinity-terms.ts';

export interface Countable {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly terminating: boolean;
}

interface Counter extends SlotCounts {
  readonly buckets: readonly string[];
  readonly accepts: (pod: Countable) => boolean;
  readonly byNamespaceLabels: boolean;
  used: number;
}

/** Of each slot the pods on it. */
export type EachPlaced = (visit: (pod: Countable, slot: number) => void) => void;

const MOST = 4096;
const ANYWHERE = '*';

const pairOf = ({ requirements }: LabelSelection): string | undefined => {
  const pair = requirements.find(({ operator, values }) => (operator === '=' || operator === 'in') && values.length === 1);
  return pair && `${pair.key}=${pair.values[0]}`;
};

const bucketsOf = (selection: LabelSelection, namespaces: ReadonlySet<string> | undefined): string[] => {
  const pair = pairOf(selection) ?? '';
  return [...(namespaces ?? [ANYWHERE])].map((namespace) => `${namespace}\n${pair}`);
};

export class PodCounters {
  readonly #counters = new Map<string, Counter>();
  readonly #buckets = new Map<string, Set<Counter>>();
  readonly #eachPlaced: EachPlaced;
  readonly #namespaceLabels: NamespaceLabels;
  #clock = 0;

  constructor(eachPlaced: EachPlaced, namespaceLabels: NamespaceLabels) {
    this.#eachPlaced = eachPlaced;
    this.#namespaceLabels = namespaceLabels;
  }

  /** Pods of a namespace that a selection names and that are not on their way out. `key` stands for both. */
  selected(key: string, namespace: string, selection: LabelSelection): SlotCounts {
    return this.#get(`s${key}`, () => ({
      buckets: bucketsOf(selection, new Set([namespace])),
      accepts: (pod) => pod.namespace === namespace && !pod.terminating && matches(selection, pod.labels),
      byNamespaceLabels: false,
    }));
  }

  /** Pods that every one of the terms names. `key` stands for the terms. */
  matching(key: string, terms: readonly Term[]): SlotCounts {
    return this.#get(`t${key}`, () => ({
      buckets: bucketsOf(terms[0]!.selection, terms[0]!.namespaceSelection ? undefined : terms[0]!.namespaces),
      accepts: (pod) => terms.every((term) => termMatches(term, pod.namespace, pod.labels, this.#namespaceLabels)),
      byNamespaceLabels: terms.some((term) => term.namespaceSelection !== undefined),
    }));
  }

  #get(key: string, make: () => Pick<Counter, 'buckets' | 'accepts' | 'byNamespaceLabels'>): SlotCounts {
    const known = this.#counters.get(key);
    if (known) {
      known.used = ++this.#clock;
      return known;
    }
    if (this.#counters.size >= MOST) this.#forget();
    const counter: Counter = Object.assign(new SlotCounts(), make(), { used: ++this.#clock });
    this.#counters.set(key, counter);
    for (const bucket of counter.buckets) {
      const members = this.#buckets.get(bucket);
      if (members) members.add(counter);
      else this.#buckets.set(bucket, new Set([counter]));
    }
    this.#eachPlaced((pod, slot) => {
      if (counter.accepts(pod)) counter.add(slot, 1);
    });
    return counter;
  }

  add(pod: Countable, slot: number, delta: number): void {
    if (this.#counters.size === 0) return;
    for (const namespace of [pod.namespace, ANYWHERE]) {
      this.#addTo(`${namespace}\n`, pod, slot, delta);
      for (const key in pod.labels) this.#addTo(`${namespace}\n${key}=${pod.labels[key]}`, pod, slot, delta);
    }
  }

  #addTo(bucket: string, pod: Countable, slot: number, delta: number): void {
    const members = this.#buckets.get(bucket);
    if (members) for (const counter of members) if (counter.accepts(pod)) counter.add(slot, delta);
  }

  /** Labels of namespaces changed: what depends on them is counted anew when asked for. */
  forgetNamespaceLabels(): void {
    for (const [key, counter] of this.#counters) if (counter.byNamespaceLabels) this.#drop(key, counter);
  }

  #forget(): void {
    const oldest = [...this.#counters].sort(([, a], [, b]) => a.used - b.used).slice(0, MOST / 4);
    for (const [key, counter] of oldest) this.#drop(key, counter);
  }

  #drop(key: string, counter: Counter): void {
    this.#counters.delete(key);
    for (const bucket of counter.buckets) {
      const members = this.#buckets.get(bucket);
      members?.delete(counter);
      if (members?.size === 0) this.#buckets.delete(bucket);
    }
  }
}
