/** Affinity terms that placed pods have: equal terms are counted together, per node, so an incoming pod asks a few groups and not every pod. */
import { SlotCounts } from './domain-counts.ts';
import { type NamespaceLabels, type Term, termMatches } from './pod-affinity-terms.ts';
import type { PodClass } from './pod-class.ts';

/** What a placed pod's required affinity is worth to a pod it would be near to. */
const HARD_AFFINITY_WEIGHT = 1;

export class TermGroup extends SlotCounts {
  readonly term: Term;
  /** Required anti-affinity: pods the term names may not come near. */
  readonly forbids: boolean;
  /** Of a preferred term, or required affinity. */
  readonly weight: number;

  constructor(term: Term, forbids: boolean, weight: number) {
    super();
    this.term = term;
    this.forbids = forbids;
    this.weight = weight;
  }
}

interface Found {
  readonly version: number;
  readonly groups: readonly TermGroup[];
}

export class TermGroups {
  readonly #groups = new Map<string, TermGroup>();
  readonly #held = new WeakMap<PodClass, readonly TermGroup[]>();
  #concerning = new WeakMap<PodClass, Found>();
  #version = 0;

  add(pod: PodClass, slot: number, delta: number): void {
    if (!pod.terms) return;
    for (const group of this.#heldBy(pod)) group.add(slot, delta);
  }

  /** Groups whose term names pods of this class. Some may be empty. */
  concerning(pod: PodClass, namespaceLabels: NamespaceLabels): readonly TermGroup[] {
    if (this.#groups.size === 0) return [];
    const known = this.#concerning.get(pod);
    if (known?.version === this.#version) return known.groups;
    const groups = [...this.#groups.values()].filter(({ term }) => termMatches(term, pod.namespace, pod.labels, namespaceLabels));
    this.#concerning.set(pod, { version: this.#version, groups });
    return groups;
  }

  forgetNamespaceLabels(): void {
    this.#concerning = new WeakMap();
  }

  #heldBy(pod: PodClass): readonly TermGroup[] {
    const known = this.#held.get(pod);
    if (known) return known;
    const { required, requiredAnti, preferred } = pod.terms!;
    const held = [
      ...requiredAnti.map((term) => this.#group(term, true, 0)),
      ...required.map((term) => this.#group(term, false, HARD_AFFINITY_WEIGHT)),
      ...preferred.map(({ term, weight }) => this.#group(term, false, weight)),
    ];
    this.#held.set(pod, held);
    return held;
  }

  #group(term: Term, forbids: boolean, weight: number): TermGroup {
    const key = `${forbids ? 'x' : weight}\n${term.topologyKey}\n${term.key}`;
    const known = this.#groups.get(key);
    if (known) return known;
    const group = new TermGroup(term, forbids, weight);
    this.#groups.set(key, group);
    this.#version++;
    return group;
  }
}
