/** TTL after finished: deletes a Job ttlSecondsAfterFinished after it was over, with its pods. */
import { type Job, jobs } from '#schema/batch/job.ts';
import { parseTime } from '#schema/meta/time.ts';
import { storageKey } from '#schema/resource.ts';
import { type Controller, nothing } from '../../controller-runtime/controller.ts';

const JOBS = storageKey(jobs);

const finishedAtMs = (job: Job): number | undefined => {
  const condition = (job.status?.conditions ?? []).find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
  const at = parseTime(condition?.lastTransitionTime ?? '');
  return Number.isNaN(at) ? undefined : at;
};

export const ttlAfterFinished: Controller = {
  name: 'ttl-after-finished-controller',
  primary: JOBS,
  watches: [],
  reconcile: ({ namespace, name }, { snapshot, nowMs }) => {
    const job = snapshot.get<Job>(JOBS, namespace, name);
    const finished = job && finishedAtMs(job);
    const ttl = job?.spec.ttlSecondsAfterFinished;
    if (!job || finished === undefined || ttl === undefined || job.metadata.deletionTimestamp) return nothing;
    const expires = finished + ttl * 1000;
    if (expires > nowMs) return { changes: [], requeueAtMs: expires };
    const request = { propagation: 'Foreground' as const, preconditions: { uid: job.metadata.uid! } };
    return { changes: [{ op: 'delete', definition: jobs, object: job, request }] };
  },
};
