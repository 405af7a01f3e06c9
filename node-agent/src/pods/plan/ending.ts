/** Is the pod coming to its end, and is it at it? */
import type { Pod } from '#schema/core/pod.ts';
import { parseTime } from '#schema/meta/time.ts';
import { isSidecar, mayRestart, recordsOf, succeeded } from './containers.ts';
import type { Observed } from './observed.ts';

const isTerminal = (phase: string | undefined): boolean => phase === 'Succeeded' || phase === 'Failed';

/** When `activeDeadlineSeconds` runs out, if it is set. */
export const deadlineAt = (pod: Pod, observed: Observed): number | undefined => {
  const seconds = pod.spec.activeDeadlineSeconds;
  if (seconds === undefined) return undefined;
  const reported = pod.status?.startTime ? parseTime(pod.status.startTime) : Number.NaN;
  return (Number.isNaN(reported) ? observed.startedAtMs : reported) + seconds * 1000;
};

export const isPastDeadline = (pod: Pod, observed: Observed, now: number): boolean => {
  const deadline = deadlineAt(pod, observed);
  return deadline !== undefined && now >= deadline;
};

/** Every container has ended and none may run again, or an init container failed for good. */
export const isFinished = (pod: Pod, observed: Observed): boolean => {
  const ended = (container: NonNullable<Pod['spec']['containers']>[number]) => {
    const record = recordsOf(observed, container.name)[0];
    return record?.state === 'exited' && !mayRestart(pod, container, record) ? record : undefined;
  };
  const failedInit = (pod.spec.initContainers ?? []).some((container) => {
    const record = isSidecar(container) ? undefined : ended(container);
    return record !== undefined && !succeeded(record);
  });
  return failedInit || pod.spec.containers.every((container) => ended(container) !== undefined);
};

/** The pod's containers must stop: it is deleted, vanished, evicted, fenced, past its deadline, or has a terminal phase already. */
export const isEnding = (pod: Pod | undefined, observed: Observed, now: number): boolean =>
  pod === undefined ||
  observed.vanished ||
  pod.metadata.deletionTimestamp !== undefined ||
  isTerminal(pod.status?.phase) ||
  observed.evicted !== undefined ||
  observed.fenced !== undefined ||
  isPastDeadline(pod, observed, now);
