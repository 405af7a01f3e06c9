/** When a Job may try again after failures: 10 s doubling to 10 min after the last failure, from none after a success. */
import type { Job } from '#schema/batch/job.ts';
import type { Pod } from '#schema/core/pod.ts';
import { finishedAtMs, indexFailures, indexIgnoredFailures, isFailed, isSucceeded } from './job-pods.ts';

const BASE_MS = 10_000;
const MAX_MS = 600_000;

const delayMs = (failures: number): number => (failures <= 0 ? 0 : Math.min(MAX_MS, BASE_MS * 2 ** Math.min(failures - 1, 10)));

/** Unix ms from which on the next pod may start; 0 for now. */
export const nextTryMs = (job: Job, pods: readonly Pod[]): number => {
  const finished = pods.filter((pod) => isSucceeded(pod) || isFailed(job, pod)).sort((a, b) => finishedAtMs(b) - finishedAtMs(a));
  const sinceSuccess = finished.findIndex(isSucceeded);
  const failures = sinceSuccess < 0 ? finished.length : sinceSuccess;
  return failures === 0 ? 0 : finishedAtMs(finished[0]!) + delayMs(failures);
};

/** The same for one index, from the pod that failed last. */
export const nextIndexTryMs = (lastFailed: Pod | undefined): number =>
  lastFailed ? finishedAtMs(lastFailed) + delayMs(indexFailures(lastFailed) + indexIgnoredFailures(lastFailed) + 1) : 0;
