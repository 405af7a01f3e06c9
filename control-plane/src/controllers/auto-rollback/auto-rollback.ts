/**
 * Automatic rollback: a workload that asks for it by annotation returns to its last complete revision when its new pods fail or its rollout is
 * late. It only writes the template back: the workload's own controller does the rest at its own speed, so no healthy pod is ended for it. A new
 * template by a person is a new revision and judged afresh; a revision that was complete once is never left, so it cannot flap. Where it is asked for,
 * the ConfigMaps and Secrets of the template return first (config.ts).
 */

import { pods as podDefinition } from '#schema/core/pod.ts';
import { getCondition, removeCondition, setCondition } from '#schema/meta/conditions.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import { type KubeObject, storageKey } from '#schema/resource.ts';
import {
  type Change,
  type Controller,
  nothing,
  type ObjectRef,
  type Outcome,
  type ReconcileContext,
} from '../../controller-runtime/controller.ts';
import type { ConditionalNote, EngineContext } from '../../controller-runtime/engine.ts';
import { controllerOf } from '../ownership.ts';
import { isReady, isTerminating } from '../pod-state.ts';
import {
  configResources,
  LAST_COMPLETE_CONFIG,
  notedRevisions,
  PENDING,
  pendingOf,
  RESTORED_FOR,
  RETURNED,
  restores,
  returned,
  revisionsNow,
  toReturn,
  wantsConfig,
} from './config.ts';
import { judge } from './failure.ts';
import { LAST_COMPLETE, ROLLBACK_REASON, ROLLED_BACK_AT, ROLLED_BACK_FROM, type Settings, settingsOf } from './settings.ts';
import { currentOf, type Revision, type Workload, workloads } from './workloads.ts';

const CONDITION = 'RolledBack';
/** Should an object that is to return not answer. */
const RESTORE_RETRY_MS = 5_000;

const annotated = (object: KubeObject, set: Readonly<Record<string, string>>, drop: readonly string[] = []): KubeObject => {
  const kept = Object.entries(object.metadata.annotations ?? {}).filter(([name]) => !drop.includes(name));
  return { ...object, metadata: { ...object.metadata, annotations: { ...Object.fromEntries(kept), ...set } } };
};

const update = ({ definition }: Workload, object: KubeObject): Change => ({ op: 'update', definition, object });

/** Complete: this is where a rollback would go from now on, and an earlier one is history. */
const noteComplete = (workload: Workload, object: KubeObject, current: Revision, { snapshot }: ReconcileContext): Change[] => {
  const config = wantsConfig(object) ? revisionsNow(current.template, object.metadata.namespace ?? '', snapshot) : undefined;
  const isNew = object.metadata.annotations?.[LAST_COMPLETE] !== current.name;
  if (!isNew && (!config || notedRevisions(object)) && !pendingOf(object)) return [];
  const noted: Record<string, string> =
    config && (isNew || !notedRevisions(object)) ? { [LAST_COMPLETE_CONFIG]: JSON.stringify(config) } : {};
  const old = isNew ? [ROLLED_BACK_FROM, ROLLBACK_REASON, ROLLED_BACK_AT, RETURNED] : [];
  return [update(workload, annotated(object, { [LAST_COMPLETE]: current.name, ...noted }, [PENDING, ...old]))];
};

interface Failure {
  readonly from: Revision;
  readonly to: Revision;
  readonly reason: string;
}

