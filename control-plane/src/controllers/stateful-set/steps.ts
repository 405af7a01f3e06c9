/**
 * The next step of a StatefulSet's pods. Ordered: one pod at a time, each only when all before it are ready; Parallel: all at once. First every
 * ordinal has its pod, then what is beyond the range goes from the highest down, then pods of an older revision are replaced from the highest down.
 */
import type { StatefulSet } from '#schema/apps/stateful-set.ts';
import { type Pod, pods as podDefinition } from '#schema/core/pod.ts';
import type { PodTemplateSpec } from '#schema/core/pod-template.ts';
import type { Change } from '../../controller-runtime/controller.ts';
import type { ConditionalNote } from '../../controller-runtime/engine.ts';
import type { Snapshot } from '../../controller-runtime/snapshot.ts';
import { availableAtMs, isAvailable, isFinished, isTerminating } from '../pod-state.ts';
import { scaledAmount } from '../replicas/amount.ts';
import { claimOwnership, missingClaims } from './claims.ts';
import { isInRange, ordinalOf, podOf, replicasOf, revisionNameOf, startOf, withIdentity } from './identity.ts';
import { isHealthy, isRunningAndReady } from './status.ts';

export interface Revision {
  readonly name: string;
  readonly template: PodTemplateSpec;
}

export interface StepInput {
  readonly set: StatefulSet;
  readonly pods: readonly Pod[];
  readonly current: Revision;
  readonly update: Revision;
  readonly snapshot: Snapshot;
  readonly nowMs: number;
}

export interface Steps {
  readonly changes: Change[];
  readonly events: ConditionalNote[];
  /** When a pod becomes available that is waited for. */
  dueMs: number;
}

const note = (set: StatefulSet, type: 'Normal' | 'Warning', reason: string, message: string, after: Change): ConditionalNote => ({
  about: set,
  type,
  reason,
  message,
  after,
});

const remove = (steps: Steps, set: StatefulSet, pod: Pod): Change => {
  const change: Change = { op: 'delete', definition: podDefinition, object: pod, request: { preconditions: { uid: pod.metadata.uid! } } };
  steps.changes.push(change);
  const message = `delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`;
  steps.events.push(note(set, 'Normal', 'SuccessfulDelete', message, change));
  return change;
};

/** Ready but not long enough: waits for the moment. */
const isSettled = (steps: Steps, { set, nowMs }: StepInput, pod: Pod): boolean => {
  const minReady = set.spec.minReadySeconds ?? 0;
  if (isAvailable(pod, minReady, nowMs)) return true;
  steps.dueMs = Math.min(steps.dueMs, availableAtMs(pod, minReady) ?? Number.POSITIVE_INFINITY);
  return false;
};

