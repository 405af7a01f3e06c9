/**
 * Replicas spread over nodes and zones by default (what PodTopologySpread's system defaults do): the fewer peers of the pod a node and its zone
 * hold, the better. Peers are pods of the same controller, or else of the same Service.
 */
import { MAX_SCORE, type Plugin } from '../plugin.ts';

const ZONE = 'topology.kubernetes.io/zone';

/** A domain counts the more the more of its kind there are. */
const weightOf = (domains: number): number => Math.log(domains + 2);

export const spread: Plugin = {
  name: 'PodTopologySpread',
  score: (pod, nodes, pass) => {
    const perNode = pass.peers(pod);
    if (perNode.size === 0) return undefined;
    const perZone = new Map<string, number>();
    for (const node of pass.nodes) {
      const zone = node.labels[ZONE];
      if (zone !== undefined) perZone.set(zone, (perZone.get(zone) ?? 0) + (perNode.get(node.name) ?? 0));
    }
    const nodeWeight = weightOf(nodes.length);
    const zoneWeight = weightOf(perZone.size);
    return nodes.map((node) => {
      const zone = node.labels[ZONE];
      const inZone = zone === undefined ? 0 : perZone.get(zone)!;
      return (perNode.get(node.name) ?? 0) * nodeWeight + inZone * zoneWeight;
    });
  },
  normalize: (scores) => {
    const max = Math.max(...scores);
    const min = Math.min(...scores);
    return scores.map((score) => (max === 0 ? MAX_SCORE : Math.floor((MAX_SCORE * (max + min - score)) / max)));
  },
};
