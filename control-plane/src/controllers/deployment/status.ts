/** Deployment status: counts from the ReplicaSets' status, conditions Available, Progressing and ReplicaFailure, and when to look again. */
import type { Deployment, DeploymentStatus } from '#schema/apps/deployment.ts';
import type { ReplicaSet } from '#schema/apps/replica-set.ts';
import { getCondition } from '#schema/meta/conditions.ts';
import { parseTime } from '#schema/meta/time.ts';
import {
  AVAILABLE,
  type Conditions,
  conditionOf,
  DEADLINE_EXCEEDED,
  NEW_SET_AVAILABLE,
  PROGRESSING,
  progressDeadlineMs,
  REPLICA_FAILURE,
  withCondition,
  without,
} from './conditions.ts';
import { maxUnavailable, replicasOf, totalReplicas, totalStatus } from './sizes.ts';

export interface StatusInput {
  readonly deployment: Deployment;
  readonly current: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
  /** Conditions to start from: the stored ones and what this pass already noted. */
  readonly conditions: Conditions;
  /** A rollout runs: progress is judged. False while paused or scaling. */
  readonly rollout: boolean;
  readonly collisionCount?: number;
  readonly nowMs: number;
}

const counts = (deployment: Deployment, current: ReplicaSet | undefined, all: readonly ReplicaSet[]) => {
  const available = totalStatus(all, 'availableReplicas');
  return {
    replicas: totalStatus(all, 'replicas'),
    updatedReplicas: current ? totalStatus([current], 'replicas') : 0,
    readyReplicas: totalStatus(all, 'readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, totalReplicas(all) - available),
    observedGeneration: deployment.metadata.generation ?? 0,
  };
};
type Counts = ReturnType<typeof counts>;

export const isComplete = (deployment: Deployment, status: Partial<Counts>): boolean => {
  const desired = replicasOf(deployment);
  return (
    (status.updatedReplicas ?? 0) === desired &&
    (status.replicas ?? 0) === desired &&
    (status.availableReplicas ?? 0) === desired &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
};

const isProgressing = (deployment: Deployment, next: Counts): boolean => {
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = deployment.status ?? {};
  return (
    next.updatedReplicas > updatedReplicas ||
    next.replicas - next.updatedReplicas < replicas - updatedReplicas ||
    next.readyReplicas > readyReplicas ||
    next.availableReplicas > availableReplicas
  );
};

/** When the deadline passes; undefined when it cannot. */
const deadlineAt = (deployment: Deployment, conditions: Conditions): number | undefined => {
  const deadline = progressDeadlineMs(deployment);
  const condition = getCondition(conditions, PROGRESSING);
  if (deadline === undefined || !condition || condition.reason === NEW_SET_AVAILABLE || condition.reason === DEADLINE_EXCEEDED)
    return undefined;
  const since = parseTime(condition.lastUpdateTime ?? '');
  return Number.isNaN(since) ? undefined : since + deadline;
};

const withProgress = (input: StatusInput, next: Counts): Conditions => {
  const { deployment, current, conditions, nowMs } = input;
  const condition = getCondition(conditions, PROGRESSING);
  if (next.replicas === next.updatedReplicas && condition?.reason === NEW_SET_AVAILABLE) return conditions;
  const subject = current ? `ReplicaSet "${current.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  const note = (status: string, reason: string, message: string) => conditionOf(PROGRESSING, status, reason, message, nowMs);
  if (isComplete(deployment, next)) {
    return withCondition(conditions, note('True', NEW_SET_AVAILABLE, `${subject} has successfully progressed.`));
  }
  if (isProgressing(deployment, next)) {
    const fresh = note('True', 'ReplicaSetUpdated', `${subject} is progressing.`);
    if (condition?.status === 'True' && condition.lastTransitionTime) fresh.lastTransitionTime = condition.lastTransitionTime;
    // progress moves the deadline, so the condition is replaced even when nothing else differs
    return [...without(conditions, PROGRESSING), fresh];
  }
  const at = deadlineAt(deployment, conditions);
  if (at === undefined || nowMs <= at) return conditions;
  return withCondition(conditions, note('False', DEADLINE_EXCEEDED, `${subject} has timed out progressing.`));
};

const withFailure = (conditions: Conditions, current: ReplicaSet | undefined, old: readonly ReplicaSet[]): Conditions => {
  const failures = (current ? [current] : []).concat(current?.status?.conditions?.some((c) => c.type === REPLICA_FAILURE) ? [] : old);
  for (const set of failures) {
    const failure = getCondition(set.status?.conditions, REPLICA_FAILURE);
    if (!failure) continue;
    const { status, reason = '', message = '', lastTransitionTime } = failure;
    return withCondition(conditions, {
      type: REPLICA_FAILURE,
      status,
      reason,
      message,
      ...(lastTransitionTime ? { lastTransitionTime, lastUpdateTime: lastTransitionTime } : {}),
    });
  }
  return without(conditions, REPLICA_FAILURE);
};

/** The status, and Unix ms when the progress deadline must be judged again. */
export const computeStatus = (input: StatusInput): { readonly status: DeploymentStatus; readonly requeueAtMs?: number } => {
  const { deployment, current, old, nowMs } = input;
  const next = counts(deployment, current, current ? [...old, current] : old);
  const enough = next.availableReplicas >= replicasOf(deployment) - maxUnavailable(deployment);
  let conditions = withCondition(
    input.conditions,
    enough
      ? conditionOf(AVAILABLE, 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.', nowMs)
      : conditionOf(AVAILABLE, 'False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.', nowMs),
  );
  if (input.rollout) {
    conditions =
      progressDeadlineMs(deployment) === undefined ? without(conditions, PROGRESSING) : withProgress({ ...input, conditions }, next);
    conditions = withFailure(conditions, current, old);
  }
  const collisionCount = input.collisionCount ?? deployment.status?.collisionCount;
  const all = current ? [...old, current] : old;
  const nonZero = Object.entries(next).filter(([, count]) => count > 0);
  const status: DeploymentStatus = {
    ...Object.fromEntries(nonZero),
    terminatingReplicas: all.reduce((sum, set) => sum + (set.status?.terminatingReplicas ?? 0), 0),
    conditions: [...conditions],
    ...(collisionCount === undefined ? {} : { collisionCount }),
  };
  const at = input.rollout && !isComplete(deployment, next) ? deadlineAt(deployment, conditions) : undefined;
  // one second later, so that whole-second timestamps are surely past it
  return at === undefined ? { status } : { status, requeueAtMs: at + 1000 };
};