const create = (steps: Steps, input: StepInput, ordinal: number): void => {
  const { set, current, update, snapshot } = input;
  const rolling = set.spec.updateStrategy?.rollingUpdate;
  const old =
    (set.spec.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate' && rolling?.partition === undefined
      ? ordinal < startOf(set) + (set.status?.currentReplicas ?? 0)
      : ordinal < startOf(set) + (rolling?.partition ?? 0);
  const revision = old ? current : update;
  const object = podOf(set, revision.template, revision.name, ordinal);
  const claims = missingClaims(set, ordinal, object.metadata.name!, snapshot);
  steps.changes.push(...claims.changes);
  steps.events.push(...claims.events);
  // a claim on its way out would take the pod's data with it
  if (claims.blocked) return;
  const change: Change = { op: 'create', definition: podDefinition, object, ownerUid: set.metadata.uid! };
  steps.changes.push(change);
  const message = `create Pod ${object.metadata.name} in StatefulSet ${set.metadata.name} successful`;
  steps.events.push(note(set, 'Normal', 'SuccessfulCreate', message, change));
};

/** Replaces, creates or waits for one ordinal. True when an ordered set must stop here. */
const keepReplica = (steps: Steps, input: StepInput, ordinal: number, pod: Pod | undefined): boolean => {
  const { set, snapshot } = input;
  if (!pod) {
    create(steps, input, ordinal);
    return true;
  }
  if (isTerminating(pod)) return true;
  if (isFinished(pod)) {
    const failed = pod.status?.phase === 'Failed';
    const reason = failed ? 'RecreatingFailedPod' : 'RecreatingTerminatedPod';
    const text = `StatefulSet ${set.metadata.namespace}/${set.metadata.name} is recreating ${failed ? 'failed' : 'terminated'} Pod ${pod.metadata.name}`;
    const change = remove(steps, set, pod);
    steps.events.push(note(set, failed ? 'Warning' : 'Normal', reason, text, change));
    return true;
  }
  const claims = missingClaims(set, ordinal, pod.metadata.name!, snapshot);
  steps.changes.push(...claims.changes, ...claimOwnership(set, pod, snapshot));
  steps.events.push(...claims.events);
  const named = withIdentity(set, pod);
  if (named !== pod) steps.changes.push({ op: 'update', definition: podDefinition, object: named });
  return !isRunningAndReady(pod) || !isSettled(steps, input, pod);
};

/** Deletes what is beyond the range, the highest first. True when there was such a pod. */
const scaleDown = (steps: Steps, input: StepInput, ordered: boolean, unhealthy: Pod | undefined): boolean => {
  const { set, snapshot } = input;
  const condemned = input.pods.filter((pod) => !isInRange(set, ordinalOf(set, pod)));
  condemned.sort((a, b) => ordinalOf(set, b) - ordinalOf(set, a));
  for (const pod of condemned) steps.changes.push(...claimOwnership(set, pod, snapshot));
  for (const pod of condemned) {
    if (isTerminating(pod)) {
      if (ordered) return true;
      continue;
    }
    if (ordered && !isRunningAndReady(pod) && unhealthy && pod !== unhealthy) return true;
    if (ordered && isRunningAndReady(pod) && unhealthy && !isSettled(steps, input, pod) && pod !== unhealthy) return true;
    remove(steps, set, pod);
    if (ordered) return true;
  }
  return condemned.length > 0;
};

/** How many pods may be away during an update. */
const maxUnavailable = (set: StatefulSet): number =>
  Math.max(1, scaledAmount(set.spec.updateStrategy?.rollingUpdate?.maxUnavailable, replicasOf(set), Math.floor) ?? 1);

const updatePods = (steps: Steps, input: StepInput, replicas: readonly Pod[]): void => {
  const { set, update } = input;
  if (set.spec.updateStrategy?.type === 'OnDelete') return;
  const from = startOf(set) + (set.spec.updateStrategy?.rollingUpdate?.partition ?? 0);
  const away = replicas.filter((pod) => !isHealthy(pod) || !isSettled(steps, input, pod));
  let budget = maxUnavailable(set) - away.length;
  for (const pod of replicas.toReversed()) {
    if (ordinalOf(set, pod) < from) return;
    const isAway = away.includes(pod);
    if (revisionNameOf(pod) !== update.name && !isTerminating(pod)) {
      // a pod that is away already costs nothing more
      if (!isAway && budget-- <= 0) continue;
      remove(steps, set, pod);
      if (maxUnavailable(set) === 1) return;
    } else if (isAway && maxUnavailable(set) === 1) return;
  }
};

export const planSteps = (input: StepInput): Steps => {
  const { set, pods } = input;
  const steps: Steps = { changes: [], events: [], dueMs: Number.POSITIVE_INFINITY };
  if (set.metadata.deletionTimestamp) {
    for (const pod of pods) steps.changes.push(...claimOwnership(set, pod, input.snapshot));
    return steps;
  }
  const ordered = set.spec.podManagementPolicy !== 'Parallel';
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(set, pod), pod]));
  const last = startOf(set) + replicasOf(set);
  const replicas: Pod[] = [];
  let waiting = false;
  for (let ordinal = startOf(set); ordinal < last; ordinal++) {
    const pod = byOrdinal.get(ordinal);
    if (pod) replicas.push(pod);
    if (!keepReplica(steps, input, ordinal, pod)) continue;
    waiting = true;
    if (ordered) break;
  }
  if (waiting && ordered) return steps;
  const unhealthy = [...pods].sort((a, b) => ordinalOf(set, a) - ordinalOf(set, b)).find((pod) => !isHealthy(pod));
  if (scaleDown(steps, input, ordered, unhealthy) || (waiting && steps.changes.length > 0)) return steps;
  updatePods(steps, input, replicas);
  return steps;
};
