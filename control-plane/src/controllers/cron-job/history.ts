/** A CronJob's finished Jobs, and which of them are beyond the history limits. */
import type { CronJob } from '#schema/batch/cron-job.ts';
import type { Job } from '#schema/batch/job.ts';

export const endOf = (job: Job): 'Complete' | 'Failed' | undefined =>
  (job.status?.conditions ?? []).find(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True')?.type as
    | 'Complete'
    | 'Failed'
    | undefined;

const startOf = (job: Job): string => job.status?.startTime ?? job.metadata.creationTimestamp ?? '';

const surplus = (jobs: readonly Job[], limit: number): Job[] =>
  [...jobs].sort((a, b) => (startOf(a) < startOf(b) ? -1 : 1)).slice(0, Math.max(0, jobs.length - limit));

/** Finished Jobs to delete, oldest first. */
export const expiredJobs = (cronJob: CronJob, jobs: readonly Job[]): Job[] => {
  const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = cronJob.spec;
  const alive = jobs.filter((job) => !job.metadata.deletionTimestamp);
  return [
    ...surplus(
      alive.filter((job) => endOf(job) === 'Complete'),
      successfulJobsHistoryLimit,
    ),
    ...surplus(
      alive.filter((job) => endOf(job) === 'Failed'),
      failedJobsHistoryLimit,
    ),
  ];
};
