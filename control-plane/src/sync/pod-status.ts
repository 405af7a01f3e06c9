/**
 * How a reported pod status is merged into the stored pod. Pure. The agent owns the fields and condition types below and nothing else; conditions of
 * the scheduler, of controllers and of readiness gates stay as they are, and a finished pod never becomes unfinished.
 */

import { FAILOVER_CONDITION } from '#schema/core/pod-failover.ts';
import { type ConditionLike, setCondition } from '#schema/meta/conditions.ts';
import type { KubeObject } from '#schema/resource.ts';

/** Absent in a report means absent in the status. */
const observedFields = [
  'phase',
  'message',
  'reason',
  'hostIP',
  'hostIPs',
  'podIP',
  'podIPs',
  'containerStatuses',
  'initContainerStatuses',
  'ephemeralContainerStatuses',
] as const;

/** Absent in a report means unchanged. */
const stickyFields = ['startTime', 'observedGeneration', 'resize'] as const;

const ownedConditions = new Set([
  'Initialized',
  'Ready',
  'ContainersReady',
  'PodReadyToStartContainers',
  'PodResizePending',
  'PodResizeInProgress',
  FAILOVER_CONDITION,
]);

/** Only while they hold: absent in a report means over. */
const passing: ReadonlySet<string> = new Set(['PodResizePending', 'PodResizeInProgress']);

const finished = (phase: unknown): boolean => phase === 'Succeeded' || phase === 'Failed';

/** The pod with the reported status merged in; the argument is not changed. */
export const mergePodStatus = (pod: KubeObject, reported: Readonly<Record<string, unknown>>, nowMs: number): KubeObject => {
  const old = (pod.status ?? {}) as Record<string, unknown>;
  const status: Record<string, unknown> = { ...old };
  // a verdict of the control plane (lost node, eviction) stands; what became of the containers is still worth knowing
  const decided = finished(old.phase) && reported.phase !== old.phase;
  for (const field of observedFields) {
    if (decided && (field === 'phase' || field === 'reason' || field === 'message')) continue;
    if (reported[field] === undefined || reported[field] === '') delete status[field];
    else status[field] = reported[field];
  }
  if (status.phase === undefined && old.phase !== undefined) status.phase = old.phase;
  for (const field of stickyFields) if (reported[field] !== undefined) status[field] = reported[field];
  const told = reported.conditions as ConditionLike[] | undefined;
  const isOver = ({ type }: ConditionLike): boolean => told !== undefined && passing.has(type) && !told.some((one) => one.type === type);
  let conditions = (old.conditions as ConditionLike[] | undefined)?.filter((condition) => !isOver(condition));
  for (const condition of told ?? []) {
    if (!ownedConditions.has(condition.type)) continue;
    if (decided && condition.status === 'True' && condition.type !== 'Initialized') continue;
    conditions = setCondition(conditions, condition, nowMs);
  }
  if (conditions) status.conditions = inReportedOrder(conditions, told ?? []);
  return { ...pod, status };
};

/** Conditions of others first, then those of the report in its order: the order people know from `describe`. */
const inReportedOrder = (conditions: readonly ConditionLike[], reported: readonly ConditionLike[]): ConditionLike[] => {
  const place = ({ type }: ConditionLike) => reported.findIndex((condition) => condition.type === type);
  return [...conditions].sort((a, b) => place(a) - place(b));
};
