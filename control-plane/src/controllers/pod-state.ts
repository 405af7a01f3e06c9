/** What several controllers ask of a pod. Pure; times are Unix ms. */
import type { Pod } from '#schema/core/pod.ts';
import { getCondition, isConditionTrue } from '#schema/meta/conditions.ts';
import { parseTime } from '#schema/meta/time.ts';

export const isFinished = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

export const isTerminating = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;

/** Counts as a replica: neither finished nor on its way out. */
export const isActive = (pod: Pod): boolean => !isFinished(pod) && !isTerminating(pod);

export const isReady = (pod: Pod): boolean => isConditionTrue(pod.status?.conditions, 'Ready');

/** Since when the pod is ready; undefined when it is not, or the time is unknown. */
export const readySinceMs = (pod: Pod): number | undefined => {
  const ready = getCondition(pod.status?.conditions, 'Ready');
  if (ready?.status !== 'True' || !ready.lastTransitionTime) return undefined;
  const since = parseTime(ready.lastTransitionTime);
  return Number.isNaN(since) ? undefined : since;
};

/** When a ready pod becomes available if it stays ready; undefined when it is not ready. With 0 seconds a ready pod is available at once. */
export const availableAtMs = (pod: Pod, minReadySeconds: number): number | undefined => {
  if (!isReady(pod)) return undefined;
  if (minReadySeconds === 0) return 0;
  const since = readySinceMs(pod);
  return since === undefined ? undefined : since + minReadySeconds * 1000;
};

export const isAvailable = (pod: Pod, minReadySeconds: number, nowMs: number): boolean => {
  const at = availableAtMs(pod, minReadySeconds);
  return at !== undefined && at <= nowMs;
};
