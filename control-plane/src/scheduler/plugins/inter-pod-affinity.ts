/**
 * Pods near to or away from other pods, by topology. Counted over terms, not pods: the incoming pod's own terms ask counters of the pods they name,
 * and terms of placed pods stand in groups (state/term-groups.ts). A pod that is promised a node keeps others away from it as if it ran there.
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity
 */
import { type BoundFilter, type BoundScore, FINAL, MAX_SCORE, type Normalize, type Plugin } from '../plugin.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { DomainCounts } from '../state/domain-counts.ts';
import { type AffinityTerms, type Term, termMatches } from '../state/pod-affinity-terms.ts';
import type { PodClass } from '../state/pod-class.ts';
import type { PodInfo } from '../state/pod-info.ts';
import type { Topology } from '../state/topology.ts';

const AFFINITY = 1 | FINAL;
const ANTI_AFFINITY = 2;
const EXISTING = 3;

const reasons = (code: number): readonly string[] => {
  if (code === AFFINITY) return ["node(s) didn't match pod affinity rules"];
  if (code === ANTI_AFFINITY) return ["node(s) didn't match pod anti-affinity rules"];
  return ["node(s) didn't satisfy existing pods anti-affinity rules"];
};

const names = (term: Term, pod: PodClass, state: ClusterState): boolean =>
  termMatches(term, pod.namespace, pod.labels, state.namespaceLabels);

/** Of required affinity a pod counts that every term names. */
const wanted = ({ required }: AffinityTerms, state: ClusterState): readonly DomainCounts[] => {
  if (required.length === 0) return [];
  const counts = state.counters.matching(required.map(({ key }) => key).join('\n'), required);
  return required.map(({ topologyKey }) => counts.by(state.topology(topologyKey)));
};

const unwanted = ({ requiredAnti }: AffinityTerms, state: ClusterState): readonly DomainCounts[] =>
  requiredAnti.map((term) => state.counters.matching(term.key, [term]).by(state.topology(term.topologyKey)));

const anyIn = (list: readonly DomainCounts[], slot: number): boolean => {
  for (const { topology, counts } of list) {
    const domain = topology.domainOf[slot]!;
    if (domain >= 0 && counts[domain]! > 0) return true;
  }
  return false;
};

/** Slots that are promised to pods which the pod may not be near to, or which keep it away: what they would say if they ran there. */
const promised = (info: PodInfo, state: ClusterState): ReadonlyMap<number, number> | undefined => {
  const pod = info.class;
  const own = pod.terms?.requiredAnti ?? [];
  const { nominations } = state;
  if (nominations.size === 0 || (own.length === 0 && !nominations.anyRepels)) return undefined;
  let codes: Map<number, number> | undefined;
  nominations.eachBefore({ uid: info.uid, priority: pod.shape.priority }, ({ class: other }, slot) => {
    const here = (term: Term): boolean => state.topology(term.topologyKey).domainOf[slot]! >= 0;
    const code = own.some((term) => names(term, other, state) && here(term))
      ? ANTI_AFFINITY
      : other.terms?.requiredAnti.some((term) => names(term, pod, state) && here(term))
        ? EXISTING
        : 0;
    if (code === 0) return;
    codes ??= new Map();
    codes.set(slot, code);
  });
  return codes;
};

const filter = (info: PodInfo, state: ClusterState): BoundFilter | undefined => {
  const pod = info.class;
  const kept = promised(info, state);
  const forbidding = state.terms
    .concerning(pod, state.namespaceLabels)
    .filter(({ forbids, total }) => forbids && total > 0)
    .map((group) => group.by(state.topology(group.term.topologyKey)));
  const near = pod.terms ? wanted(pod.terms, state) : [];
  const away = pod.terms ? unwanted(pod.terms, state) : [];
  if (forbidding.length === 0 && near.length === 0 && away.length === 0 && !kept) return undefined;
  const nobodyYet = near.length > 0 && near.every(({ counts }) => counts.every((n) => n === 0));
  // the first of a group that wants its own kind
  const first = nobodyYet && pod.terms!.required.every((term) => names(term, pod, state));
  const at = (slot: number): number => {
    for (const { topology, counts } of near) {
      const domain = topology.domainOf[slot]!;
      if (domain < 0 || (!first && counts[domain] === 0)) return AFFINITY;
    }
    if (anyIn(away, slot)) return ANTI_AFFINITY;
    if (anyIn(forbidding, slot)) return EXISTING;
    return kept?.get(slot) ?? 0;
  };
  return { at, reasons };
};

const normalize: Normalize = (raw, count) => {
  let max = Number.NEGATIVE_INFINITY;
  let min = Number.POSITIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    if (raw[i]! > max) max = raw[i]!;
    if (raw[i]! < min) min = raw[i]!;
  }
  const span = max - min;
  for (let i = 0; i < count; i++) raw[i] = span > 0 ? Math.floor((MAX_SCORE * (raw[i]! - min)) / span) : 0;
};

const score = ({ class: pod }: PodInfo, state: ClusterState): BoundScore | undefined => {
  const sums = new Map<Topology, Float64Array>();
  const add = ({ topology, counts }: DomainCounts, weight: number): void => {
    let sum = sums.get(topology);
    if (!sum) {
      sum = new Float64Array(topology.values.length);
      sums.set(topology, sum);
    }
    for (let domain = 0; domain < counts.length; domain++) sum[domain]! += weight * counts[domain]!;
  };
  for (const { term, weight } of pod.terms?.preferred ?? []) {
    const counts = state.counters.matching(term.key, [term]);
    if (counts.total > 0) add(counts.by(state.topology(term.topologyKey)), weight);
  }
  for (const group of state.terms.concerning(pod, state.namespaceLabels)) {
    if (group.weight !== 0 && group.total > 0) add(group.by(state.topology(group.term.topologyKey)), group.weight);
  }
  if (sums.size === 0) return undefined;
  const parts = [...sums].map(([{ domainOf }, sum]) => ({ domainOf, sum }));
  return {
    at: (slot) => {
      let total = 0;
      for (const { domainOf, sum } of parts) {
        const domain = domainOf[slot]!;
        if (domain >= 0) total += sum[domain]!;
      }
      return total;
    },
    normalize,
  };
};

export const interPodAffinity: Plugin = {
  name: 'InterPodAffinity',
  cluster: { filter, score },
  wakes: ({ class: pod }, event, state) => {
    const { required = [], requiredAnti = [] } = pod.terms ?? {};
    if (event.kind === 'placed') return required.some((term) => names(term, event.pod.class, state));
    if (event.kind === 'gone') {
      const forbade = event.pod.class.terms?.requiredAnti.some((term) => names(term, pod, state)) ?? false;
      if (forbade || requiredAnti.some((term) => names(term, event.pod.class, state))) return true;
      // with the last of its kind gone, it may be the first again
      return required.length > 0 && required.every((term) => names(term, event.pod.class, state) && names(term, pod, state));
    }
    if (event.kind === 'namespaces') return true;
    return event.kind === 'node';
  },
};
