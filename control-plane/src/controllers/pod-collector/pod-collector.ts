/**
 * Pod collector: removes pods nobody will ever finish: those of a deleted node, those that were deleted before they got a node, and finished
 * ones beyond a threshold. A node that was deleted while its agent still speaks will be registered again: its pods wait for the agent.
 */
import { type Pod, pods as podDefinition } from '#schema/core/pod.ts';
import { failoverOf, replacedAfterMs } from '#schema/core/pod-failover.ts';
import { parseTime } from '#schema/meta/time.ts';
import { type Change, nothing, type ObjectRef, type Outcome, type ReconcileContext } from '../../controller-runtime/controller.ts';
import type { SeededController } from '../../controller-runtime/engine.ts';
import { isFinished, isTerminating } from '../pod-state.ts';

const PODS = 'core/pods';
/** How long an agent must have been silent before its node's absence counts. */
const QUARANTINE_MS = 40_000;
/** Finished pods that are kept. */
export const FINISHED_THRESHOLD = 12_500;
const SWEEP: ObjectRef = { namespace: '', name: '' };
const SWEEP_INTERVAL_MS = 600_000;

const removal = (pod: Pod): Change => ({
  op: 'delete',
  definition: podDefinition,
  object: pod,
  request: { gracePeriodSeconds: 0, preconditions: { uid: pod.metadata.uid! } },
});

const createdMs = (pod: Pod): number => parseTime(pod.metadata.creationTimestamp ?? '') || 0;

/** The oldest finished pods beyond the threshold. */
const sweep = ({ snapshot, nowMs }: ReconcileContext): Outcome => {
  const requeueAtMs = nowMs + SWEEP_INTERVAL_MS;
  const all = snapshot.all<Pod>(PODS);
  if (all.length <= FINISHED_THRESHOLD) return { changes: [], requeueAtMs };
  const finished = all.filter((pod) => isFinished(pod) && !isTerminating(pod)).sort((a, b) => createdMs(a) - createdMs(b));
  return { changes: finished.slice(0, Math.max(0, finished.length - FINISHED_THRESHOLD)).map(removal), requeueAtMs };
};

const reconcile = (ref: ObjectRef, context: ReconcileContext): Outcome => {
  if (ref.name === SWEEP.name) return sweep(context);
  const { snapshot, liveness, nowMs } = context;
  const pod = snapshot.get<Pod>(PODS, ref.namespace, ref.name);
  if (!pod) return nothing;
  const node = pod.spec.nodeName;
  if (!node) return isTerminating(pod) && (pod.metadata.finalizers?.length ?? 0) === 0 ? { changes: [removal(pod)] } : nothing;
  if (snapshot.get('core/nodes', '', node)) return nothing;
  // Silence before anybody listened proves nothing.
  const heardMs = Math.max(liveness.nodes.find((entry) => entry.node === node)?.lastHeardMs ?? 0, liveness.observingSinceMs);
  const failover = failoverOf(pod);
  // a node that promised to stop the pod may still be about to
  const goneMs = heardMs + Math.max(QUARANTINE_MS, failover?.promised ? replacedAfterMs(failover) : 0);
  if (goneMs > nowMs) return { changes: [], requeueAtMs: goneMs };
  if (isTerminating(pod) && pod.metadata.deletionGracePeriodSeconds === 0) return nothing;
  return { changes: [removal(pod)] };
};

export const podCollector: SeededController = {
  name: 'pod-garbage-collector',
  primary: PODS,
  seeds: [SWEEP],
  watches: [
    {
      resource: 'core/nodes',
      keys: (node, _previous, snapshot) => {
        const name = node.metadata.name ?? '';
        if (snapshot.get('core/nodes', '', name)) return [];
        return snapshot.onNode<Pod>(name).map(({ metadata }) => ({ namespace: metadata.namespace ?? '', name: metadata.name ?? '' }));
      },
    },
  ],
  reconcile,
};
