/**
 * Which daemon pods of an older revision go now, and on which nodes a new one starts beside the old (surge). Pods that are not available are
 * replaced first and cost nothing of maxUnavailable.
 */
import type { DaemonSet } from '#schema/apps/daemon-set.ts';
import type { Pod } from '#schema/core/pod.ts';
import { isActive, isAvailable } from '../pod-state.ts';
import { scaledAmount } from '../replicas/amount.ts';
import { REVISION_LABEL } from '../revision-history/revision-history.ts';

export type PodsByNode = ReadonlyMap<string, readonly Pod[]>;

export interface Rolling {
  readonly surgeNodes: readonly string[];
  readonly deletes: readonly Pod[];
}

export const maxSurge = (set: DaemonSet, desired: number): number =>
  scaledAmount(set.spec.updateStrategy?.rollingUpdate?.maxSurge, desired, Math.ceil) ?? 0;

const maxUnavailable = (set: DaemonSet, desired: number): number =>
  scaledAmount(set.spec.updateStrategy?.rollingUpdate?.maxUnavailable, desired, Math.ceil) ?? 1;

export const isUpdated = (pod: Pod, hash: string): boolean => pod.metadata.labels?.[REVISION_LABEL] === hash;

interface Pair {
  readonly node: string;
  readonly updated: Pod | undefined;
  readonly outdated: Pod | undefined;
}

const pairsOf = (desired: readonly string[], pods: PodsByNode, hash: string): Pair[] =>
  desired.map((node) => {
    const active = (pods.get(node) ?? []).filter(isActive);
    return {
      node,
      updated: active.find((pod) => isUpdated(pod, hash)),
      outdated: active.find((pod) => !isUpdated(pod, hash)),
    };
  });

export const planRolling = (set: DaemonSet, desired: readonly string[], pods: PodsByNode, hash: string, nowMs: number): Rolling => {
  const minReady = set.spec.minReadySeconds ?? 0;
  const available = (pod: Pod): boolean => isAvailable(pod, minReady, nowMs);
  const pairs = pairsOf(desired, pods, hash);
  const surge = maxSurge(set, desired.length);
  if (surge > 0) {
    const both = pairs.filter(({ updated, outdated }) => updated && outdated);
    const alone = pairs.filter(({ updated, outdated }) => !updated && outdated);
    const broken = alone.filter(({ outdated }) => !available(outdated!));
    const waiting = alone.filter(({ outdated }) => available(outdated!));
    const room = surge - both.filter(({ updated }) => !available(updated!)).length;
    return {
      surgeNodes: [...broken, ...waiting.slice(0, Math.max(0, room))].map(({ node }) => node),
      deletes: both.filter(({ updated }) => available(updated!)).map(({ outdated }) => outdated!),
    };
  }
  // a node with neither, or both, is being put right: it counts as away
  const away = pairs.filter(({ updated, outdated }) => Boolean(updated) === Boolean(outdated) || (updated && !available(updated))).length;
  const alone = pairs.flatMap(({ updated, outdated }) => (!updated && outdated ? [outdated] : []));
  const broken = alone.filter((pod) => !available(pod));
  const room = maxUnavailable(set, desired.length) - away - broken.length;
  return { surgeNodes: [], deletes: [...broken, ...alone.filter(available).slice(0, Math.max(0, room))] };
};
