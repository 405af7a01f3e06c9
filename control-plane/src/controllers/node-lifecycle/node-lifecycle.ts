/**
 * Node lifecycle: a node that is not heard becomes Unknown and tainted, its pods not Ready, and after their tolerations they are deleted.
 * Who is heard is an input (`liveness`), never guessed. When the node speaks again its agent reports the truth and the taints go.
 */
import { type Node, nodes } from '#schema/core/node.ts';
import type { NodeCondition } from '#schema/core/node-status.ts';
import type { Taint } from '#schema/core/placement.ts';
import { type Pod, pods as podDefinition } from '#schema/core/pod.ts';
import { getCondition } from '#schema/meta/conditions.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import { type Change, nothing, type ObjectRef, type Outcome, type ReconcileContext } from '../../controller-runtime/controller.ts';
import type { ConditionalNote, LivenessController } from '../../controller-runtime/engine.ts';
import { isReady, isTerminating } from '../pod-state.ts';
import { evictedAtMs } from './eviction.ts';
import { GRACE_MS, isConnected, isDisrupted, lostAtMs } from './health.ts';
import { NOT_READY, taintsToBe, UNREACHABLE } from './taints.ts';
import { mayEmptyAtMs } from './zones.ts';

const NODES = 'core/nodes';
/** While too many nodes are lost, or others are emptied first, the case is looked at again this often. */
const DISRUPTED_RETRY_MS = 10_000;

const reported = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'] as const;

/** Conditions of a node nobody hears; undefined when they say so already. */
const unknownConditions = (node: Node, nowMs: number): NodeCondition[] | undefined => {
  let conditions: NodeCondition[] = node.status?.conditions ?? [];
  for (const type of reported) {
    const current = getCondition(conditions, type);
    if (current?.status === 'Unknown') continue;
    const next: NodeCondition = {
      ...current,
      type,
      status: 'Unknown',
      reason: current ? 'NodeStatusUnknown' : 'NodeStatusNeverUpdated',
      message: current ? 'Kubelet stopped posting node status.' : 'Kubelet never posted node status.',
      lastTransitionTime: toRfc3339(nowMs),
    };
    conditions = current ? conditions.map((c) => (c.type === type ? next : c)) : [...conditions, next];
  }
  return conditions === node.status?.conditions || conditions.length === 0 ? undefined : conditions;
};

const notReadyPod = (pod: Pod, nowMs: number): { change: Change; note: ConditionalNote } => {
  const conditions = (pod.status?.conditions ?? []).map((condition) =>
    condition.type === 'Ready' ? { ...condition, status: 'False', lastTransitionTime: toRfc3339(nowMs) } : condition,
  );
  const object: Pod = { ...pod, status: { ...pod.status, conditions } };
  const change: Change = { op: 'update', subresource: 'status', definition: podDefinition, object };
  return { change, note: { about: pod, type: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready', after: change } };
};

const eviction = (pod: Pod): { change: Change; note: ConditionalNote } => {
  const request = { preconditions: { uid: pod.metadata.uid! } };
  const change: Change = { op: 'delete', definition: podDefinition, object: pod, request };
  const message = `Marking for deletion Pod ${pod.metadata.namespace}/${pod.metadata.name}`;
  return { change, note: { about: pod, type: 'Normal', reason: 'TaintManagerEviction', message, after: change } };
};

/** What the node object itself needs: first its conditions, then the taints that follow from them. */
const nodeChange = (node: Node, lost: boolean, evicting: boolean, nowMs: number): { change?: Change; note?: ConditionalNote } => {
  const conditions = lost ? unknownConditions(node, nowMs) : undefined;
  if (conditions) {
    const object: Node = { ...node, status: { ...node.status, conditions } };
    const change: Change = { op: 'update', subresource: 'status', definition: nodes, object };
    const message = `Node ${node.metadata.name} status is now: NodeNotReady`;
    return { change, note: { about: node, type: 'Normal', reason: 'NodeNotReady', message, after: change } };
  }
  const taints = taintsToBe(node, evicting, nowMs);
  if (!taints) return {};
  const { taints: _, ...spec } = node.spec ?? {};
  const object: Node = { ...node, spec: taints.length > 0 ? { ...spec, taints } : spec };
  const change: Change = { op: 'update', definition: nodes, object };
  if (!keepsPodsOff(node.spec?.taints) || keepsPodsOff(taints)) return { change };
  const message = `Node ${node.metadata.name} status is now: NodeReady`;
  return { change, note: { about: node, type: 'Normal', reason: 'NodeReady', message, after: change } };
};

/** Because the node is not ready. */
const keepsPodsOff = (taints: readonly Taint[] = []): boolean => taints.some(({ key }) => key === NOT_READY || key === UNREACHABLE);

const reconcile = (ref: ObjectRef, { snapshot, liveness, nowMs }: ReconcileContext): Outcome => {
  const node = snapshot.get<Node>(NODES, '', ref.name);
  if (!node) return nothing;
  const lostAt = lostAtMs(node, liveness);
  const lost = lostAt <= nowMs;
  const disrupted = lost && isDisrupted(snapshot.all<Node>(NODES), liveness, nowMs);
  const mayEmptyAt = mayEmptyAtMs(node, snapshot.all<Node>(NODES), nowMs);
  const due: number[] = [];
  if (disrupted) due.push(nowMs + DISRUPTED_RETRY_MS);
  else if (mayEmptyAt > nowMs) due.push(Math.min(mayEmptyAt, nowMs + DISRUPTED_RETRY_MS));
  else if (!lost && !isConnected(node, liveness)) due.push(lostAt);
  const work: { change?: Change; note?: ConditionalNote }[] = [nodeChange(node, lost, !disrupted && mayEmptyAt <= nowMs, nowMs)];
  // a healthy node does nothing to its pods, however many they are
  const harmless = !lost && !node.spec?.taints?.some(({ effect }) => effect === 'NoExecute');
  const heard = { nowMs, observingSinceMs: liveness.observingSinceMs, lost };
  for (const pod of harmless ? [] : snapshot.onNode<Pod>(ref.name)) {
    if (isTerminating(pod)) continue;
    const evictedAt = disrupted ? Number.POSITIVE_INFINITY : evictedAtMs(pod, node, heard);
    if (evictedAt <= nowMs) work.push(eviction(pod));
    else {
      due.push(evictedAt);
      if (lost && isReady(pod)) work.push(notReadyPod(pod, nowMs));
    }
  }
  const requeueAtMs = Math.min(Number.POSITIVE_INFINITY, ...due);
  return {
    changes: work.flatMap(({ change }) => (change ? [change] : [])),
    events: work.flatMap(({ note }) => (note ? [note] : [])),
    ...(Number.isFinite(requeueAtMs) ? { requeueAtMs } : {}),
  };
};

export const nodeLifecycle: LivenessController = {
  name: 'node-controller',
  primary: NODES,
  silenceMs: GRACE_MS,
  watches: [
    {
      // a pod bound to a node with NoExecute taints, or one that an agent called ready while its node is lost
      resource: 'core/pods',
      keys: (pod, previous) => {
        const node = (pod as Pod).spec.nodeName;
        if (!node) return [];
        const moved =
          (previous as Pod | undefined)?.spec.nodeName !== node || (previous && isReady(previous as Pod) !== isReady(pod as Pod));
        return moved ? [{ namespace: '', name: node }] : [];
      },
    },
  ],
  reconcile,
};
