/** One node's daemon pods: which to make and which to delete, but for rolling updates. */
import type { DaemonSet } from '#schema/apps/daemon-set.ts';
import type { Pod } from '#schema/core/pod.ts';
import { parseTime } from '#schema/meta/time.ts';
import { isActive, isFinished, isTerminating } from '../pod-state.ts';
import type { Placement } from './placement.ts';
import { isUpdated } from './rolling.ts';

export interface NodeWork {
  readonly create: boolean;
  readonly deletes: readonly Pod[];
  /** Finished pods among `deletes` that failed: a person hears of each. */
  readonly failed: readonly Pod[];
}

const createdMs = (pod: Pod): number => parseTime(pod.metadata.creationTimestamp ?? '') || 0;

/** Bound ones first, then the oldest. */
const bySeniority = (a: Pod, b: Pod): number =>
  Number(Boolean(b.spec.nodeName)) - Number(Boolean(a.spec.nodeName)) ||
  createdMs(a) - createdMs(b) ||
  ((a.metadata.uid ?? '') < (b.metadata.uid ?? '') ? -1 : 1);

export const manageNode = (placement: Placement, pods: readonly Pod[], surge: boolean, hash: string): NodeWork => {
  const alive = pods.filter((pod) => !isTerminating(pod));
  if (!placement.mayStay) return { create: false, deletes: alive, failed: [] };
  const finished = alive.filter(isFinished);
  const failed = finished.filter((pod) => pod.status?.phase === 'Failed');
  const active = alive.filter(isActive).sort(bySeniority);
  const kept = new Set<Pod>();
  if (surge) {
    // the oldest of each side: the old one until the new one is available
    const sides = [active.find((pod) => !isUpdated(pod, hash)), active.find((pod) => isUpdated(pod, hash))];
    for (const pod of sides) if (pod) kept.add(pod);
  } else if (active[0]) kept.add(active[0]);
  const surplus = active.filter((pod) => !kept.has(pod));
  // a pod on its way out still holds the node's ports and directories
  const create = placement.shouldRun && kept.size === 0 && finished.length === 0 && (surge || alive.length === pods.length);
  return { create, deletes: [...finished, ...surplus], failed };
};

/** Label of the set's pods that names its template generation, which older clients read. */
export const templateGenerationOf = (set: DaemonSet): string | undefined =>
  set.metadata.annotations?.['deprecated.daemonset.template.generation'];
