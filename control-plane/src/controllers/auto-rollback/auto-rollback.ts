/**
 * Automatic rollback: a workload that asks for it by annotation returns to its last complete revision when its new pods fail or its rollout is
 * late. It only writes the template back: the workload's own controller does the rest at its own speed, so no healthy pod is ended for it. A new
 * template by a person is a new revision and judged afresh; a revision that was complete once is never left, so it cannot flap.
 */

import { pods as podDefinition } from '#schema/core/pod.ts';
import { getCondition, removeCondition, setCondition } from '#schema/meta/conditions.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import { type KubeObject, storageKey } from '#schema/resource.ts';
import { type Change, type Controller, nothing, type Outcome, type ReconcileContext } from '../../controller-runtime/controller.ts';
import type { ConditionalNote } from '../../controller-runtime/engine.ts';
import { controllerOf } from '../ownership.ts';
import { isReady, isTerminating } from '../pod-state.ts';
import { judge } from './failure.ts';
import { LAST_COMPLETE, ROLLBACK_REASON, ROLLED_BACK_AT, ROLLED_BACK_FROM, type Settings, settingsOf } from './settings.ts';
import { currentOf, type Revision, type Workload, workloads } from './workloads.ts';

const CONDITION = 'RolledBack';

const annotated = (object: KubeObject, set: Readonly<Record<string, string>>, drop: readonly string[] = []): KubeObject => {
  const kept = Object.entries(object.metadata.annotations ?? {}).filter(([name]) => !drop.includes(name));
  return { ...object, metadata: { ...object.metadata, annotations: { ...Object.fromEntries(kept), ...set } } };
};

/** Complete: this is where a rollback would go from now on, and an earlier one is history. */
const noteComplete = (workload: Workload, object: KubeObject, current: Revision): Change[] => {
  if (object.metadata.annotations?.[LAST_COMPLETE] === current.name) return [];
  const next = annotated(object, { [LAST_COMPLETE]: current.name }, [ROLLED_BACK_FROM, ROLLBACK_REASON, ROLLED_BACK_AT]);
  return [{ op: 'update', definition: workload.definition, object: next }];
};

const rollBack = (workload: Workload, object: KubeObject, from: Revision, to: Revision, reason: string, nowMs: number): Outcome => {
  const notes = { [ROLLED_BACK_FROM]: from.name, [ROLLBACK_REASON]: reason, [ROLLED_BACK_AT]: toRfc3339(nowMs) };
  const next = { ...annotated(object, notes), spec: { ...object.spec, template: to.template } };
  const change: Change = { op: 'update', definition: workload.definition, object: next };
  const message = `Rolled back from ${from.name} to ${to.name}: ${reason}`;
  return {
    changes: [change],
    events: [{ about: object, type: 'Warning', reason: 'AutomaticRollback', message, after: change } as ConditionalNote],
  };
};

/** The condition follows the annotations. */
const conditionChange = (workload: Workload, object: KubeObject, nowMs: number): Change[] => {
  const { annotations = {} } = object.metadata;
  const from = annotations[ROLLED_BACK_FROM];
  const conditions: any[] = object.status?.conditions ?? [];
  const present = getCondition(conditions, CONDITION);
  if (!from && !present) return [];
  const message = `${from}: ${annotations[ROLLBACK_REASON] ?? ''}`;
  const next = from
    ? setCondition<any>(conditions, { type: CONDITION, status: 'True', reason: 'AutomaticRollback', message }, nowMs)
    : removeCondition(conditions, CONDITION);
  if (next === conditions) return [];
  return [
    {
      op: 'update',
      subresource: 'status',
      definition: workload.definition,
      object: { ...object, status: { ...object.status, conditions: next } },
    },
  ];
};

/** Pods of the revision that was given up and that never became ready, where they would hold the others back. */
const clearTheWay = (workload: Workload, object: KubeObject, revisions: readonly Revision[], { snapshot }: ReconcileContext): Change[] => {
  const given = revisions.find(({ name }) => name === object.metadata.annotations?.[ROLLED_BACK_FROM]);
  if (!workload.clearsTheWay || !given) return [];
  return workload
    .pods(object, snapshot)
    .filter((pod) => given.isOf(pod) && !isReady(pod) && !isTerminating(pod))
    .map((pod) => ({ op: 'delete', definition: podDefinition, object: pod, request: { preconditions: { uid: pod.metadata.uid! } } }));
};

const watchOver = (workload: Workload, object: KubeObject, settings: Settings, context: ReconcileContext): Outcome => {
  const { snapshot, nowMs } = context;
  const revisions = workload.revisions(object, snapshot);
  const current = currentOf(object, revisions);
  if (!current) return nothing;
  if (workload.isComplete(object)) {
    const noted = noteComplete(workload, object, current);
    return { changes: noted.length > 0 ? noted : conditionChange(workload, object, nowMs) };
  }
  const last = revisions.find(({ name }) => name === object.metadata.annotations?.[LAST_COMPLETE]);
  if (!last || last.name === current.name) {
    return { changes: [...clearTheWay(workload, object, revisions, context), ...conditionChange(workload, object, nowMs)] };
  }
  const judged = judge(workload.pods(object, snapshot).filter(current.isOf), settings, nowMs);
  const reason = judged.reason ?? workload.isLate(object);
  if (reason) return rollBack(workload, object, current, last, reason, nowMs);
  return { changes: [], ...(Number.isFinite(judged.dueMs) ? { requeueAtMs: judged.dueMs } : {}) };
};

const controllerFor = (workload: Workload): Controller => {
  const resource = storageKey(workload.definition);
  return {
    name: `auto-rollback-${workload.definition.singular}`,
    primary: resource,
    watches: [
      {
        resource: storageKey(podDefinition),
        keys: (pod, _previous, snapshot) => {
          // a Deployment's pods are its ReplicaSets'
          let owner = controllerOf(pod);
          const middle = owner && snapshot.byUid(owner.uid);
          if (middle && owner?.kind === 'ReplicaSet') owner = controllerOf(middle);
          const found = owner?.kind === workload.definition.kind ? snapshot.byUid(owner.uid) : undefined;
          if (!found || !settingsOf(found)) return [];
          return [{ namespace: found.metadata.namespace ?? '', name: found.metadata.name! }];
        },
      },
    ],
    reconcile: ({ namespace, name }, context) => {
      const object = context.snapshot.get(resource, namespace, name);
      const settings = object && settingsOf(object);
      if (!object || !settings || object.metadata.deletionTimestamp) return nothing;
      return watchOver(workload, object, settings, context);
    },
  };
};

export const autoRollback: readonly Controller[] = workloads.map(controllerFor);
