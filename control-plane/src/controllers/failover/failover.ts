/**
 * Failover without a person: a pod that asks for it, on a node that is no longer heard, is removed by force as soon as its node must have stopped it, so that
 * its controller replaces it; one that is being deleted does not stay for ever. Times are counted from the last sign of life, or from when this control plane
 * began to listen. When most nodes fall silent at once the fault is here: nobody is removed, and agents that come back say themselves what they stopped.
 * @see #schema/core/pod-failover.ts for the bargain that keeps two of a pod from running at once
 */
import type { Node } from '#schema/core/node.ts';
import { type Pod, pods as podDefinition } from '#schema/core/pod.ts';
import { FENCES, failoverOf, replacedAfterMs } from '#schema/core/pod-failover.ts';
import type { PodCondition } from '#schema/core/pod-status.ts';
import { getCondition, isConditionTrue, setCondition } from '#schema/meta/conditions.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import { type Change, nothing, type ObjectRef, type Outcome, type ReconcileContext } from '../../controller-runtime/controller.ts';
import type { BatchController, ConditionalNote, LivenessController } from '../../controller-runtime/engine.ts';
import type { Snapshot } from '../../controller-runtime/snapshot.ts';
import { GRACE_MS, heardAtMs, isConnected, isDisrupted, lostAtMs } from '../node-lifecycle/health.ts';
import { controllerOf } from '../ownership.ts';
import { isFinished, isTerminating } from '../pod-state.ts';
import { claimOnNode } from './volumes.ts';

const NODES = 'core/nodes';
/** On a pod of a lost node: what happens with it, and when. */
export const PENDING = 'kedge.dev/FailoverPending';
const DISRUPTED_RETRY_MS = 10_000;

type Verdict = Pick<PodCondition, 'status' | 'reason' | 'message'>;

interface Prospect {
  /** Unix ms; Infinity: never. */
  readonly removedAtMs: number;
  readonly verdict: Verdict;
}

/** What to expect for a pod of a node that is lost. */
const prospectOf = (pod: Pod, node: Node, snapshot: Snapshot, { heardMs, lostMs }: { heardMs: number; lostMs: number }): Prospect => {
  const name = node.metadata.name!;
  const failover = failoverOf(pod)!;
  const lastHeard = `Node ${name} was last heard at ${toRfc3339(heardMs)}`;
  const never = (reason: string, why: string): Prospect => ({
    removedAtMs: Number.POSITIVE_INFINITY,
    verdict: { status: 'True', reason, message: `${lastHeard}. ${why}` },
  });
  if (!failover.promised && node.metadata.annotations?.[FENCES] !== 'true')
    return never(
      'NodeCannotFence',
      'It does not stop pods by itself, so nothing is replaced before it is heard again or a person deletes the pod by force.',
    );
  const atMs = failover.promised ? Math.max(lostMs, heardMs + replacedAfterMs(failover)) : lostMs;
  const what = failover.promised ? 'It stops this pod by itself' : 'It never started a container of this pod';
  if (!isTerminating(pod)) {
    const owner = controllerOf(pod);
    if (!owner) return never('NoController', `${what}; nothing would replace it, so it stays until the node is heard again.`);
    if (owner.kind === 'DaemonSet') return never('BoundToNode', `${what}; a pod of DaemonSet ${owner.name} is not wanted elsewhere.`);
    const claim = claimOnNode(pod, name, snapshot);
    if (claim)
      return never(
        'VolumeOnNode',
        `${what}; its claim ${claim} is a directory of that node, so it cannot run elsewhere and waits for the node.`,
      );
  }
  const message = `${lastHeard}. ${what}; at ${toRfc3339(atMs)} it is removed${isTerminating(pod) ? '' : ' and replaced'}.`;
  return { removedAtMs: atMs, verdict: { status: 'True', reason: 'NodeLost', message } };
};

interface Step {
  readonly change?: Change;
  readonly note?: ConditionalNote;
}

const statusStep = (pod: Pod, status: object, note: Pick<ConditionalNote, 'type' | 'reason' | 'message'>): Step => {
  const change: Change = {
    op: 'update',
    subresource: 'status',
    definition: podDefinition,
    object: { ...pod, status: { ...pod.status, ...status } },
  };
  return { change, note: { about: pod, ...note, after: change } };
};

