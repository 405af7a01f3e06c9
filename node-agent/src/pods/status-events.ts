/** Events that follow from a status becoming another: entering a back-off. Pure. */
import type { ContainerStatus, Pod, PodStatus } from '#schema/core/pod.ts';
import { getCondition } from '#schema/meta/conditions.ts';
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

const resizeEvents = (pod: Pod, previous: PodStatus | undefined, next: PodStatus): StatusEvent[] => {
  const of = (status: PodStatus | undefined, type: string) => getCondition(status?.conditions, type);
  const events: StatusEvent[] = [];
  const [pending, before] = [of(next, 'PodResizePending'), of(previous, 'PodResizePending')];
  if (pending && pending.message !== before?.message)
    events.push({ type: 'Warning', reason: `Resize${pending.reason}`, message: `Pod resize ${pending.reason}: ${pending.message}` });
  const [running, ran] = [of(next, 'PodResizeInProgress'), of(previous, 'PodResizeInProgress')];
  if (running && !ran) events.push({ type: 'Normal', reason: 'ResizeStarted', message: `Pod resize started: ${sizesText(pod)}` });
  if (running?.reason === 'Error' && running.message !== ran?.message)
    events.push({ type: 'Warning', reason: 'ResizeError', message: `Pod resize error: ${running.message}` });
  if (ran && !running && next.phase === 'Running')
    events.push({ type: 'Normal', reason: 'ResizeCompleted', message: `Pod resize completed: ${sizesText(pod)}` });
  return events;
};

const sizesText = ({ spec, metadata }: Pod): string =>
  JSON.stringify({ containers: spec.containers.map(({ name, resources }) => ({ name, resources })), generation: metadata.generation });

const isFailing = (status: PodStatus | undefined): boolean =>
  status?.conditions?.some(({ type, reason }) => type === 'Ready' && reason === 'PodFailed') ?? false;

/** `isLate`: it is past its deadline, though its containers may still have their grace. */
export const statusEvents = (pod: Pod, previous: PodStatus | undefined, next: PodStatus, isLate: boolean): StatusEvent[] => {
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
  events.push(...resizeEvents(pod, previous, next));
  if (isLate && !isFailing(previous) && isFailing(next))
    events.push({ type: 'Normal', reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' });
  return events;
};
