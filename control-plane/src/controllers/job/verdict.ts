/** Whether a Job is over, and why, from its counts. */
import type { Job } from '#schema/batch/job.ts';
import type { Pod } from '#schema/core/pod.ts';
import { getCondition } from '#schema/meta/conditions.ts';
import { parseTime } from '#schema/meta/time.ts';
import type { Counted } from './counting.ts';
import { countIndexes, countShared, parseIndexes } from './indexes.ts';
import { completionsOf } from './job-pods.ts';

export interface Ending {
  readonly type: 'Complete' | 'Failed';
  readonly reason: string;
  readonly message: string;
}

export interface Totals {
  readonly active: number;
  readonly succeeded: number;
  readonly failed: number;
}

/** The condition that announces each ending while pods still run. */
export const announcement = { Complete: 'SuccessCriteriaMet', Failed: 'FailureTarget' } as const;

export const isOver = (job: Job): boolean =>
  (job.status?.conditions ?? []).some(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True');

const announced = (job: Job): Ending | undefined => {
  for (const type of ['Failed', 'Complete'] as const) {
    const condition = getCondition(job.status?.conditions, announcement[type]);
    if (condition?.status === 'True') return { type, reason: condition.reason ?? '', message: condition.message ?? '' };
  }
  return undefined;
};

const restartsBeyondLimit = (job: Job, pods: readonly Pod[]): boolean => {
  if (job.spec.template.spec?.restartPolicy !== 'OnFailure') return false;
  const running = pods.filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending');
  const restarts = running
    .flatMap(({ status }) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])])
    .reduce((sum, { restartCount }) => sum + (restartCount ?? 0), 0);
  const limit = job.spec.backoffLimit ?? 6;
  return limit === 0 ? restarts > 0 : restarts >= limit;
};

/** Unix ms when activeDeadlineSeconds runs out; undefined without a limit or start. */
export const deadlineMs = (job: Job): number | undefined => {
  const start = parseTime(job.status?.startTime ?? '');
  if (job.spec.activeDeadlineSeconds === undefined || Number.isNaN(start) || job.spec.suspend) return undefined;
  return start + job.spec.activeDeadlineSeconds * 1000;
};

const successRule = (job: Job, { succeededIndexes }: Counted): number =>
  (job.spec.successPolicy?.rules ?? []).findIndex(({ succeededIndexes: wanted, succeededCount }) => {
    const ranges = parseIndexes(wanted, completionsOf(job));
    const met = wanted === undefined ? countIndexes(succeededIndexes) : countShared(succeededIndexes, ranges);
    return met >= (succeededCount ?? (wanted === undefined ? Number.POSITIVE_INFINITY : countIndexes(ranges)));
  });

export const endingOf = (job: Job, pods: readonly Pod[], counted: Counted, totals: Totals, nowMs: number): Ending | undefined => {
  const already = announced(job);
  if (already) return already;
  if (counted.failJob !== undefined) return { type: 'Failed', reason: 'PodFailurePolicy', message: counted.failJob };
  const limit = job.spec.backoffLimit ?? (job.spec.backoffLimitPerIndex === undefined ? 6 : 2_147_483_647);
  if (totals.failed > limit || restartsBeyondLimit(job, pods)) {
    return { type: 'Failed', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
  }
  const deadline = deadlineMs(job);
  if (deadline !== undefined && deadline <= nowMs) {
    return { type: 'Failed', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
  }
  const failedIndexes = counted.failedIndexes ? countIndexes(counted.failedIndexes) : 0;
  if (job.spec.maxFailedIndexes !== undefined && failedIndexes > job.spec.maxFailedIndexes) {
    return {
      type: 'Failed',
      reason: 'MaxFailedIndexesExceeded',
      message: 'Job has exceeded the specified maximal number of failed indexes',
    };
  }
  if (failedIndexes > 0 && totals.succeeded + failedIndexes >= completionsOf(job) && totals.active === 0) {
    return { type: 'Failed', reason: 'FailedIndexes', message: 'Job has failed indexes' };
  }
  const rule = successRule(job, counted);
  if (rule >= 0) return { type: 'Complete', reason: 'SuccessPolicy', message: `Matched rules at index ${rule}` };
  const reached =
    job.spec.completions === undefined
      ? totals.succeeded > 0 && totals.active === 0
      : totals.succeeded >= job.spec.completions && totals.active === 0;
  return reached ? { type: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' } : undefined;
};
