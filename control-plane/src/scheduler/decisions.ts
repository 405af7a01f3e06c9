/** What the scheduler writes: binds, conditions, nominations and the end of victims, each with what people read of it. */
import { type Pod, pods as podDefinition } from '#schema/core/pod.ts';
import { getCondition, setCondition } from '#schema/meta/conditions.ts';
import { parseTime } from '#schema/meta/time.ts';
import type { Change, Outcome } from '../controller-runtime/controller.ts';
import type { ConditionalNote } from '../controller-runtime/engine.ts';

/** Without a change it is only said. */
export interface Decided {
  readonly change?: Change;
  readonly note?: ConditionalNote;
}

export const bind = (pod: Pod, node: string): Decided => {
  const object: Pod = { ...pod, spec: { ...pod.spec, nodeName: node } };
  const change: Change = { op: 'update', subresource: 'binding', definition: podDefinition, object };
  const message = `Successfully assigned ${pod.metadata.namespace}/${pod.metadata.name} to ${node}`;
  return { change, note: { about: pod, type: 'Normal', reason: 'Scheduled', message, after: change } };
};

/** The pod with what is to be said about it; undefined when it says so already. `nominated`: a node, '' for none any more, undefined for as it is. */
export const refuse = (pod: Pod, message: string, nominated: string | undefined, nowMs: number): Decided | undefined => {
  const condition = getCondition(pod.status?.conditions, 'PodScheduled');
  const told = condition?.status === 'False' && condition.reason === 'Unschedulable' && condition.message === message;
  const promised = pod.status?.nominatedNodeName ?? '';
  if (told && (nominated === undefined || nominated === promised)) return undefined;
  const conditions = told
    ? pod.status?.conditions
    : setCondition<any>(pod.status?.conditions, { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }, nowMs);
  const { nominatedNodeName: _, ...status } = pod.status ?? {};
  const node = nominated ?? promised;
  const object = { ...pod, status: { ...status, conditions, ...(node ? { nominatedNodeName: node } : {}) } } as Pod;
  const change: Change = { op: 'update', subresource: 'status', definition: podDefinition, object };
  if (told) return { change };
  return { change, note: { about: pod, type: 'Warning', reason: 'FailedScheduling', message, after: change } };
};

/** Events pass away after an hour, and a pod may wait for longer: why is said again so often, at a try within the time after. A waiting pod is tried each 5 min. */
const SAY_AGAIN_MS = 1_200_000;
const WITHIN_MS = 330_000;

/** The how-manieth repetition of its refusal is due; 0 for none. Follows from the pod alone: a scheduler that started anew goes on with it. */
export const repetitionAt = (pod: Pod, nowMs: number): number => {
  const since = parseTime(getCondition(pod.status?.conditions, 'PodScheduled')?.lastTransitionTime ?? '');
  const waitedMs = Number.isNaN(since) ? 0 : nowMs - since;
  return waitedMs % SAY_AGAIN_MS < WITHIN_MS ? Math.floor(waitedMs / SAY_AGAIN_MS) : 0;
};

export const repeat = (pod: Pod, message: string): Decided => ({
  note: { about: pod, type: 'Warning', reason: 'FailedScheduling', message },
});

/** Its promised node went to a pod of higher priority. */
export const unpromise = (pod: Pod): Decided => {
  const { nominatedNodeName: _, ...status } = pod.status ?? {};
  return { change: { op: 'update', subresource: 'status', definition: podDefinition, object: { ...pod, status } as Pod } };
};

const VICTIM = { type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' } as const;

/** It makes room for another pod. */
export const isVictim = (pod: Pod): boolean => {
  const condition = getCondition(pod.status?.conditions, VICTIM.type);
  return condition?.status === 'True' && condition.reason === VICTIM.reason;
};

/** Marked to make room, and not yet on its way out. */
export const isMarked = (pod: Pod): boolean => !pod.metadata.deletionTimestamp && isVictim(pod);

/** A victim is marked first and deleted once the mark is committed, so that everybody can tell why it ended. */
export const mark = (victim: Pod, schedulerName: string, nowMs: number): Decided => {
  const message = `${schedulerName}: preempting to accommodate a higher priority pod`;
  const conditions = setCondition<any>(victim.status?.conditions, { ...VICTIM, message }, nowMs);
  const object: Pod = { ...victim, status: { ...victim.status, conditions } };
  return { change: { op: 'update', subresource: 'status', definition: podDefinition, object } };
};

export const evict = (victim: Pod, preemptorUid: string | undefined): Decided => {
  const change: Change = { op: 'delete', definition: podDefinition, object: victim, request: {} };
  const message = preemptorUid
    ? `Preempted by pod ${preemptorUid} on node ${victim.spec.nodeName}`
    : `Preempted by a pod of higher priority on node ${victim.spec.nodeName}`;
  return { change, note: { about: victim, type: 'Normal', reason: 'Preempted', message, after: change } };
};

export const outcomeOf = (decided: readonly Decided[], requeueAtMs: number | undefined): Outcome => ({
  changes: decided.flatMap(({ change }) => change ?? []),
  events: decided.flatMap(({ note }) => note ?? []),
  ...(requeueAtMs === undefined ? {} : { requeueAtMs }),
});
