/** The two strategies, as changes to drafts. Each returns whether it changed a size; a pass makes one kind of step. */
import type { Deployment } from '#schema/apps/deployment.ts';
import { type Draft, resize, totalDrafts } from './drafts.ts';
import { maxUnavailable, newReplicas, replicasOf } from './sizes.ts';

const available = (draft: Draft): number => draft.set.status?.availableReplicas ?? 0;

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
