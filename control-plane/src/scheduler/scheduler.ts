/**
 * The scheduler as a controller: one key stands for all waiting pods, so that one pass binds many in one batch. A pod that fits nowhere says
 * why in its condition and an event, and is tried again whenever a pod or node changes, at the latest after a minute.
 */
import type { Node } from '#schema/core/node.ts';
import { type Pod, pods as podDefinition } from '#schema/core/pod.ts';
import { getCondition, setCondition } from '#schema/meta/conditions.ts';
import { parseTime } from '#schema/meta/time.ts';
import { type Change, nothing, type ObjectRef, type Outcome, type ReconcileContext } from '../controller-runtime/controller.ts';
import type { ConditionalNote, SeededController } from '../controller-runtime/engine.ts';
import { schedule } from './schedule.ts';

const SCHEDULER_NAME = 'default-scheduler';
const BATCH: ObjectRef = { namespace: '', name: 'batch' };
/** Pods decided in one pass, at most; their binds bring the next. */
const MAX_PODS = 500;
/** Pods that fit nowhere are looked at again after this long whatever happens. */
const RETRY_MS = 60_000;

const createdMs = (pod: Pod): number => parseTime(pod.metadata.creationTimestamp ?? '') || 0;

const queueOrder = (a: Pod, b: Pod): number =>
  (b.spec.priority ?? 0) - (a.spec.priority ?? 0) ||
  createdMs(a) - createdMs(b) ||
  ((a.metadata.uid ?? '') < (b.metadata.uid ?? '') ? -1 : 1);

const isOurs = ({ spec }: Pod): boolean =>
  (spec.schedulerName ?? SCHEDULER_NAME) === SCHEDULER_NAME && (spec.schedulingGates?.length ?? 0) === 0;

/** Pods never tried go first; those that found no place take what room is left in the pass. */
const queue = (waiting: readonly Pod[]): readonly Pod[] => {
  const sorted = [...waiting].sort(queueOrder);
  if (sorted.length <= MAX_PODS) return sorted;
  const tried = (pod: Pod): boolean => getCondition(pod.status?.conditions, 'PodScheduled')?.status === 'False';
  const [fresh, stuck] = [sorted.filter((pod) => !tried(pod)), sorted.filter(tried)];
  return [...fresh.slice(0, MAX_PODS), ...stuck];
};

const bind = (pod: Pod, node: string): { change: Change; note: ConditionalNote } => {
  const object: Pod = { ...pod, spec: { ...pod.spec, nodeName: node } };
  const change: Change = { op: 'update', subresource: 'binding', definition: podDefinition, object };
  const message = `Successfully assigned ${pod.metadata.namespace}/${pod.metadata.name} to ${node}`;
  return { change, note: { about: pod, type: 'Normal', reason: 'Scheduled', message, after: change } };
};

/** Undefined when the pod says so already. */
const refuse = (pod: Pod, message: string, nowMs: number): { change: Change; note: ConditionalNote } | undefined => {
  const condition = getCondition(pod.status?.conditions, 'PodScheduled');
  if (condition?.status === 'False' && condition.reason === 'Unschedulable' && condition.message === message) return undefined;
  const conditions = setCondition<any>(
    pod.status?.conditions,
    { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message },
    nowMs,
  );
  const object: Pod = { ...pod, status: { ...pod.status, conditions } };
  const change: Change = { op: 'update', subresource: 'status', definition: podDefinition, object };
  return { change, note: { about: pod, type: 'Warning', reason: 'FailedScheduling', message, after: change } };
};

const reconcile = (_ref: ObjectRef, { snapshot, nowMs }: ReconcileContext): Outcome => {
  const waiting = snapshot.unscheduledPods<Pod>().filter(isOurs);
  if (waiting.length === 0) return nothing;
  const nodes = snapshot.all<Node>('core/nodes').filter(({ metadata }) => !metadata.deletionTimestamp);
  const verdicts = schedule(queue(waiting), snapshot, nodes);
  const decided = verdicts.flatMap((verdict) => {
    if (verdict.node !== undefined) return [bind(verdict.pod, verdict.node)];
    const refusal = refuse(verdict.pod, verdict.message, nowMs);
    return refusal ? [refusal] : [];
  });
  const stuck = verdicts.some(({ node }) => node === undefined);
  return {
    changes: decided.map(({ change }) => change),
    events: decided.map(({ note }) => note),
    ...(stuck ? { requeueAtMs: nowMs + RETRY_MS } : {}),
  };
};

export const scheduler: SeededController = {
  name: SCHEDULER_NAME,
  primary: '',
  seeds: [BATCH],
  watches: [
    { resource: 'core/pods', keys: () => [BATCH] },
    { resource: 'core/nodes', keys: () => [BATCH] },
  ],
  reconcile,
};
