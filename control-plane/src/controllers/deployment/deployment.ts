/**
 * Deployment: moves its pods from one template to the next through ReplicaSets, within maxSurge and maxUnavailable.
 * One pass makes at most one kind of step; the results of the step bring the next one.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
 */
import { type Deployment, deployments } from '#schema/apps/deployment.ts';
import { type ReplicaSet, replicaSets } from '#schema/apps/replica-set.ts';
import { pods as podDefinition } from '#schema/core/pod.ts';
import { equalJson } from '#schema/dsl/own.ts';
import { getCondition } from '#schema/meta/conditions.ts';
import { storageKey } from '#schema/resource.ts';
import { type LabelSelection, labelSelectorOf } from '#schema/selectors/label.ts';
import { type Change, type Controller, nothing, type ObjectRef, type Outcome } from '../../controller-runtime/controller.ts';
import type { ConditionalNote, EngineContext } from '../../controller-runtime/engine.ts';

import type { Snapshot } from '../../controller-runtime/snapshot.ts';
import { claim, controllerOf, ownerKeys } from '../ownership.ts';
import { isFinished } from '../pod-state.ts';
import { podsControlledBy } from '../replicas/replicas.ts';
import { currentAnnotations, REVISION, revisionOf } from './annotations.ts';
import { type Conditions, conditionOf, PROGRESSING, pauseNoted, progressDeadlineMs, withCondition } from './conditions.ts';
import { type Draft, draftChanges, draftOf, scaledNote } from './drafts.ts';
import { historyCleanup } from './history.ts';
import { newReplicaSet, nextRevision, revisionsOf, sameTemplate } from './revisions.ts';
import { scaleNew, scaleOldDown, stopOld } from './rolling.ts';
import { isScalingEvent, scale } from './scale.ts';
import { isRollingUpdate, newReplicas, totalReplicas, totalStatus } from './sizes.ts';
import { computeStatus, isComplete } from './status.ts';

const DEPLOYMENTS = storageKey(deployments);

const selectionOf = (deployment: Deployment): LabelSelection => labelSelectorOf(deployment.spec.selector);

const statusChange = (deployment: Deployment, status: unknown): Change[] =>
  equalJson(status, deployment.status ?? {})
    ? []
    : [{ op: 'update', subresource: 'status', definition: deployments, object: { ...deployment, status } as Deployment }];

/** Everything of one pass that later steps add to. */
interface Pass {
  readonly deployment: Deployment;
  readonly current: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
  readonly currentDraft: Draft | undefined;
  readonly oldDrafts: readonly Draft[];
  readonly context: EngineContext;
  readonly changes: Change[];
  readonly events: ConditionalNote[];
  conditions: Conditions;
  collisionCount: number | undefined;
}

/** Keeps the current ReplicaSet's annotations, revision and minReadySeconds in step with the Deployment. */
const syncCurrent = (pass: Pass): void => {
  const { deployment, current, currentDraft, old, context } = pass;
  if (!current || !currentDraft) return;
  currentDraft.annotations = currentAnnotations(deployment, currentDraft.annotations, nextRevision(old));
  currentDraft.minReadySeconds = deployment.spec.minReadySeconds ?? 0;
  if (progressDeadlineMs(deployment) !== undefined && !getCondition(pass.conditions, PROGRESSING)) {
    const message = `Found new replica set "${current.metadata.name}"`;
    pass.conditions = withCondition(pass.conditions, conditionOf(PROGRESSING, 'True', 'FoundNewReplicaSet', message, context.nowMs));
  }
};

/** The Deployment shows the revision of its current ReplicaSet, once that is committed. */
const revisionChange = ({ deployment, current }: Pass): Change[] => {
  if (!current) return [];
  const revision = String(revisionOf(current));
  const { annotations } = deployment.metadata;
  if (revision === '0' || annotations?.[REVISION] === revision) return [];
  const object = { ...deployment, metadata: { ...deployment.metadata, annotations: { ...annotations, [REVISION]: revision } } };
  return [{ op: 'update', definition: deployments, object }];
};

/** Makes the ReplicaSet of the present template; a name taken by another one is counted as a collision and hashed anew. */
const createCurrent = (pass: Pass): void => {
  const { deployment, old, context } = pass;
  const { nowMs, snapshot, refusals } = context;
  const set = newReplicaSet(deployment, newReplicas(deployment, 0, totalReplicas(old)), nextRevision(old));
  const name = set.metadata.name!;
  const taken = snapshot.get<ReplicaSet>(storageKey(replicaSets), set.metadata.namespace!, name);
  if (taken) {
    // ours and equal: a moment away from being claimed
    if (controllerOf(taken)?.uid === deployment.metadata.uid && sameTemplate(taken.spec.template, deployment.spec.template)) return;
    pass.collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
    return;
  }
  const change: Change = { op: 'create', definition: replicaSets, object: set, ownerUid: deployment.metadata.uid! };
  pass.changes.push(change);
  if (set.spec.replicas) pass.events.push(scaledNote(deployment, name, 0, set.spec.replicas, change));
  const refusal = refusals?.find(({ op, definition }) => op === 'create' && definition === replicaSets);
  if (refusal) {
    const message = `Failed to create new replica set "${name}": ${refusal.message}`;
    pass.events.push({ about: deployment, type: 'Warning', reason: 'ReplicaSetCreateError', message, always: true });
    if (progressDeadlineMs(deployment) === undefined) return;
    pass.conditions = withCondition(pass.conditions, conditionOf(PROGRESSING, 'False', 'ReplicaSetCreateError', message, nowMs));
  } else if (progressDeadlineMs(deployment) !== undefined) {
    const message = `Created new replica set "${name}"`;
    pass.conditions = withCondition(pass.conditions, conditionOf(PROGRESSING, 'True', 'NewReplicaSetCreated', message, nowMs));
  }
};

