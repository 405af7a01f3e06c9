/** Which pods a Job starts and ends now, so that as many run as parallelism and what is left to do allow. */
import type { Job } from '#schema/batch/job.ts';
import { type Pod, pods as podDefinition } from '#schema/core/pod.ts';
import type { Change } from '../../controller-runtime/controller.ts';
import type { ConditionalNote } from '../../controller-runtime/engine.ts';
import type { Snapshot } from '../../controller-runtime/snapshot.ts';
import { isActive, isTerminating } from '../pod-state.ts';
import { rankForDeletion } from '../replicas/deletion-rank.ts';
import { nextIndexTryMs, nextTryMs } from './back-off.ts';
import type { Counted } from './counting.ts';
import { judgeFailure } from './failure-policy.ts';
import { hasIndex } from './indexes.ts';
import {
  completionsOf,
  finishedAtMs,
  indexFailures,
  indexIgnoredFailures,
  indexOf,
  isFailed,
  isIndexed,
  isTracked,
  type PodSeed,
  podFor,
  withoutTracking,
} from './job-pods.ts';

/** Pods made in one round, at most. */
const BURST = 500;

export interface Work {
  readonly changes: Change[];
  readonly events: ConditionalNote[];
  /** When a back-off ends that something waits for. */
  dueMs: number;
}

const noWork = (): Work => ({ changes: [], events: [], dueMs: Number.POSITIVE_INFINITY });

const remove = (work: Work, job: Job, pod: Pod): void => {
  const change: Change = { op: 'delete', definition: podDefinition, object: pod, request: { preconditions: { uid: pod.metadata.uid! } } };
  work.changes.push(change);
  const message = `Deleted pod: ${pod.metadata.name}`;
  work.events.push({ about: job, type: 'Normal', reason: 'SuccessfulDelete', message, after: change });
};

/** Ends pods of a Job that is over; they count as they end. */
export const endAll = (job: Job, active: readonly Pod[]): Work => {
  const work = noWork();
  for (const pod of active) remove(work, job, pod);
  return work;
};

/** Ends surplus pods: first they are let go of, so that they never count, then they are deleted. */
const dismiss = (work: Work, job: Job, pods: readonly Pod[]): void => {
  for (const pod of pods) {
    if (isTracked(pod)) work.changes.push(withoutTracking(pod));
    else remove(work, job, pod);
  }
};

