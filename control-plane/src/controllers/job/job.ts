/**
 * Job: runs pods until enough of them have succeeded. Each round counts what finished, decides whether the Job is over, and otherwise starts or
 * ends pods; the counts are exact whatever fails in between (counting.ts).
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/
 */
import { type Job, jobs } from '#schema/batch/job.ts';
import { type Pod, pods as podDefinition } from '#schema/core/pod.ts';
import { equalJson } from '#schema/dsl/own.ts';
import { getCondition, setCondition } from '#schema/meta/conditions.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import { storageKey } from '#schema/resource.ts';
import { labelSelectorOf } from '#schema/selectors/label.ts';
import { type Change, type Controller, nothing, type ObjectRef, type Outcome } from '../../controller-runtime/controller.ts';
import type { ConditionalNote, EngineContext } from '../../controller-runtime/engine.ts';

import type { Snapshot } from '../../controller-runtime/snapshot.ts';
import { claim, controllerOf, ownerKeys } from '../ownership.ts';
import { isActive, isFinished, isReady, isTerminating } from '../pod-state.ts';
import { type Counted, count, countedStatus } from './counting.ts';
import { countIndexes } from './indexes.ts';
import { isIndexed, isTracked, JOB_NAME_LABEL, withoutTracking } from './job-pods.ts';
import { endAll, manage } from './manage.ts';
import { announcement, deadlineMs, type Ending, endingOf, isOver } from './verdict.ts';

const JOBS = storageKey(jobs);
const PODS = storageKey(podDefinition);
const BUILT_IN = 'kubernetes.io/job-controller';

/** Pods of a Job that is gone must not be held back by a count nobody keeps. */
const letGo = (snapshot: Snapshot, { namespace, name }: ObjectRef): Change[] =>
  snapshot
    .withLabel<Pod>(PODS, namespace, JOB_NAME_LABEL, name)
    .filter((pod) => isTracked(pod) && !snapshot.byUid(controllerOf(pod)?.uid ?? ''))
    .map(withoutTracking);

interface Pass {
  readonly job: Job;
  readonly pods: readonly Pod[];
  readonly counted: Counted;
  readonly succeeded: number;
  readonly failed: number;
  readonly nowMs: number;
}

interface Suspension {
  readonly conditions: any[];
  readonly note?: Omit<ConditionalNote, 'after'>;
}

const suspension = (job: Job, conditions: any[], nowMs: number): Suspension => {
  const suspended = getCondition(conditions, 'Suspended')?.status === 'True';
  const now = toRfc3339(nowMs);
  const change = (status: 'True' | 'False', reason: string, message: string) => ({
    conditions: setCondition(conditions, { type: 'Suspended', status, reason, message, lastProbeTime: now } as any, nowMs),
    note: { about: job, type: 'Normal' as const, reason: status === 'True' ? 'Suspended' : 'Resumed', message },
  });
  if (job.spec.suspend && !suspended) return change('True', 'JobSuspended', 'Job suspended');
  if (!job.spec.suspend && suspended) return change('False', 'JobResumed', 'Job resumed');
  return { conditions };
};

/** The announcement at once, the end itself when every pod is counted and gone. */
const endingConditions = (pass: Pass, ending: Ending, conditions: any[]): { conditions: any[]; over: boolean } => {
  const { pods, counted, nowMs } = pass;
  const { type, reason, message } = ending;
  const now = toRfc3339(nowMs);
  const condition = (name: string) => ({ type: name, status: 'True', lastProbeTime: now, reason, message });
  const announcedNow = getCondition(conditions, announcement[type])
    ? conditions
    : setCondition(conditions, condition(announcement[type]) as any, nowMs);
  const pending = pods.some((pod) => !isFinished(pod)) || counted.uncounted.succeeded.length + counted.uncounted.failed.length > 0;
  if (pending || pods.some(isTracked)) return { conditions: announcedNow, over: false };
  return { conditions: setCondition(announcedNow, condition(type) as any, nowMs), over: true };
};

const statusOf = (pass: Pass, conditions: any[], over: Ending | undefined, resumed: boolean) => {
  const { job, pods, counted, succeeded, nowMs } = pass;
  const active = pods.filter(isActive);
  const now = toRfc3339(nowMs);
  const started = job.spec.suspend ? (over ? job.status?.startTime : undefined) : resumed ? now : (job.status?.startTime ?? now);
  const settled = succeeded - (isIndexed(job) ? 0 : counted.uncounted.succeeded.length);
  const terminating = pods.filter((pod) => isTerminating(pod) && !isFinished(pod)).length;
  return {
    ...(conditions.length > 0 ? { conditions } : {}),
    ...(started ? { startTime: started } : {}),
    ...(over?.type === 'Complete' ? { completionTime: now } : {}),
    ...(active.length > 0 ? { active: active.length } : {}),
    ...countedStatus(job, counted, settled),
    terminating,
    ready: active.filter(isReady).length,
  };
};

