/**
 * Which pods go first when there are too many: the ones whose loss hurts least.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/#scaling-a-replicaset
 */
import type { Pod } from '#schema/core/pod.ts';
import { getOwn } from '#schema/dsl/own.ts';
import { parseTime } from '#schema/meta/time.ts';
import { isReady, readySinceMs } from '../pod-state.ts';

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';
const phaseOrder: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

const deletionCost = (pod: Pod): number => {
  const text = pod.metadata.annotations?.[DELETION_COST] ?? '0';
  return /^(0|-?[1-9][0-9]*)$/.test(text) ? Number(text) : 0;
};

const restarts = (pod: Pod): number =>
  Math.max(0, ...(pod.status?.containerStatuses ?? []).map((container) => container.restartCount ?? 0));

/** Ages compare by magnitude, so that pods of about the same age are told apart by chance (their uid), not by seconds. */
const magnitude = (sinceMs: number, nowMs: number): number => (nowMs > sinceMs ? Math.floor(Math.log2((nowMs - sinceMs) * 1e6)) : -1);

const byAge = (a: number, b: number, nowMs: number, uids: number): number => magnitude(a, nowMs) - magnitude(b, nowMs) || uids;

const phaseRank = ({ status }: Pod): number => getOwn(phaseOrder, status?.phase ?? 'Pending') ?? 0;

/** A copy with the first to delete first. `sharing` counts the related pods on a pod's node: crowded nodes give first. */
export const rankForDeletion = (pods: readonly Pod[], sharing: (pod: Pod) => number, nowMs: number): Pod[] => {
  const compare = (a: Pod, b: Pod): number => {
    const assigned = Number(Boolean(a.spec.nodeName)) - Number(Boolean(b.spec.nodeName));
    if (assigned) return assigned;
    const phase = phaseRank(a) - phaseRank(b);
    if (phase) return phase;
    const ready = Number(isReady(a)) - Number(isReady(b));
    if (ready) return ready;
    const cost = deletionCost(a) - deletionCost(b);
    if (cost) return cost;
    const crowd = sharing(b) - sharing(a);
    if (crowd) return crowd;
    const uids = (a.metadata.uid ?? '') < (b.metadata.uid ?? '') ? -1 : 1;
    if (isReady(a) && isReady(b)) {
      const [left = 0, right = 0] = [readySinceMs(a), readySinceMs(b)];
      if (left !== right) return byAge(left, right, nowMs, uids);
    }
    const restarted = restarts(b) - restarts(a);
    if (restarted) return restarted;
    const [left, right] = [a, b].map((pod) => parseTime(pod.metadata.creationTimestamp ?? '') || 0) as [number, number];
    return left === right ? uids : byAge(left, right, nowMs, uids);
  };
  return [...pods].sort(compare);
};
