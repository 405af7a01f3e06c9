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

const none: readonly PodInfo[] = [];

const filter = (pod: PodInfo, state: ClusterState) => {
  const spreading = spreadingOf(pod.class, state);
  if (!spreading || spreading.hard.length === 0) return undefined;
  const bound = spreading.hard.map((constraint) => {
    const counts = countsOf(constraint, spreading, state);
    const { least, next, emptiest } = leastOf(counts, constraint.minDomains);
    // a domain may hold this many more than the emptiest before the pod comes
    const ahead = constraint.maxSkew - (constraint.matchesSelf ? 1 : 0);
    return {
      constraint,
      domainOf: counts.topology.domainOf,
      counts: counts.counts,
      nodes: counts.nodes,
      eligibility: counts.eligibility,
      ahead,
      least,
      next,
      emptiest,
    };
  });
  const { nominations } = state;
  const asking = { uid: pod.uid, priority: pod.class.shape.priority };
  return {
    at: (slot: number): number => {
      let code = 0;
      const promised = nominations.size === 0 ? none : nominations.before(asking, slot);
      for (const { constraint, domainOf, counts, nodes, eligibility, ahead, least, next, emptiest } of bound) {
        const domain = domainOf[slot]!;
        if (domain < 0) return MISSING;
        const here = nodes[domain] === 0 ? 0 : counts[domain]!;
        if (here > ahead + least) code = 1;
        if (promised.length === 0 || (eligibility && eligibility.passes[slot] !== 1)) continue;
        // with those that are promised the node
        const more = here + promised.filter(({ namespace, labels }) => namespace === pod.namespace && constraint.selects(labels)).length;
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
