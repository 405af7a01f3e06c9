/** Old ReplicaSets beyond revisionHistoryLimit that nothing uses any more. */
import type { Deployment } from '#schema/apps/deployment.ts';
import { type ReplicaSet, replicaSets } from '#schema/apps/replica-set.ts';
import type { Change } from '../../controller-runtime/controller.ts';
import { revisionOf } from './annotations.ts';
import { byCreation } from './drafts.ts';
import { replicasOf } from './sizes.ts';

const NO_LIMIT = 2_147_483_647;

const isIdle = (set: ReplicaSet): boolean =>
  (set.status?.replicas ?? 0) === 0 &&
  replicasOf(set) === 0 &&
  (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0) &&
  !set.metadata.deletionTimestamp;

export const historyCleanup = (deployment: Deployment, old: readonly ReplicaSet[]): Change[] => {
  const limit = deployment.spec.revisionHistoryLimit;
  if (limit === undefined || limit === NO_LIMIT) return [];
  const alive = old.filter((set) => !set.metadata.deletionTimestamp);
  const surplus = alive.length - limit;
  if (surplus <= 0) return [];
  const oldestFirst = [...alive].sort((a, b) => revisionOf(a) - revisionOf(b) || byCreation(a, b));
  return oldestFirst
    .slice(0, surplus)
    .filter(isIdle)
    .map((object) => ({
      op: 'delete',
      definition: replicaSets,
      object,
      request: {
        propagation: 'Background',
        preconditions: { uid: object.metadata.uid!, resourceVersion: object.metadata.resourceVersion! },
      },
    }));
};