/** Recreate must not start anything while a pod of another revision may still run. */
const oldPodsRun = (snapshot: Snapshot, old: readonly ReplicaSet[]): boolean =>
  totalStatus(old, 'replicas') > 0 || podsControlledBy(snapshot, old).some((pod) => !isFinished(pod));

/** One step of the rollout. True when it changed a size. */
const step = (pass: Pass): boolean => {
  const { deployment, currentDraft, oldDrafts, old, context } = pass;
  if (!isRollingUpdate(deployment)) {
    if (stopOld(deployment, oldDrafts)) return true;
    if (oldPodsRun(context.snapshot, old)) return true;
    if (!currentDraft) createCurrent(pass);
    else return scaleNew(deployment, currentDraft, [...oldDrafts, currentDraft]);
    return true;
  }
  if (!currentDraft) {
    createCurrent(pass);
    return true;
  }
  return scaleNew(deployment, currentDraft, [...oldDrafts, currentDraft]) || scaleOldDown(deployment, currentDraft, oldDrafts);
};

const finish = (pass: Pass, rollout: boolean): Outcome => {
  const { deployment, current, old, currentDraft, oldDrafts, context } = pass;
  const { status, requeueAtMs } = computeStatus({
    deployment,
    current,
    old,
    conditions: pass.conditions,
    rollout,
    ...(pass.collisionCount === undefined ? {} : { collisionCount: pass.collisionCount }),
    nowMs: context.nowMs,
  });
  const drafts = draftChanges(deployment, currentDraft ? [...oldDrafts, currentDraft] : oldDrafts);
  // the object is written once a round: first its revision, then its status
  const revision = revisionChange(pass);
  return {
    changes: [...pass.changes, ...drafts.changes, ...(revision.length > 0 ? revision : statusChange(deployment, status))],
    events: [...pass.events, ...drafts.events],
    ...(requeueAtMs === undefined ? {} : { requeueAtMs }),
  };
};

const reconcile = (ref: ObjectRef, context: EngineContext): Outcome => {
  const { snapshot, nowMs } = context;
  const deployment = snapshot.get<Deployment>(DEPLOYMENTS, ref.namespace, ref.name);
  if (!deployment) return nothing;
  const selection = selectionOf(deployment);
  if (selection.requirements.length === 0) {
    const message = 'This deployment is selecting all pods. A non-empty selector is required.';
    const changes = statusChange(deployment, { ...deployment.status, observedGeneration: deployment.metadata.generation });
    // said once for each state of the object
    return { changes, events: changes.map((after) => ({ about: deployment, type: 'Warning', reason: 'SelectingAll', message, after })) };
  }
  const claimed = claim<ReplicaSet>(snapshot, replicaSets, deployment, selection);
  if (claimed.changes.length > 0) return { changes: claimed.changes };

  const { current, old } = revisionsOf(deployment, claimed.owned);
  const pass: Pass = {
    deployment,
    current,
    old,
    currentDraft: current && draftOf(current),
    oldDrafts: old.map(draftOf),
    context,
    changes: [],
    events: [],
    conditions: deployment.status?.conditions ?? [],
    collisionCount: undefined,
  };
  if (deployment.metadata.deletionTimestamp) return finish(pass, false);
  pass.conditions = pauseNoted(deployment, pass.conditions, nowMs);
  syncCurrent(pass);
  const drafts = [...pass.oldDrafts, ...(pass.currentDraft ? [pass.currentDraft] : [])];
  if (deployment.spec.paused || isScalingEvent(deployment, drafts)) {
    scale(deployment, pass.currentDraft, pass.oldDrafts);
    if (deployment.spec.paused) pass.changes.push(...historyCleanup(deployment, old));
    return finish(pass, false);
  }
  const moved = step(pass);
  if (!moved && isComplete(deployment, deployment.status ?? {})) pass.changes.push(...historyCleanup(deployment, old));
  return finish(pass, true);
};

export const deployment: Controller = {
  name: 'deployment-controller',
  primary: DEPLOYMENTS,
  watches: [
    { resource: storageKey(replicaSets), keys: ownerKeys('Deployment', DEPLOYMENTS, selectionOf) },
    {
      // Recreate waits for the last old pod to be gone
      resource: storageKey(podDefinition),
      keys: (pod, _previous, snapshot) => {
        const set = snapshot.byUid(controllerOf(pod)?.uid ?? '');
        const owner = set && controllerOf(set);
        const found = owner && (snapshot.byUid(owner.uid) as Deployment | undefined);
        if (!found || owner?.kind !== 'Deployment' || isRollingUpdate(found)) return [];
        return [{ namespace: found.metadata.namespace ?? '', name: found.metadata.name ?? '' }];
      },
    },
  ],
  reconcile,
};