const endingNote = (job: Job, { type, reason, message }: Ending): Omit<ConditionalNote, 'after'> =>
  type === 'Complete'
    ? { about: job, type: 'Normal', reason: 'Completed', message: 'Job completed' }
    : { about: job, type: 'Warning', reason, message };

const reconcileOpen = (job: Job, claimed: readonly Pod[], context: EngineContext): Outcome => {
  const { snapshot, nowMs } = context;
  const counted = count(job, claimed);
  const indexed = isIndexed(job);
  const succeeded = indexed ? countIndexes(counted.succeededIndexes) : counted.succeeded + counted.uncounted.succeeded.length;
  const failed = counted.failed + counted.uncounted.failed.length;
  const pass: Pass = { job, pods: claimed, counted, succeeded, failed, nowMs };
  const active = claimed.filter(isActive);
  const ending = endingOf(job, claimed, counted, { active: active.length, succeeded, failed }, nowMs);
  const work = ending ? endAll(job, active) : manage(job, claimed, counted, succeeded, snapshot, nowMs);
  const suspended: Suspension = ending
    ? { conditions: job.status?.conditions ?? [] }
    : suspension(job, job.status?.conditions ?? [], nowMs);
  const ended = ending ? endingConditions(pass, ending, suspended.conditions as any[]) : { conditions: suspended.conditions, over: false };
  const status = statusOf(pass, ended.conditions as any[], ended.over ? ending : undefined, suspended.note?.reason === 'Resumed');
  // a pod is written once a round: one that is let go of now is deleted in the next
  const released = new Set(counted.releases.map(({ object }) => object.metadata.uid));
  const changes = [...counted.releases, ...work.changes.filter(({ object }) => !object.metadata.uid || !released.has(object.metadata.uid))];
  const events: ConditionalNote[] = [...work.events];
  if (!equalJson(status, job.status ?? {})) {
    const after: Change = { op: 'update', subresource: 'status', definition: jobs, object: { ...job, status } as Job };
    changes.push(after);
    if (suspended.note) events.push({ ...suspended.note, after });
    if (ended.over && ending) events.push({ ...endingNote(job, ending), after });
  }
  for (const { op, definition, message } of context.refusals ?? []) {
    if (definition !== podDefinition) continue;
    const reason = op === 'create' ? 'FailedCreate' : 'FailedDelete';
    events.push({
      about: job,
      type: 'Warning',
      reason,
      message: `Error ${op === 'create' ? 'creating' : 'deleting'}: ${message}`,
      always: true,
    });
  }
  const due = Math.min(work.dueMs, ending ? Number.POSITIVE_INFINITY : (deadlineOfNext(job, nowMs) ?? Number.POSITIVE_INFINITY));
  return { changes, events, ...(Number.isFinite(due) ? { requeueAtMs: due } : {}) };
};

/** A Job that starts in this very round has its deadline from now on. */
const deadlineOfNext = (job: Job, nowMs: number): number | undefined =>
  deadlineMs(job.status?.startTime ? job : ({ ...job, status: { ...job.status, startTime: toRfc3339(nowMs) } } as Job));

const reconcile = (ref: ObjectRef, context: EngineContext): Outcome => {
  const { snapshot } = context;
  const orphans = letGo(snapshot, ref);
  if (orphans.length > 0) return { changes: orphans };
  const job = snapshot.get<Job>(JOBS, ref.namespace, ref.name);
  if (!job || (job.spec.managedBy ?? BUILT_IN) !== BUILT_IN) return nothing;
  const claimed = claim<Pod>(snapshot, podDefinition, job, labelSelectorOf(job.spec.selector ?? {}));
  if (claimed.changes.length > 0) return { changes: claimed.changes };
  if (job.metadata.deletionTimestamp || isOver(job)) return { changes: claimed.owned.filter(isTracked).map(withoutTracking) };
  return reconcileOpen(job, claimed.owned, context);
};

export const job: Controller = {
  name: 'job-controller',
  primary: JOBS,
  watches: [{ resource: PODS, keys: ownerKeys('Job', JOBS, (object: Job) => labelSelectorOf(object.spec.selector ?? {})) }],
  reconcile,
};
