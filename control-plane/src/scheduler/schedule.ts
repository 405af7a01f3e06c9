/**
 * schedule(): where waiting pods go. Pure: pods in, one verdict per pod out, in queue order (priority, then age). Pods of one call see each
 * other's placements. Pods that are alike and found no place are asked once, since a pass only ever fills nodes.
 */
import type { Node } from '#schema/core/node.ts';
import type { Pod } from '#schema/core/pod.ts';
import { canonicalJson, hexOf } from '../controller-runtime/naming.ts';
import type { Snapshot } from '../controller-runtime/snapshot.ts';
import { explain, type Refused } from './diagnosis.ts';
import { type NodeState, nodeStateOf, place } from './node-state.ts';
import { createPeers } from './peers.ts';
import type { PassView } from './plugin.ts';
import { plugins } from './plugins.ts';
import { type PodInfo, podInfoOf } from './pod-info.ts';

export type Verdict =
  | { readonly pod: Pod; readonly node: string }
  | { readonly pod: Pod; readonly node: undefined; readonly message: string };

/** Up to this many nodes all are looked at; beyond, enough feasible ones. */
const MIN_FEASIBLE = 100;

/** Feasible nodes to find before scoring: a share that falls as clusters grow, as kube-scheduler's. */
const feasibleWanted = (nodes: number): number => {
  if (nodes <= MIN_FEASIBLE) return nodes;
  const percent = Math.max(5, 50 - Math.floor(nodes / 125));
  return Math.max(MIN_FEASIBLE, Math.floor((nodes * percent) / 100));
};

const refusalOf = (pod: PodInfo, node: NodeState, pass: PassView): Refused | undefined => {
  for (const { plugin } of plugins) {
    const reasons = plugin.filter?.(pod, node, pass) ?? [];
    if (reasons.length === 0) continue;
    return { reasons, final: plugin.final ?? false, hasVictims: node.lowestPriority < (pod.pod.spec.priority ?? 0) };
  }
  return undefined;
};

const best = (pod: PodInfo, feasible: readonly NodeState[], pass: PassView): NodeState => {
  if (feasible.length === 1) return feasible[0]!;
  const totals = feasible.map(() => 0);
  for (const { plugin, weight } of plugins) {
    const raw = plugin.score?.(pod, feasible, pass);
    if (!raw) continue;
    const scores = plugin.normalize?.(raw) ?? raw;
    scores.forEach((score, i) => {
      totals[i]! += weight * score;
    });
  }
  const top = Math.max(...totals);
  const winners = feasible.filter((_, i) => totals[i] === top);
  if (winners.length === 1) return winners[0]!;
  // equals share by chance, the same chance each time
  return winners[Number.parseInt(hexOf(pod.pod.metadata.uid ?? '').slice(0, 8), 16) % winners.length]!;
};

/** Everything a verdict depends on: pods with equal keys get the same answer from the same nodes. */
const likeness = ({ pod }: PodInfo): string => {
  const { nodeName, nodeSelector, affinity, tolerations, containers, initContainers, overhead, resources, priority } = pod.spec;
  const sizes = [...(containers ?? []), ...(initContainers ?? [])].map((c) => [c.resources?.requests, c.ports, (c as any).restartPolicy]);
  return canonicalJson([nodeName, nodeSelector, affinity, tolerations, sizes, overhead, resources?.requests, priority ?? 0]);
};

/** `nodes` must not hold nodes on their way out. */
export const schedule = (pods: readonly Pod[], snapshot: Snapshot, nodes: readonly Node[]): Verdict[] => {
  const states = nodes.map((node) => nodeStateOf(node, snapshot));
  const peers = createPeers(snapshot);
  const pass: PassView = { snapshot, nodes: states, peers: peers.of };
  const wanted = feasibleWanted(states.length);
  const failed = new Map<string, string>();
  let start = 0;

  return pods.map((pod): Verdict => {
    const info = podInfoOf(pod);
    const key = failed.size > 0 ? likeness(info) : undefined;
    const known = key === undefined ? undefined : failed.get(key);
    if (known !== undefined) return { pod, node: undefined, message: known };
    const feasible: NodeState[] = [];
    const refused: Refused[] = [];
    let looked = 0;
    for (; looked < states.length && feasible.length < wanted; looked++) {
      const node = states[(start + looked) % states.length]!;
      const refusal = refusalOf(info, node, pass);
      if (refusal) refused.push(refusal);
      else feasible.push(node);
    }
    if (states.length > 0) start = (start + looked) % states.length;
    if (feasible.length === 0) {
      const message = explain(refused);
      failed.set(key ?? likeness(info), message);
      return { pod, node: undefined, message };
    }
    const chosen = best(info, feasible, pass);
    place(chosen, info);
    peers.placed(info, chosen.name);
    return { pod, node: chosen.name };
  });
};
