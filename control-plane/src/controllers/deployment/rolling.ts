/** The two strategies, as changes to drafts. Each returns whether it changed a size; a pass makes one kind of step. */
import type { Deployment } from '#schema/apps/deployment.ts';
import { type Draft, resize, totalDrafts } from './drafts.ts';
import { maxUnavailable, newReplicas, replicasOf } from './sizes.ts';

/** A status may be older than the last size: pods beyond the size are as good as gone, whatever it says. */
const available = (draft: Draft): number => Math.min(draft.set.status?.availableReplicas ?? 0, draft.replicas);

/** The status is from before the last size was set: what it counts may be on its way out. Its update brings the next pass. */
const isStale = ({ set }: Draft): boolean => (set.status?.observedGeneration ?? 0) < (set.metadata.generation ?? 0);

/** Towards the desired size, as far as surge allows. */
export const scaleNew = (deployment: Deployment, current: Draft, all: readonly Draft[]): boolean => {
  const desired = replicasOf(deployment);
  if (current.replicas === desired) return false;
  const target = current.replicas > desired ? desired : newReplicas(deployment, current.replicas, totalDrafts(all));
  return resize(deployment, current, target);
};

/** Old ReplicaSets down: unhealthy replicas first, then as many as stay above the minimum. `old` is sorted oldest first. */
export const scaleOldDown = (deployment: Deployment, current: Draft | undefined, old: readonly Draft[]): boolean => {
  if (totalDrafts(old) === 0) return false;
  const all = current ? [...old, current] : old;
  if (all.some(isStale)) return false;
  const minAvailable = replicasOf(deployment) - maxUnavailable(deployment);
  const newUnavailable = current ? current.replicas - available(current) : 0;
  const maxDown = totalDrafts(all) - minAvailable - newUnavailable;
  if (maxDown <= 0) return false;

  let down = 0;
  for (const draft of old) {
    if (down >= maxDown) break;
    const unhealthy = draft.replicas - available(draft);
    if (draft.replicas === 0 || unhealthy <= 0) continue;
    const step = Math.min(maxDown - down, unhealthy);
    resize(deployment, draft, draft.replicas - step);
    down += step;
  }

  let spare = all.reduce((sum, draft) => sum + available(draft), 0) - minAvailable;
  for (const draft of old) {
    if (spare <= 0) break;
    if (draft.replicas === 0) continue;
    const step = Math.min(draft.replicas, spare);
    resize(deployment, draft, draft.replicas - step);
    spare -= step;
    down += step;
  }
  return down > 0;
};

/** Recreate: everything old to zero. */
export const stopOld = (deployment: Deployment, old: readonly Draft[]): boolean =>
  old.filter((draft) => draft.replicas > 0).map((draft) => resize(deployment, draft, 0)).length > 0;