const withCondition = (pod: Pod, condition: Verdict & { readonly type: string }, nowMs: number): PodCondition[] =>
  setCondition<any>(pod.status?.conditions ?? [], condition, nowMs);

/** Tells once what is to come; again when the prospect is another. */
const announce = (pod: Pod, verdict: Verdict, nowMs: number): Step => {
  const present = getCondition(pod.status?.conditions, PENDING);
  if (present?.status === 'True' && present.reason === verdict.reason && present.message === verdict.message) return {};
  const reason = verdict.reason === 'NodeLost' ? 'FailoverPending' : 'FailoverNotPossible';
  const conditions = withCondition(pod, { type: PENDING, ...verdict }, nowMs);
  return statusStep(pod, { conditions }, { type: 'Warning', reason, message: verdict.message! });
};

/** First why, for whoever watches, then the end. */
const remove = (pod: Pod, node: string, nowMs: number): Step => {
  if (!isConditionTrue(pod.status?.conditions, 'DisruptionTarget')) {
    const message = `Node ${node} is lost; it ${failoverOf(pod)?.promised ? 'has stopped this pod by itself' : 'never started a container of this pod'}`;
    const target = { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByPodGC', message } as const;
    const failed = isFinished(pod) ? {} : { phase: 'Failed', reason: 'NodeLost', message };
    return statusStep(pod, { conditions: withCondition(pod, target, nowMs), ...failed }, { type: 'Normal', reason: 'Failover', message });
  }
  const request = { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid! } };
  return { change: { op: 'delete', definition: podDefinition, object: pod, request } };
};

/** The node speaks again: its agent tells the rest. */
const callOff = (pod: Pod, nowMs: number): Step => {
  if (!isConditionTrue(pod.status?.conditions, PENDING)) return {};
  const message = 'The node is heard again.';
  const conditions = withCondition(pod, { type: PENDING, status: 'False', reason: 'NodeHeard', message }, nowMs);
  return statusStep(pod, { conditions }, { type: 'Normal', reason: 'FailoverCalledOff', message });
};

const outcomeOf = (steps: readonly Step[], dueMs: readonly number[]): Outcome => {
  const requeueAtMs = Math.min(Number.POSITIVE_INFINITY, ...dueMs);
  return {
    changes: steps.flatMap(({ change }) => change ?? []),
    events: steps.flatMap(({ note }) => note ?? []),
    ...(Number.isFinite(requeueAtMs) ? { requeueAtMs } : {}),
  };
};

const reconcile = ({ name }: ObjectRef, { snapshot, liveness, nowMs }: ReconcileContext): Outcome => {
  const node = snapshot.get<Node>(NODES, '', name);
  const covered = node ? snapshot.onNode<Pod>(name).filter((pod) => failoverOf(pod)) : [];
  if (!node || covered.length === 0) return nothing;
  const lostMs = lostAtMs(node, liveness);
  if (lostMs > nowMs) {
    return outcomeOf(
      covered.map((pod) => callOff(pod, nowMs)),
      isConnected(node, liveness) ? [] : [lostMs],
    );
  }
  const disrupted = isDisrupted(snapshot.all<Node>(NODES), liveness, nowMs);
  const steps: Step[] = [];
  const due: number[] = disrupted ? [nowMs + DISRUPTED_RETRY_MS] : [];
  for (const pod of covered) {
    if (isFinished(pod) && !isTerminating(pod) && !isConditionTrue(pod.status?.conditions, 'DisruptionTarget')) continue;
    if (isTerminating(pod) && pod.metadata.deletionGracePeriodSeconds === 0) continue;
    const { removedAtMs, verdict } = prospectOf(pod, node, snapshot, { heardMs: heardAtMs(node, liveness), lostMs });
    if (removedAtMs <= nowMs && !disrupted) steps.push(remove(pod, name, nowMs));
    else if (!isFinished(pod)) steps.push(announce(pod, verdict, nowMs));
    if (removedAtMs > nowMs) due.push(removedAtMs);
  }
  return outcomeOf(steps, due);
};

export const failover: LivenessController & BatchController = {
  name: 'failover-controller',
  primary: NODES,
  silenceMs: GRACE_MS,
  batches: true,
  watches: [
    {
      resource: 'core/pods',
      keys: (pod) => (failoverOf(pod as Pod) && (pod as Pod).spec.nodeName ? [{ namespace: '', name: (pod as Pod).spec.nodeName! }] : []),
    },
  ],
  reconcile,
};
