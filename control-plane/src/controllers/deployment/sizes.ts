/** The arithmetic of a rollout: surge, unavailability, and how many replicas the new ReplicaSet may have now. */
import type { Deployment } from '#schema/apps/deployment.ts';
import type { ReplicaSet } from '#schema/apps/replica-set.ts';
import { scaledAmount } from '../replicas/amount.ts';

export const replicasOf = (object: { readonly spec: { readonly replicas?: number } }): number => object.spec.replicas ?? 1;

export const totalReplicas = (sets: readonly { readonly spec: { readonly replicas?: number } }[]): number =>
  sets.reduce((sum, set) => sum + replicasOf(set), 0);

/** Sum of a status count. */
export const totalStatus = (sets: readonly ReplicaSet[], field: 'replicas' | 'readyReplicas' | 'availableReplicas'): number =>
  sets.reduce((sum, set) => sum + (set.status?.[field] ?? 0), 0);

export const isRollingUpdate = (deployment: Deployment): boolean => (deployment.spec.strategy?.type ?? 'RollingUpdate') === 'RollingUpdate';

const DEFAULT = '25%';

/** Surge rounds up, unavailability down; both zero would stop every rollout, so then one pod may be unavailable. */
const fenceposts = (deployment: Deployment): { surge: number; unavailable: number } => {
  const { maxSurge, maxUnavailable } = deployment.spec.strategy?.rollingUpdate ?? {};
  const desired = replicasOf(deployment);
  const surge = scaledAmount(maxSurge ?? DEFAULT, desired, Math.ceil) ?? 0;
  const unavailable = scaledAmount(maxUnavailable ?? DEFAULT, desired, Math.floor) ?? 0;
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
};

export const maxSurge = (deployment: Deployment): number => (isRollingUpdate(deployment) ? fenceposts(deployment).surge : 0);

export const maxUnavailable = (deployment: Deployment): number => {
  const desired = replicasOf(deployment);
  return isRollingUpdate(deployment) && desired > 0 ? Math.min(fenceposts(deployment).unavailable, desired) : 0;
};

/** Replicas the new ReplicaSet (now `current`) may have while all ReplicaSets together have `total`. */
export const newReplicas = (deployment: Deployment, current: number, total: number): number => {
  const desired = replicasOf(deployment);
  if (!isRollingUpdate(deployment)) return desired;
  const room = desired + maxSurge(deployment) - total;
  if (room <= 0) return current;
  return current + Math.min(room, desired - current);
};