/** Of two pods of one index the younger goes, and so do pods of indexes that are done or beyond the completions. */
const surplusOfIndexes = (job: Job, active: readonly Pod[], counted: Counted): Pod[] => {
  const seen = new Set<number>();
  const oldestFirst = [...active].sort((a, b) => ((a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? -1 : 1));
  return oldestFirst.filter((pod) => {
    const index = indexOf(pod);
    if (index < 0 || index >= completionsOf(job) || seen.has(index) || hasIndex(counted.succeededIndexes, index)) return true;
    seen.add(index);
    return false;
  });
};

/** Already let go of: they go before any other. */
const released = (pods: readonly Pod[]): Pod[] => pods.filter((pod) => !isTracked(pod));

const surplus = (job: Job, active: readonly Pod[], wanted: number, counted: Counted, nowMs: number): Pod[] => {
  const must = isIndexed(job) ? surplusOfIndexes(job, active, counted) : [];
  const first = released(active).filter((pod) => !must.includes(pod));
  const out = [...must, ...first];
  const rest = rankForDeletion(
    active.filter((pod) => !out.includes(pod)),
    () => 0,
    nowMs,
  );
  return [...out, ...rest.slice(0, Math.max(0, active.length - out.length - wanted))];
};

const lastFailures = (job: Job, pods: readonly Pod[]): ReadonlyMap<number, Pod> => {
  const last = new Map<number, Pod>();
  for (const pod of pods) {
    if (!isFailed(job, pod)) continue;
    const other = last.get(indexOf(pod));
    if (!other || finishedAtMs(other) <= finishedAtMs(pod)) last.set(indexOf(pod), pod);
  }
  return last;
};

const failuresBefore = (job: Job, last: Pod | undefined): NonNullable<PodSeed['failures']> => {
  if (!last) return { counted: 0, ignored: 0 };
  const ignored = last.status?.phase === 'Failed' && judgeFailure(job, last).action === 'Ignore';
  return { counted: indexFailures(last) + (ignored ? 0 : 1), ignored: indexIgnoredFailures(last) + (ignored ? 1 : 0) };
};

/** What to start, in order, as far as back-offs allow. */
const openSeats = (work: Work, job: Job, pods: readonly Pod[], active: readonly Pod[], counted: Counted, room: number, nowMs: number) => {
  const seats: Omit<PodSeed, 'seed'>[] = [];
  const perIndex = job.spec.backoffLimitPerIndex !== undefined;
  const wait = perIndex ? 0 : nextTryMs(job, pods);
  if (wait > nowMs) {
    if (room > 0) work.dueMs = wait;
    return seats;
  }
  if (!isIndexed(job)) return Array.from({ length: Math.min(room, BURST) }, () => ({ index: undefined }));
  const onlyFailed = job.spec.podReplacementPolicy === 'Failed';
  const taken = new Set(
    [...active, ...(onlyFailed ? pods.filter((pod) => isTerminating(pod) && pod.status?.phase !== 'Failed') : [])].map(indexOf),
  );
  const last = perIndex ? lastFailures(job, pods) : undefined;
  for (let index = 0; index < completionsOf(job) && seats.length < Math.min(room, BURST); index++) {
    if (taken.has(index) || hasIndex(counted.succeededIndexes, index) || hasIndex(counted.failedIndexes ?? [], index)) continue;
    const again = nextIndexTryMs(last?.get(index));
    if (again > nowMs) work.dueMs = Math.min(work.dueMs, again);
    else seats.push({ index, ...(last ? { failures: failuresBefore(job, last.get(index)) } : {}) });
  }
  return seats;
};

const create = (work: Work, job: Job, seat: Omit<PodSeed, 'seed'>, slot: number, snapshot: Snapshot): void => {
  const { uid, resourceVersion, namespace = '' } = job.metadata;
  for (let attempt = 0; ; attempt++) {
    const object = podFor(job, { ...seat, seed: `${uid}/${resourceVersion}/${slot}/${attempt}` });
    const name = object.metadata.name!;
    const isTaken = work.changes.some((change) => change.op === 'create' && change.object.metadata.name === name);
    if (isTaken || snapshot.get('core/pods', namespace, name)) continue;
    const change: Change = { op: 'create', definition: podDefinition, object, ownerUid: uid! };
    work.changes.push(change);
    work.events.push({ about: job, type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${name}`, after: change });
    return;
  }
};

export const manage = (job: Job, pods: readonly Pod[], counted: Counted, succeeded: number, snapshot: Snapshot, nowMs: number): Work => {
  const work = noWork();
  const active = pods.filter(isActive);
  if (job.spec.suspend) {
    dismiss(work, job, active);
    return work;
  }
  const parallelism = job.spec.parallelism ?? 1;
  const failed = counted.failedIndexes?.reduce((sum, [first, last]) => sum + last - first + 1, 0) ?? 0;
  const open = job.spec.completions === undefined ? (succeeded > 0 ? active.length : parallelism) : completionsOf(job) - succeeded - failed;
  const wanted = Math.max(0, Math.min(open, parallelism));
  const leaving = surplus(job, active, wanted, counted, nowMs);
  if (leaving.length > 0) {
    dismiss(work, job, leaving);
    return work;
  }
  const terminating =
    job.spec.podReplacementPolicy === 'Failed' ? pods.filter((pod) => isTerminating(pod) && pod.status?.phase !== 'Failed').length : 0;
  const seats = openSeats(work, job, pods, active, counted, wanted - active.length - terminating, nowMs);
  for (const [slot, seat] of seats.entries()) create(work, job, seat, slot, snapshot);
  return work;
};
