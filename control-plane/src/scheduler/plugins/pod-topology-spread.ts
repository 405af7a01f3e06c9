/**
 * Pods of a kind are spread over the domains of a topology: hard constraints refuse nodes whose domain would be too far ahead of the emptiest one,
 * soft ones prefer the domains with fewer. Pods without constraints of their own get the cluster's defaults, over what their services and owners select.
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
 */
import { FINAL, type Plugin } from '../plugin.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { DomainCounts } from '../state/domain-counts.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { spreadScore } from './spread-score.ts';
import { countsOf, type Spreading, spreadingOf } from './spreading.ts';

const MISSING = 2 | FINAL;
const UNEVEN = "node(s) didn't match pod topology spread constraints";

interface Least {
  /** What the emptiest domain holds. */
  readonly least: number;
  /** That domain where it is only one, and what the next one holds; -1 where more in it would change nothing. */
  readonly emptiest: number;
  readonly next: number;
}

const leastOf = ({ nodes, counts }: DomainCounts, minDomains: number): Least => {
  let least = Number.POSITIVE_INFINITY;
  let next = Number.POSITIVE_INFINITY;
  let emptiest = -1;
  let domains = 0;
  for (let domain = 0; domain < nodes.length; domain++) {
    if (nodes[domain] === 0) continue;
    domains++;
    const count = counts[domain]!;
    if (count < least) {
      next = least;
      least = count;
      emptiest = domain;
    } else if (count < next) next = count;
  }
  // too few domains count as if there were an empty one
  return domains === 0 || domains < minDomains ? { least: 0, next: 0, emptiest: -1 } : { least, next, emptiest };
};

/** Of nodes that count. */
const held = ({ nodes, counts }: DomainCounts, domain: number): number => (nodes[domain] === 0 ? 0 : counts[domain]!);

const filter = (pod: PodInfo, state: ClusterState) => {
  const spreading = spreadingOf(pod.class, state);
  if (!spreading || spreading.hard.length === 0) return undefined;
  const bound = spreading.hard.map((constraint) => {
    const counts = countsOf(constraint, spreading, state);
    const { least, next, emptiest } = leastOf(counts, constraint.minDomains);
    // a domain may hold this many more than the emptiest before the pod comes
    const ahead = constraint.maxSkew - (constraint.matchesSelf ? 1 : 0);
    const full = new Uint8Array(counts.counts.length);
    for (let domain = 0; domain < full.length; domain++) if (held(counts, domain) > ahead + least) full[domain] = 1;
    return { constraint, domainOf: counts.topology.domainOf, counts, full, ahead, least, next, emptiest };
  });
  const { nominations } = state;
  const asking = { uid: pod.uid, priority: pod.class.shape.priority };
  const alone = (slot: number): number => {
    let code = 0;
    for (const { domainOf, full } of bound) {
      const domain = domainOf[slot]!;
      if (domain < 0) return MISSING;
      if (full[domain] === 1) code = 1;
    }
    return code;
  };
  return {
    at: (slot: number): number => {
      let code = alone(slot);
      if (code !== 0 || nominations.size === 0) return code;
      const promised = nominations.before(asking, slot);
      if (promised.length === 0) return 0;
      for (const { constraint, domainOf, counts, ahead, least, next, emptiest } of bound) {
        if (counts.eligibility && counts.eligibility.passes[slot] !== 1) continue;
        const domain = domainOf[slot]!;
        // with those that are promised the node
        const more =
          held(counts, domain) +
          promised.filter(({ namespace, labels }) => namespace === pod.namespace && constraint.selects(labels)).length;
        if (more > ahead + (domain === emptiest ? Math.min(more, next) : least)) code = 1;
      }
      return code;
    },
    reasons: (code: number) => [code === MISSING ? `${UNEVEN} (missing required label)` : UNEVEN],
  };
};

const keysOf = ({ hard }: Spreading): readonly string[] => hard.map(({ topologyKey }) => topologyKey);

export const podTopologySpread: Plugin = {
  name: 'PodTopologySpread',
  cluster: { filter, score: spreadScore },
  wakes: (pod, event, state) => {
    const spreading = spreadingOf(pod.class, state);
    if (!spreading) return false;
    if (event.kind === 'placed' || event.kind === 'gone') {
      return event.pod.namespace === pod.namespace && spreading.hard.some(({ selects }) => selects(event.pod.labels));
    }
    // a domain fewer may raise the least that others are held against
    if (event.kind === 'nodeGone') return keysOf(spreading).some((key) => event.node.labels[key] !== undefined);
    if (event.kind !== 'node') return false;
    const { node, previous } = event;
    return !previous || keysOf(spreading).some((key) => node.labels[key] !== previous.labels[key]) || node.taints !== previous.taints;
  },
};