/** `config` tells what became of the ConfigMaps and Secrets; empty when none had to return. */
const rollBack = (
  workload: Workload,
  object: KubeObject,
  { from, to, reason }: Failure,
  context: ReconcileContext,
  config: { readonly text: string; readonly failed?: boolean } = { text: '' },
): Outcome => {
  const { snapshot, nowMs } = context;
  const notes = {
    [ROLLED_BACK_FROM]: from.name,
    [ROLLBACK_REASON]: reason,
    [ROLLED_BACK_AT]: toRfc3339(nowMs),
    ...(config.text ? { [RETURNED]: config.text } : {}),
    // what returned is from now on what is complete
    ...(wantsConfig(object) && notedRevisions(object) && !config.failed
      ? { [LAST_COMPLETE_CONFIG]: JSON.stringify(revisionsNow(to.template, object.metadata.namespace ?? '', snapshot)) }
      : {}),
  };
  const next = {
    ...annotated(object, notes, [PENDING, ...(config.text ? [] : [RETURNED])]),
    spec: { ...object.spec, template: to.template },
  };
  const change = update(workload, next);
  const message = `Rolled back from ${from.name} to ${to.name}: ${reason}${config.text && !config.failed ? `; ${config.text}` : ''}`;
  const note = (reason: string, message: string): ConditionalNote => ({ about: object, type: 'Warning', reason, message, after: change });
  return {
    changes: [change],
    events: [note('AutomaticRollback', message), ...(config.failed ? [note('ConfigRollbackFailed', config.text)] : [])],
  };
};

/** First the ConfigMaps and Secrets, then the template: no pod of the old revision meets the new content. */
const rollBackWithConfig = (workload: Workload, object: KubeObject, failure: Failure, context: EngineContext): Outcome => {
  const { snapshot } = context;
  const { from } = failure;
  const pending = pendingOf(object);
  if (pending?.from !== from.name) {
    const wanted = toReturn(object, from.name, from.createdMs, snapshot);
    if (Object.keys(wanted.objects).length === 0) return rollBack(workload, object, failure, context);
    return { changes: [update(workload, annotated(object, { [PENDING]: JSON.stringify(wanted) }))] };
  }
  const [refused] = (context.refusals ?? []).filter(({ op }) => op === 'restore');
  if (refused) {
    const text = `ConfigMaps and Secrets stay as they are: ${refused.message}`;
    return rollBack(workload, object, failure, context, { text, failed: true });
  }
  const changes = restores(object, pending, from.createdMs, snapshot);
  if (changes.length > 0) return { changes, requeueAtMs: context.nowMs + RESTORE_RETRY_MS };
  const back = returned(object, pending, snapshot);
  return rollBack(workload, object, failure, context, { text: back ? `returned to their former content: ${back}` : '' });
};

/** The condition follows the annotations. */
const conditionChange = (workload: Workload, object: KubeObject, nowMs: number): Change[] => {
  const { annotations = {} } = object.metadata;
  const from = annotations[ROLLED_BACK_FROM];
  const conditions: any[] = object.status?.conditions ?? [];
  const present = getCondition(conditions, CONDITION);
  if (!from && !present) return [];
  const message = [`${from}: ${annotations[ROLLBACK_REASON] ?? ''}`, annotations[RETURNED] ?? ''].filter(Boolean).join('; ');
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
    const noted = noteComplete(workload, object, current, context);
    return { changes: noted.length > 0 ? noted : conditionChange(workload, object, nowMs) };
  }
  const last = revisions.find(({ name }) => name === object.metadata.annotations?.[LAST_COMPLETE]);
  if (!last || last.name === current.name) {
    return { changes: [...clearTheWay(workload, object, revisions, context), ...conditionChange(workload, object, nowMs)] };
  }
  const judged = judge(workload.pods(object, snapshot).filter(current.isOf), settings, nowMs);
  const reason = judged.reason ?? workload.isLate(object);
  const failure = reason && { from: current, to: last, reason };
  if (failure) return (wantsConfig(object) ? rollBackWithConfig : rollBack)(workload, object, failure, context);
  return { changes: [], ...(Number.isFinite(judged.dueMs) ? { requeueAtMs: judged.dueMs } : {}) };
};

/** What returned for a workload makes it look again. */
const returnedFor = ({ metadata }: KubeObject, { definition }: Workload): ObjectRef[] => {
  const [kind, name] = (metadata.annotations?.[RESTORED_FOR] ?? '').split('/');
  return kind === definition.kind && name ? [{ namespace: metadata.namespace ?? '', name }] : [];
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
      ...configResources.map((config) => ({ resource: config, keys: (object: KubeObject) => returnedFor(object, workload) })),
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
