/** Deployment conditions: reasons and messages are what kubectl and people know from Kubernetes. */
import type { Deployment, DeploymentCondition } from '#schema/apps/deployment.ts';
import { getCondition } from '#schema/meta/conditions.ts';
import { toRfc3339 } from '#schema/meta/time.ts';

export type Conditions = readonly DeploymentCondition[];

export const AVAILABLE = 'Available';
export const PROGRESSING = 'Progressing';
export const REPLICA_FAILURE = 'ReplicaFailure';

export const NEW_SET_AVAILABLE = 'NewReplicaSetAvailable';
export const DEADLINE_EXCEEDED = 'ProgressDeadlineExceeded';

export const conditionOf = (type: string, status: string, reason: string, message: string, nowMs: number): DeploymentCondition => ({
  type,
  status,
  lastUpdateTime: toRfc3339(nowMs),
  lastTransitionTime: toRfc3339(nowMs),
  reason,
  message,
});

export const without = (conditions: Conditions, type: string): Conditions => conditions.filter((condition) => condition.type !== type);

/** Same status and reason: nothing changes. Same status: the transition time stays. The changed one goes last. */
export const withCondition = (conditions: Conditions, condition: DeploymentCondition): Conditions => {
  const current = getCondition(conditions, condition.type);
  if (current?.status === condition.status && current.reason === condition.reason) return conditions;
  const kept = current?.status === condition.status ? { ...condition, lastTransitionTime: current.lastTransitionTime } : condition;
  return [...without(conditions, condition.type), kept as DeploymentCondition];
};

const NO_DEADLINE = 2_147_483_647;

/** Milliseconds a rollout may stand still; undefined when it may for ever. */
export const progressDeadlineMs = (deployment: Deployment): number | undefined => {
  const seconds = deployment.spec.progressDeadlineSeconds;
  return seconds === undefined || seconds === NO_DEADLINE ? undefined : seconds * 1000;
};

/** Pausing and resuming are noted on Progressing, so that the deadline does not count the pause. Unchanged list: nothing to note. */
export const pauseNoted = (deployment: Deployment, conditions: Conditions, nowMs: number): Conditions => {
  if (progressDeadlineMs(deployment) === undefined) return conditions;
  const current = getCondition(conditions, PROGRESSING);
  if (current?.reason === DEADLINE_EXCEEDED) return conditions;
  const paused = current?.reason === 'DeploymentPaused';
  if (deployment.spec.paused && !paused) {
    return withCondition(conditions, conditionOf(PROGRESSING, 'Unknown', 'DeploymentPaused', 'Deployment is paused', nowMs));
  }
  if (!deployment.spec.paused && paused) {
    return withCondition(conditions, conditionOf(PROGRESSING, 'Unknown', 'DeploymentResumed', 'Deployment is resumed', nowMs));
  }
  return conditions;
};
