/**
 * CronJob: makes a Job at each time of its schedule. The Job's name follows from that time, so a time never has two; the status follows from the
 * Jobs that are there.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/
 */
import { type CronJob, cronJobs } from '#schema/batch/cron-job.ts';
import { type Job, jobs as jobDefinition } from '#schema/batch/job.ts';
import { equalJson } from '#schema/dsl/own.ts';
import { parseTime, toRfc3339 } from '#schema/meta/time.ts';
import { storageKey } from '#schema/resource.ts';
import { type Change, type Controller, nothing, type Outcome, type ReconcileContext } from '../../controller-runtime/controller.ts';
import type { ConditionalNote } from '../../controller-runtime/engine.ts';

import { controllerOf, controllerReference } from '../ownership.ts';
import { endOf, expiredJobs } from './history.ts';
import { parseSchedule, type Schedule } from './schedule.ts';

const CRON_JOBS = storageKey(cronJobs);
const JOBS = storageKey(jobDefinition);
const SCHEDULED_AT = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

interface Work {
  readonly changes: Change[];
  readonly events: ConditionalNote[];
}

const say = (about: CronJob, type: 'Normal' | 'Warning', reason: string, message: string, after?: Change): ConditionalNote => ({
  about,
  type,
  reason,
  message,
  ...(after ? { after } : {}),
});

const scheduledMs = (job: Job): number => {
  const at = parseTime(job.metadata.annotations?.[SCHEDULED_AT] ?? '');
  return Number.isNaN(at) ? Number.NEGATIVE_INFINITY : at;
};

const later = (time: string | undefined, ms: number): string | undefined => {
  const present = parseTime(time ?? '');
  return Number.isFinite(ms) && !(present >= ms) ? toRfc3339(ms) : time;
};

const referenceOf = ({ metadata: { name, namespace, uid, resourceVersion } }: Job) => ({
  kind: 'Job',
  namespace: namespace!,
  name: name!,
  uid: uid!,
  apiVersion: 'batch/v1',
  resourceVersion: resourceVersion!,
});

/** Active Jobs, the last run and the last success, as the Jobs show them. */
const syncStatus = (cronJob: CronJob, owned: readonly Job[], work: Work): void => {
  const { status = {} } = cronJob;
  const running = owned.filter((job) => !endOf(job));
  const known = new Map((status.active ?? []).map((reference) => [reference.uid, reference]));
  const active = running.map((job) => known.get(job.metadata.uid) ?? referenceOf(job));
  const lastScheduleTime = later(status.lastScheduleTime, Math.max(Number.NEGATIVE_INFINITY, ...owned.map(scheduledMs)));
  const ends = owned.filter((job) => endOf(job) === 'Complete').map((job) => parseTime(job.status?.completionTime ?? ''));
  const lastSuccessfulTime = later(
    status.lastSuccessfulTime,
    Math.max(Number.NEGATIVE_INFINITY, ...ends.filter((end) => !Number.isNaN(end))),
  );
  const next = {
    ...(active.length > 0 ? { active } : {}),
    ...(lastScheduleTime ? { lastScheduleTime } : {}),
    ...(lastSuccessfulTime ? { lastSuccessfulTime } : {}),
  };
  if (equalJson(next, status)) return;
  const after: Change = { op: 'update', subresource: 'status', definition: cronJobs, object: { ...cronJob, status: next } as CronJob };
  work.changes.push(after);
  const byUid = new Map(owned.map((job) => [job.metadata.uid, job]));
  for (const { uid, name } of known.values()) {
    const job = byUid.get(uid!);
    if (!job) work.events.push(say(cronJob, 'Normal', 'MissingJob', `Active job went missing: ${name}`, after));
    else if (endOf(job))
      work.events.push(say(cronJob, 'Normal', 'SawCompletedJob', `Saw completed job: ${name}, condition: ${endOf(job)}`, after));
  }
};

