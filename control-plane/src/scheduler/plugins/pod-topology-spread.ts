/**
 * Pods of a kind are spread over the domains of a topology: hard constraints refuse nodes whose domain would be too far ahead of the emptiest one,
 * soft ones prefer the domains with fewer. Pods without constraints of their own get the cluster's defaults, over what their services and owners select.
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
 */
import { FINAL, type Plugin } from '../plugin.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { spreadScore } from './spread-score.ts';
import { countsOf, type Spreading, spreadingOf } from './spreading.ts';

const MISSING = 2 | FINAL;
const UNEVEN = "node(s) didn't match pod topology spread constraints";

const filter = (pod: PodInfo, state: ClusterState) => {
  const spreading = spreadingOf(pod.class, state);
  if (!spreading || spreading.hard.length === 0) return undefined;
  const bound = spreading.hard.map((constraint) => {
    const counts = countsOf(constraint, spreading, state);
    let least = Number.POSITIVE_INFINITY;
    let domains = 0;
    for (let domain = 0; domain < counts.nodes.length; domain++) {
      if (counts.nodes[domain] === 0) continue;
      domains++;
      if (counts.counts[domain]! < least) least = counts.counts[domain]!;
    }
    if (domains < constraint.minDomains || domains === 0) least = 0;
    // a domain may hold this many before the pod comes
    const most = constraint.maxSkew + least - (constraint.matchesSelf ? 1 : 0);
    return { domainOf: counts.topology.domainOf, counts: counts.counts, nodes: counts.nodes, most };
  });
  return {
    at: (slot: number): number => {
      let code = 0;
      for (const { domainOf, counts, nodes, most } of bound) {
        const domain = domainOf[slot]!;
        if (domain < 0) return MISSING;
        if ((nodes[domain] === 0 ? 0 : counts[domain]!) > most) code = 1;
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
