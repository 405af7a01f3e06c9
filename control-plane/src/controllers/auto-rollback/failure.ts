/** Whether the pods of a new revision fail, and how to tell a person. */
import type { Pod } from '#schema/core/pod.ts';
import { getCondition } from '#schema/meta/conditions.ts';
import { parseTime } from '#schema/meta/time.ts';
import { isReady, isTerminating } from '../pod-state.ts';
import type { Settings } from './settings.ts';

/** A container waits for one of these because it cannot run as it is. */
const hopeless = new Set([
  'CrashLoopBackOff',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
]);

interface PodFailure {
  readonly pod: Pod;
  readonly why: string;
}

export interface Judgement {
  /** Set when enough of them fail. */
  readonly reason?: string;
  /** When the next pod would count as failed if nothing changes. */
  readonly dueMs: number;
}

const startedMs = (pod: Pod): number =>
  Math.max(
    parseTime(pod.status?.startTime ?? '') || 0,
    ...(pod.status?.containerStatuses ?? []).map(({ state }) => parseTime(state?.running?.startedAt ?? '') || 0),
    parseTime(getCondition(pod.status?.conditions, 'Ready')?.lastTransitionTime ?? '') || 0,
  );

const failureOf = (pod: Pod, { unreadyMs }: Settings, nowMs: number): { why?: string; dueMs: number } => {
  const never = Number.POSITIVE_INFINITY;
  if (pod.status?.phase === 'Failed') return { why: pod.status.reason ?? 'Failed', dueMs: never };
  for (const { name, state } of [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]) {
    const { reason, message } = state?.waiting ?? {};
    if (reason && hopeless.has(reason)) return { why: `container ${name}: ${reason}${message ? `: ${message}` : ''}`, dueMs: never };
  }
  if (pod.status?.phase !== 'Running' || isReady(pod)) return { dueMs: never };
  const dueMs = startedMs(pod) + unreadyMs;
  return dueMs <= nowMs ? { why: `not ready for ${Math.round(unreadyMs / 1000)}s`, dueMs: never } : { dueMs };
};

export const judge = (pods: readonly Pod[], settings: Settings, nowMs: number): Judgement => {
  const alive = pods.filter((pod) => !isTerminating(pod));
  const failures: PodFailure[] = [];
  let dueMs = Number.POSITIVE_INFINITY;
  for (const pod of alive) {
    const found = failureOf(pod, settings, nowMs);
    if (found.why) failures.push({ pod, why: found.why });
    dueMs = Math.min(dueMs, found.dueMs);
  }
  if (failures.length === 0 || failures.length < alive.length * settings.share) return { dueMs };
  const [first] = failures as [PodFailure];
  return { reason: `${failures.length} of ${alive.length} new pods fail: pod ${first.pod.metadata.name}: ${first.why}`, dueMs };
};
