/** Status of a StatefulSet from its pods as they are now. */
import type { StatefulSet } from '#schema/apps/stateful-set.ts';
import type { Pod } from '#schema/core/pod.ts';
import { isAvailable, isFinished, isReady, isTerminating } from '../pod-state.ts';
import { isInRange, ordinalOf, replicasOf, revisionNameOf } from './identity.ts';

export const isRunningAndReady = (pod: Pod): boolean => pod.status?.phase === 'Running' && isReady(pod);

export const isHealthy = (pod: Pod): boolean => isRunningAndReady(pod) && !isTerminating(pod);

export interface StatusInput {
  readonly set: StatefulSet;
  readonly pods: readonly Pod[];
  readonly currentRevision: string;
  readonly updateRevision: string;
  readonly collisionCount: number | undefined;
  readonly nowMs: number;
}

const isRolling = (set: StatefulSet): boolean => (set.spec.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate';

export const computeStatus = ({ set, pods, currentRevision, updateRevision, collisionCount, nowMs }: StatusInput) => {
  const created = pods.filter((pod) => !isFinished(pod));
  const minReady = set.spec.minReadySeconds ?? 0;
  const counted = created.filter((pod) => !isTerminating(pod) && isInRange(set, ordinalOf(set, pod)));
  const ready = created.filter(isRunningAndReady);
  const of = (revision: string): number => counted.filter((pod) => revisionNameOf(pod) === revision).length;
  const counts = {
    replicas: created.length,
    readyReplicas: ready.length,
    updatedReplicas: of(updateRevision),
    currentReplicas: of(currentRevision),
  };
  const complete =
    isRolling(set) &&
    counts.updatedReplicas === counts.replicas &&
    counts.readyReplicas === counts.replicas &&
    counts.replicas === replicasOf(set);
  const current = complete ? updateRevision : currentRevision;
  if (complete) counts.currentReplicas = counts.updatedReplicas;
  const nonZero = (value: number, name: string) => (value > 0 ? { [name]: value } : {});
  return {
    ...nonZero(Math.max(set.metadata.generation ?? 0, set.status?.observedGeneration ?? 0), 'observedGeneration'),
    replicas: counts.replicas,
    ...nonZero(counts.readyReplicas, 'readyReplicas'),
    ...nonZero(counts.currentReplicas, 'currentReplicas'),
    ...nonZero(counts.updatedReplicas, 'updatedReplicas'),
    currentRevision: current,
    updateRevision,
    collisionCount: collisionCount ?? set.status?.collisionCount ?? 0,
    availableReplicas: ready.filter((pod) => isAvailable(pod, minReady, nowMs)).length,
    ...(set.status?.conditions ? { conditions: set.status.conditions } : {}),
  };
};
