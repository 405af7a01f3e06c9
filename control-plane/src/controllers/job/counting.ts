/**
 * Counting finished pods exactly once, whatever dies when. A finished pod is first noted in status.uncountedTerminatedPods; once that is
 * committed its finalizer goes; once the finalizer is gone the note becomes a count. Indexes are sets and need no note.
 */
import type { Job } from '#schema/batch/job.ts';
import type { Pod } from '#schema/core/pod.ts';
import type { Change } from '../../controller-runtime/controller.ts';
import { judgeFailure } from './failure-policy.ts';
import { formatIndexes, hasIndex, parseIndexes, type Ranges, withIndexes } from './indexes.ts';
import { completionsOf, indexFailures, indexOf, isFailed, isIndexed, isSucceeded, isTracked, withoutTracking } from './job-pods.ts';

/** Pods noted at a time, so that the status stays small. */
const MAX_UNCOUNTED = 500;

export interface Counted {
  /** Pods counted for good, without the notes. */
  readonly succeeded: number;
  readonly failed: number;
  readonly uncounted: { readonly succeeded: readonly string[]; readonly failed: readonly string[] };
  readonly succeededIndexes: Ranges;
  /** Undefined without backoffLimitPerIndex. */
  readonly failedIndexes: Ranges | undefined;
  /** Finalizers to take from pods whose note is committed, or that need none. */
  readonly releases: readonly Change[];
  /** Message of the rule that fails the whole Job. */
  readonly failJob: string | undefined;
}

/** The failed pod whose index has no tries left. */
const exhausts = (job: Job, pod: Pod, action: string): boolean => {
  if (action === 'FailIndex') return true;
  return action === 'Count' && indexFailures(pod) >= (job.spec.backoffLimitPerIndex ?? 0);
};

const newIndexes = (job: Job, pods: readonly Pod[], ends: (pod: Pod) => boolean): number[] =>
  pods
    .filter((pod) => isTracked(pod) && ends(pod))
    .map(indexOf)
    .filter((index) => index >= 0 && index < completionsOf(job));

export const count = (job: Job, pods: readonly Pod[]): Counted => {
  const status = job.status ?? {};
  const limit = completionsOf(job);
  const indexed = isIndexed(job);
  const perIndex = job.spec.backoffLimitPerIndex !== undefined;
  const noted = status.uncountedTerminatedPods ?? {};
  const tracked = new Map(pods.filter(isTracked).map((pod) => [pod.metadata.uid!, pod]));
  const split = (uids: readonly string[] = []) => ({
    open: uids.filter((uid) => tracked.has(uid)),
    done: uids.filter((uid) => !tracked.has(uid)).length,
  });
  const oldSucceeded = split(noted.succeeded);
  const oldFailed = split(noted.failed);
  const committed = new Set([...(noted.succeeded ?? []), ...(noted.failed ?? [])]);
  const committedIndexes = parseIndexes(status.completedIndexes, limit);
  const uncounted = { succeeded: [...oldSucceeded.open], failed: [...oldFailed.open] };
  const releases: Change[] = [];
  const ended: number[] = [];
  let failJob: string | undefined;
  for (const pod of tracked.values()) {
    const uid = pod.metadata.uid!;
    const full = uncounted.succeeded.length + uncounted.failed.length >= MAX_UNCOUNTED;
    if (committed.has(uid)) releases.push(withoutTracking(pod));
    else if (isSucceeded(pod)) {
      if (!indexed) {
        if (!full) uncounted.succeeded.push(uid);
      } else if (indexOf(pod) < 0 || indexOf(pod) >= limit || hasIndex(committedIndexes, indexOf(pod))) releases.push(withoutTracking(pod));
    } else if (isFailed(job, pod)) {
      const { action, message } =
        pod.status?.phase === 'Failed' ? judgeFailure(job, pod) : { action: 'Count' as const, message: undefined };
      if (action === 'FailJob') failJob ??= message;
      if (perIndex && exhausts(job, pod, action)) ended.push(indexOf(pod));
      if (action === 'Ignore') releases.push(withoutTracking(pod));
      else if (!full) uncounted.failed.push(uid);
    }
  }
  const succeededIndexes = indexed ? withIndexes(committedIndexes, newIndexes(job, pods, isSucceeded)) : [];
  const failedBefore = parseIndexes(status.failedIndexes, limit);
  const failedIndexes = perIndex
    ? withIndexes(
        failedBefore,
        ended.filter((index) => index >= 0 && index < limit && !hasIndex(succeededIndexes, index)),
      )
    : undefined;
  return {
    succeeded: (status.succeeded ?? 0) + oldSucceeded.done,
    failed: (status.failed ?? 0) + oldFailed.done,
    uncounted,
    succeededIndexes,
    failedIndexes,
    releases,
    failJob,
  };
};

/** The counting part of the status. */
export const countedStatus = (job: Job, counted: Counted, succeeded: number): Record<string, unknown> => {
  const { uncounted } = counted;
  return {
    ...(succeeded > 0 ? { succeeded } : {}),
    ...(counted.failed > 0 ? { failed: counted.failed } : {}),
    ...(isIndexed(job) && counted.succeededIndexes.length > 0 ? { completedIndexes: formatIndexes(counted.succeededIndexes) } : {}),
    ...(counted.failedIndexes ? { failedIndexes: formatIndexes(counted.failedIndexes) } : {}),
    uncountedTerminatedPods: {
      ...(uncounted.succeeded.length > 0 ? { succeeded: [...uncounted.succeeded] } : {}),
      ...(uncounted.failed.length > 0 ? { failed: [...uncounted.failed] } : {}),
    },
  };
};
