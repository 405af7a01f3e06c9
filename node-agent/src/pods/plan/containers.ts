/** Look-ups over a pod's spec and records that plan and status share. */
import type { Container, ContainerStatus, Pod } from '#schema/core/pod.ts';
import type { Observed, ObservedContainer, ObservedSandbox } from './observed.ts';

export type ContainerList = 'containers' | 'initContainers' | 'ephemeralContainers';
const lists: readonly ContainerList[] = ['containers', 'initContainers', 'ephemeralContainers'];

/** Ephemeral containers have the fields of the others, and `targetContainerName`. */
export const containersIn = (pod: Pod | undefined, list: ContainerList): readonly Container[] =>
  (pod?.spec[list] as readonly Container[] | undefined) ?? [];

/** Names are unique over all lists of a pod. */
export const findContainer = (pod: Pod | undefined, name: string): Container | undefined =>
  lists.flatMap((list) => containersIn(pod, list)).find((container) => container.name === name);

export const listOf = (pod: Pod | undefined, name: string): ContainerList =>
  lists.find((list) => containersIn(pod, list).some((container) => container.name === name)) ?? 'containers';

export const findStatus = (status: Pod['status'], name: string): ContainerStatus | undefined => {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = status ?? {};
  return [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].find((status) => status.name === name);
};

export const reportedStatus = (pod: Pod, name: string): ContainerStatus | undefined => findStatus(pod.status, name);

export const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always';

/** Hash of what a running container may not differ from its spec in; the rest of a pod's spec is immutable. */
export const specHashOf = (container: Container): string => {
  let hash = 0x811c9dc5;
  for (const character of `${container.name}\n${container.image ?? ''}`) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193);
  return (hash >>> 0).toString(16);
};

export const newestSandbox = (observed: Observed): ObservedSandbox | undefined =>
  observed.sandboxes.reduce<ObservedSandbox | undefined>((best, one) => (best && best.attempt > one.attempt ? best : one), undefined);

/** Newest first. */
export const recordsOf = (observed: Observed, container: string): ObservedContainer[] =>
  observed.containers.filter((record) => record.container === container).sort((a, b) => b.attempt - a.attempt);

export const succeeded = (record: ObservedContainer): boolean => record.state === 'exited' && record.exitCode === 0 && !record.error;

/** May a container that ended run again? Sidecars always may while the pod is up, ephemeral ones never. */
export const mayRestart = (pod: Pod, container: Container, record: ObservedContainer): boolean => {
  if (listOf(pod, container.name) === 'ephemeralContainers') return false;
  if (record.stoppedForResize) return true;
  const policy = container.restartPolicy ?? pod.spec.restartPolicy ?? 'Always';
  return policy === 'Always' || (policy === 'OnFailure' && !succeeded(record));
};

/** The one attempt after all known ones, also when the records are gone and only the reported status remembers them. */
export const nextAttempt = (pod: Pod, observed: Observed, container: string): number => {
  const newest = recordsOf(observed, container)[0];
  if (newest) return newest.attempt + 1;
  const reported = reportedStatus(pod, container);
  return reported?.containerID ? (reported.restartCount ?? 0) + 1 : 0;
};

/** Does a container's environment hold the pod's address, so that it can be made only once that is known? */
export const needsPodIP = (container: Container): boolean =>
  (container.env ?? []).some(({ valueFrom }) => valueFrom?.fieldRef?.fieldPath?.startsWith('status.podIP') ?? false);

export const graceOf = (pod: Pod | undefined): number =>
  pod?.metadata.deletionGracePeriodSeconds ?? pod?.spec.terminationGracePeriodSeconds ?? 30;

/** Has a container passed its startup probe, or has none? */
export const isStarted = (container: Container, record: ObservedContainer, observed: Observed): boolean =>
  record.state === 'running' && !record.inPostStart && (!container.startupProbe || observed.probes[record.id]?.startup === true);
