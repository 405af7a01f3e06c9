/**
 * CronJob: makes jobs on a schedule.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/
 */
import { defaultPodSpec } from '../core/pod-defaults.ts';
import { templateWarnings } from '../core/pod-warnings.ts';
import { ObjectReference } from '../core/reference.ts';
import { bool, type Infer, int32, int64, list, message, str, struct, time } from '../dsl/field.ts';
import { keepStatus, soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { cronJobColumns } from './cron-job-columns.ts';
import { validateCronJob } from './cron-job-validation.ts';
import { JobSpec } from './job.ts';

export const JobTemplateSpec = struct('io.k8s.api.batch.v1.JobTemplateSpec', 'The job to make.', {
  metadata: message(1, ObjectMeta, 'Labels and annotations of the job.', { default: {} }),
  spec: message(2, JobSpec, 'The work to do.', { default: {} }),
});
export type JobTemplateSpec = Infer<typeof JobTemplateSpec>;

export const CronJobSpec = struct('io.k8s.api.batch.v1.CronJobSpec', 'When to make which job.', {
  schedule: str(1, 'When, in the format of cron: five fields, or a name such as @hourly.', { required: true }),
  timeZone: str(8, "Time zone of the schedule, such as Europe/Berlin; the cluster's (UTC) by default.", { pointer: true }),
  startingDeadlineSeconds: int64(2, 'Seconds a missed start may still be made up for.', { pointer: true }),
  concurrencyPolicy: str(3, 'What a start does while an earlier job still runs: Allow, Forbid (skip it) or Replace.', {
    enum: ['Allow', 'Forbid', 'Replace'],
  }),
  suspend: bool(4, 'True makes no further jobs.', { pointer: true }),
  jobTemplate: message(5, JobTemplateSpec, 'The job to make.', { required: true, default: {} }),
  successfulJobsHistoryLimit: int32(6, 'How many jobs that succeeded to keep; 3 by default.', { pointer: true }),
  failedJobsHistoryLimit: int32(7, 'How many jobs that failed to keep; 1 by default.', { pointer: true }),
});
export type CronJobSpec = Infer<typeof CronJobSpec>;

export const CronJobStatus = struct('io.k8s.api.batch.v1.CronJobStatus', 'What was observed of a cron job.', {
  active: list(1, ObjectReference, 'Jobs that run.'),
  lastScheduleTime: time(4, 'The last time a job was made for.'),
  lastSuccessfulTime: time(5, 'When a job last succeeded.'),
});
export type CronJobStatus = Infer<typeof CronJobStatus>;

export const CronJob = struct('io.k8s.api.batch.v1.CronJob', 'Makes jobs on a schedule.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, CronJobSpec, 'The desired state.', { default: {} }),
  status: message(3, CronJobStatus, 'The observed state; written by the cluster.'),
});
export type CronJob = ObjectOf<typeof CronJob, 'spec'>;

export const cronJobs = defineResource<CronJob>({
  group: 'batch',
  resource: 'cronjobs',
  kind: 'CronJob',
  namespaced: true,
  shortNames: ['cj'],
  categories: ['all'],
  versions: soleVersion('v1', CronJob),
  hasStatus: true,
  defaults: ({ spec }) => {
    spec.concurrencyPolicy ??= 'Allow';
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    // the rest of the job is defaulted when it is made
    const pod = spec.jobTemplate?.spec?.template?.spec;
    if (pod) defaultPodSpec(pod);
  },
  validate: validateCronJob,
  warnings: (object, old) => templateWarnings(object, old, object.spec.jobTemplate.spec?.template, 'spec.jobTemplate.spec.template'),
  prepareCreate: (cronJob) => {
    cronJob.status = {};
  },
  prepareUpdate: keepStatus,
  columns: cronJobColumns,
});
