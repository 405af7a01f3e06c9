/**
 * Status of a ReplicaSet or ReplicationController, from the pods as they are now. Zero counts other than `replicas` are left out, as Kubernetes
 * prints them.
 */
import type { Pod } from '#schema/core/pod.ts';
import type { PodTemplateSpec } from '#schema/core/pod-template.ts';
import { getCondition, removeCondition, setCondition } from '#schema/meta/conditions.ts';
import type { KubeObject } from '#schema/resource.ts';
import type { Refusal } from '../../controller-runtime/engine.ts';
import { isActive, isAvailable, isFinished, isReady, isTerminating } from '../pod-state.ts';

export interface StatusInput {
  readonly owner: KubeObject;
  readonly template: PodTemplateSpec;
  /** Controlled by the owner, finished and terminating ones included. */
  readonly pods: readonly Pod[];
  readonly refusals: readonly Refusal[];
  /** No create or delete is pending: an old failure is over. */
  readonly settled: boolean;
  readonly countsTerminating: boolean;
  readonly nowMs: number;
}

const FAILURE = 'ReplicaFailure';

const nonZero = (counts: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));

const fullyLabeled = (template: PodTemplateSpec, pod: Pod): boolean =>
  Object.entries(template.metadata?.labels ?? {}).every(([key, value]) => pod.metadata.labels?.[key] === value);

export const computeStatus = (input: StatusInput): Record<string, unknown> => {
  const { owner, template, pods, refusals, nowMs } = input;
  const active = pods.filter(isActive);
  const minReadySeconds: number = owner.spec?.minReadySeconds ?? 0;
  let conditions: any[] = owner.status?.conditions ?? [];
  const refusal = refusals[0];
  if (refusal && !getCondition(conditions, FAILURE)) {
    const reason = refusal.op === 'create' ? 'FailedCreate' : 'FailedDelete';
    conditions = setCondition(conditions, { type: FAILURE, status: 'True', reason, message: refusal.message }, nowMs);
  } else if (!refusal && input.settled) conditions = removeCondition(conditions, FAILURE);
  return {
    replicas: active.length,
    ...nonZero({
      fullyLabeledReplicas: active.filter((pod) => fullyLabeled(template, pod)).length,
      readyReplicas: active.filter(isReady).length,
      availableReplicas: active.filter((pod) => isAvailable(pod, minReadySeconds, nowMs)).length,
    }),
    ...(input.countsTerminating ? { terminatingReplicas: pods.filter((pod) => isTerminating(pod) && !isFinished(pod)).length } : {}),
    ...nonZero({ observedGeneration: Math.max(owner.metadata.generation ?? 0, owner.status?.observedGeneration ?? 0) }),
    ...(conditions.length > 0 ? { conditions } : {}),
  };
};
