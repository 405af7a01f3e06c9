/** Events that follow from a status becoming another: entering a back-off. Pure. */
import type { ContainerStatus, Pod, PodStatus } from '#schema/core/pod.ts';
import { findContainer } from './plan/containers.ts';

export interface StatusEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly container?: string;
}

const waitingReason = (statuses: readonly ContainerStatus[], name: string): string | undefined =>
  statuses.find((status) => status.name === name)?.state?.waiting?.reason;

const all = (status: PodStatus | undefined): ContainerStatus[] => [
  ...(status?.initContainerStatuses ?? []),
  ...(status?.containerStatuses ?? []),
  ...(status?.ephemeralContainerStatuses ?? []),
];

export const statusEvents = (pod: Pod, previous: PodStatus | undefined, next: PodStatus): StatusEvent[] => {
  const events: StatusEvent[] = [];
  const { name, namespace, uid } = pod.metadata;
  for (const { name: container, state } of all(next)) {
    const reason = state?.waiting?.reason;
    if (!reason || reason === waitingReason(all(previous), container)) continue;
    const image = findContainer(pod, container)?.image;
    if (reason === 'CrashLoopBackOff') {
      const message = `Back-off restarting failed container ${container} in pod ${name}_${namespace}(${uid})`;
      events.push({ type: 'Warning', reason: 'BackOff', message, container });
    } else if (reason === 'ImagePullBackOff') {
      events.push({ type: 'Normal', reason: 'BackOff', message: `Back-off pulling image "${image}"`, container });
      events.push({ type: 'Warning', reason: 'Failed', message: 'Error: ImagePullBackOff', container });
    }
  }
  if (next.reason === 'DeadlineExceeded' && previous?.reason !== 'DeadlineExceeded')
    events.push({ type: 'Normal', reason: 'DeadlineExceeded', message: next.message ?? '' });
  return events;
};