const remove = (cronJob: CronJob, job: Job, work: Work): void => {
  const request = { propagation: 'Background' as const, preconditions: { uid: job.metadata.uid! } };
  const change: Change = { op: 'delete', definition: jobDefinition, object: job, request };
  work.changes.push(change);
  work.events.push(say(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${job.metadata.name}`, change));
};

const jobFor = (cronJob: CronJob, atMs: number): Job => {
  const { metadata, spec } = cronJob.spec.jobTemplate;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: `${cronJob.metadata.name}-${Math.floor(atMs / 60_000)}`,
      namespace: cronJob.metadata.namespace!,
      ...(metadata?.labels ? { labels: metadata.labels } : {}),
      annotations: { ...metadata?.annotations, [SCHEDULED_AT]: toRfc3339(atMs) },
      ownerReferences: [controllerReference(cronJob)],
    },
    spec: spec!,
  };
};

/** The run that is due, if it still may start. */
const dueRun = (cronJob: CronJob, schedule: Schedule, nowMs: number, work: Work): number | undefined => {
  const { startingDeadlineSeconds } = cronJob.spec;
  const last = parseTime(cronJob.status?.lastScheduleTime ?? cronJob.metadata.creationTimestamp ?? '') || nowMs;
  const from = startingDeadlineSeconds === undefined ? last : Math.max(last, nowMs - startingDeadlineSeconds * 1000);
  const run = schedule.latest(from, nowMs);
  if (!run) return undefined;
  if (run.tooMany) {
    const message = 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew';
    work.events.push(say(cronJob, 'Warning', 'TooManyMissedTimes', message));
  }
  return run.atMs;
};

const startRun = (cronJob: CronJob, owned: readonly Job[], atMs: number, { snapshot }: ReconcileContext, work: Work): void => {
  const object = jobFor(cronJob, atMs);
  const name = object.metadata.name!;
  if (snapshot.get(JOBS, object.metadata.namespace!, name)) return;
  const running = owned.filter((job) => !endOf(job));
  const policy = cronJob.spec.concurrencyPolicy ?? 'Allow';
  if (policy === 'Forbid' && running.length > 0) {
    const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
    work.events.push(say(cronJob, 'Normal', 'JobAlreadyActive', message));
    return;
  }
  if (policy === 'Replace') for (const job of running) if (!job.metadata.deletionTimestamp) remove(cronJob, job, work);
  const change: Change = { op: 'create', definition: jobDefinition, object, ownerUid: cronJob.metadata.uid! };
  work.changes.push(change);
  work.events.push(say(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${name}`, change));
};

const reconcile = ({ namespace, name }: { namespace: string; name: string }, context: ReconcileContext): Outcome => {
  const { snapshot, nowMs } = context;
  const cronJob = snapshot.get<CronJob>(CRON_JOBS, namespace, name);
  if (!cronJob) return nothing;
  const owned = snapshot.ownedBy<Job>(JOBS, cronJob.metadata.uid!).filter((job) => controllerOf(job)?.uid === cronJob.metadata.uid);
  const work: Work = { changes: [], events: [] };
  syncStatus(cronJob, owned, work);
  for (const job of expiredJobs(cronJob, owned)) remove(cronJob, job, work);
  if (cronJob.metadata.deletionTimestamp || cronJob.spec.suspend) return work;
  let schedule: Schedule;
  try {
    schedule = parseSchedule(cronJob.spec.schedule, cronJob.spec.timeZone);
  } catch {
    const message = `unparseable schedule: ${JSON.stringify(cronJob.spec.schedule)}`;
    return { ...work, events: [...work.events, say(cronJob, 'Warning', 'UnparseableSchedule', message)] };
  }
  const run = dueRun(cronJob, schedule, nowMs, work);
  if (run !== undefined && work.changes.length === 0) startRun(cronJob, owned, run, context, work);
  const next = schedule.next(nowMs);
  return { ...work, ...(next === undefined ? {} : { requeueAtMs: next }) };
};

export const cronJob: Controller = {
  name: 'cronjob-controller',
  primary: CRON_JOBS,
  watches: [
    {
      resource: JOBS,
      keys: (job, previous) => {
        const owner = controllerOf(job) ?? (previous && controllerOf(previous));
        return owner?.kind === 'CronJob' ? [{ namespace: job.metadata.namespace ?? '', name: owner.name }] : [];
      },
    },
  ],
  reconcile,
};
