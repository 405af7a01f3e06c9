/** The score of soft spread constraints: the fewer like pods a node's domains hold the better, a domain counting the more the more of its kind there are. */
import { type BoundScore, MAX_SCORE, type NodesLeft, type Normalize } from '../plugin.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { PodInfo } from '../state/pod-info.ts';
import type { Topology } from '../state/topology.ts';
import { countsOf, HOSTNAME, spreadingOf } from './spreading.ts';

/** A raw score of nodes that lack a topology key: they get 0 points. */
const IGNORED = -1;

const nobody = { domains: 0, without: 0 } as const;

const normalize: Normalize = (raw, count) => {
  let max = IGNORED;
  let min = Number.POSITIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    const value = raw[i]!;
    if (value === IGNORED) continue;
    if (value > max) max = value;
    if (value < min) min = value;
  }
  for (let i = 0; i < count; i++) {
    const value = raw[i]!;
    if (value === IGNORED) raw[i] = 0;
    else raw[i] = max === 0 ? MAX_SCORE : Math.floor((MAX_SCORE * (max + min - value)) / max);
  }
};

/** Different domains among the nodes left, and how many of those nodes lack the key. */
const census = (topology: Topology, nodes: number, { slots, count }: NodesLeft): { domains: number; without: number } => {
  const { domainOf, labelled, populated, values } = topology;
  const everywhere = labelled === nodes;
  if (everywhere && populated === nodes) return { domains: count, without: 0 };
  const seen = new Uint8Array(values.length);
  let domains = 0;
  let without = 0;
  for (let i = 0; i < count; i++) {
    const domain = domainOf[slots[i]!]!;
    if (domain < 0) without++;
    else if (seen[domain] === 0) {
      seen[domain] = 1;
      domains++;
      if (everywhere && domains === populated) break;
    }
  }
  return { domains, without };
};

interface Part {
  readonly domainOf: Int32Array;
  readonly counts: Int32Array;
  readonly weight: number;
  readonly add: number;
}

/** One constraint: worked out once for each domain, not for each node. */
const ofOne = ({ domainOf, counts, weight, add }: Part, byDefault: boolean): ((slot: number) => number) => {
  const values = new Float64Array(counts.length);
  for (let domain = 0; domain < counts.length; domain++) values[domain] = Math.round(counts[domain]! * weight + add);
  const outside = byDefault ? 0 : IGNORED;
  return (slot) => {
    const domain = domainOf[slot]!;
    return domain >= 0 ? values[domain]! : outside;
  };
};

export const spreadScore = (pod: PodInfo, state: ClusterState, left: NodesLeft): BoundScore | undefined => {
  const spreading = spreadingOf(pod.class, state);
  if (!spreading || spreading.soft.length === 0) return undefined;
  const { soft, byDefault } = spreading;
  const parts = soft.map((constraint) => {
    const { topology, counts } = countsOf(constraint, spreading, state);
    const { domains, without } = topology.labelled === 0 ? nobody : census(topology, state.nodes.count, left);
    const size = constraint.topologyKey === HOSTNAME ? left.count - without : domains;
    return { domainOf: topology.domainOf, counts, weight: Math.log(size + 2), add: constraint.maxSkew - 1, empty: domains === 0 };
  });
  const present = byDefault ? parts.filter(({ empty }) => !empty) : parts;
  // the defaults say nothing of nodes nobody labelled
  if (present.every(({ empty }) => empty)) return undefined;
  if (byDefault && present.every(({ counts }) => counts.every((n) => n === 0))) return undefined;
  const [only, ...more] = present;
  if (only && more.length === 0) return { at: ofOne(only, byDefault), normalize };
  return {
    at: (slot) => {
      let sum = 0;
      for (const { domainOf, counts, weight, add } of present) {
        const domain = domainOf[slot]!;
        if (domain >= 0) sum += counts[domain]! * weight + add;
        else if (!byDefault) return IGNORED;
      }
      return Math.round(sum);
    },
    normalize,
  };
};
