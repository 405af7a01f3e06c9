/** Status of a DaemonSet, counted over the nodes. */
import type { DaemonSet } from '#schema/apps/daemon-set.ts';
import type { Pod } from '#schema/core/pod.ts';
import { isActive, isAvailable, isReady } from '../pod-state.ts';
import type { Placement } from './placement.ts';
import { isUpdated, type PodsByNode } from './rolling.ts';

export const computeStatus = (
  set: DaemonSet,
  placements: ReadonlyMap<string, Placement>,
  pods: PodsByNode,
  hash: string,
  nowMs: number,
) => {
  let [desired, scheduled, misscheduled, ready, available, updated] = [0, 0, 0, 0, 0, 0];
  const minReady = set.spec.minReadySeconds ?? 0;
  for (const [node, { shouldRun }] of placements) {
    const active = (pods.get(node) ?? []).filter(isActive);
    if (!shouldRun) {
      if (active.length > 0) misscheduled++;
      continue;
    }
    desired++;
    if (active.length === 0) continue;
    scheduled++;
    const best = newest(active);
    if (active.some(isReady)) ready++;
    if (active.some((pod) => isAvailable(pod, minReady, nowMs))) available++;
    if (isUpdated(best, hash)) updated++;
  }
  const nonZero = (value: number, name: string) => (value > 0 ? { [name]: value } : {});
  return {
    currentNumberScheduled: scheduled,
    numberMisscheduled: misscheduled,
    desiredNumberScheduled: desired,
    numberReady: ready,
    ...nonZero(Math.max(set.metadata.generation ?? 0, set.status?.observedGeneration ?? 0), 'observedGeneration'),
    ...nonZero(updated, 'updatedNumberScheduled'),
    ...nonZero(available, 'numberAvailable'),
    ...nonZero(desired - available, 'numberUnavailable'),
    ...(set.status?.collisionCount ? { collisionCount: set.status.collisionCount } : {}),
    ...(set.status?.conditions ? { conditions: set.status.conditions } : {}),
  };
};

const newest = (pods: readonly Pod[]): Pod =>
  pods.reduce((a, b) => ((b.metadata.creationTimestamp ?? '') > (a.metadata.creationTimestamp ?? '') ? b : a));
