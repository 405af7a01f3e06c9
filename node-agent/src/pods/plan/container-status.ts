/**
 * The ContainerStatus of one container, as the kubelet reports it: a container that may run again is waiting for that (and says why), one that
 * may not is terminated.
 */
import type { Container, ContainerState, ContainerStateTerminated, ContainerStatus, Pod } from '#schema/core/pod.ts';
import { getOwn } from '#schema/dsl/own.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import { formatSeconds, restartAt } from './back-off.ts';
import {
  type ContainerList,
  findContainer,
  findStatus,
  isSidecar,
  isStarted,
  mayRestart,
  newestSandbox,
  recordsOf,
  reportedStatus,
  succeeded,
} from './containers.ts';
import { isEnding } from './ending.ts';
import type { Observed, ObservedContainer } from './observed.ts';
import { sizesInStatus } from './resize.ts';

export const containerID = (record: ObservedContainer): string => `docker://${record.id}`;
const imageID = (record: ObservedContainer): string =>
  record.imageId.includes('@') ? `docker-pullable://${record.imageId}` : record.imageId ? `docker://${record.imageId}` : '';

const terminated = (record: ObservedContainer): ContainerStateTerminated => {
  const exitCode = record.exitCode ?? 0;
  const reason = record.error ? 'ContainerCannotRun' : record.oomKilled ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error';
  return {
    exitCode,
    reason,
    ...((record.error ?? record.terminationMessage) ? { message: record.error ?? record.terminationMessage } : {}),
    // One that never ran: as containerd has it, since clients print an absent time as the year 1.
    startedAt: toRfc3339(record.startedAtMs ?? 0),
    ...(record.finishedAtMs === undefined ? {} : { finishedAt: toRfc3339(record.finishedAtMs) }),
    containerID: containerID(record),
  };
};

const waitingState = (pod: Pod, name: string, observed: Observed, now: number, fallback: string): ContainerState => {
  const waiting = getOwn(observed.waiting, name);
  if (!waiting) return { waiting: { reason: fallback } };
  if (waiting.backOffFromMs !== undefined && now >= waiting.backOffFromMs && waiting.reason !== 'InvalidImageName') {
    const image = findContainer(pod, name)?.image ?? '';
    return { waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}": ${waiting.reason}: ${waiting.message}` } };
  }
  return { waiting: { reason: waiting.reason, message: waiting.message } };
};

/** The message of CrashLoopBackOff, in events too. */
export const backOffMessage = (pod: Pod, container: string, delayMs: number): string =>
  `back-off ${formatSeconds(delayMs)} restarting failed container=${container} pod=${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;

const exitedState = (pod: Pod, container: Container, record: ObservedContainer, observed: Observed, now: number): ContainerState => {
  const end = { terminated: terminated(record) };
  if (isEnding(pod, observed, now) || !mayRestart(pod, container, record)) return end;
  const regularInitDone = !isSidecar(container) && succeeded(record) && (pod.spec.initContainers ?? []).includes(container);
  if (regularInitDone) return end;
  if (getOwn(observed.waiting, container.name) || record.stoppedForResize)
    return waitingState(pod, container.name, observed, now, 'ContainerCreating');
  // Its successor is made already: the wait is over.
  const waits = recordsOf(observed, container.name)[0] === record;
  const backOff = getOwn(observed.backOff, container.name);
  if (waits && backOff && restartAt(backOff, record.finishedAtMs ?? now) > now)
    return { waiting: { reason: 'CrashLoopBackOff', message: backOffMessage(pod, container.name, backOff.delayMs) } };
  return record.error ? { waiting: { reason: 'RunContainerError', message: record.error } } : end;
};

/** Is a container ready: it runs, has started, and its readiness probe, if any, says so? A finished init container is ready too. */
const isReady = (container: Container, list: ContainerList, record: ObservedContainer | undefined, observed: Observed): boolean => {
  if (!record) return false;
  // Nobody waits for an ephemeral one.
  if (list === 'ephemeralContainers') return false;
  if (list === 'initContainers' && !isSidecar(container)) return succeeded(record);
  return isStarted(container, record, observed) && (!container.readinessProbe || observed.probes[record.id]?.readiness === true);
};

const isOver = (status: Pod['status']): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

/** That a container has ended for good stays known when the engine has forgotten it (`docker container prune`), as the kubelet keeps it. */
const endedBefore = (pod: Pod, container: Container, list: ContainerList, observed: Observed): ContainerStatus | undefined => {
  const status = observed.reported ?? pod.status;
  const reported = findStatus(status, container.name);
  if (!reported?.state?.terminated) return undefined;
  const over = isOver(status);
  const initDone = list === 'initContainers' && !isSidecar(container) && isInitialized(pod, observed);
  return over || initDone ? reported : undefined;
};

const mountsOf = ({ volumeMounts }: Container): Partial<ContainerStatus> => ({
  ...(volumeMounts?.length
    ? {
        volumeMounts: volumeMounts.map(({ name, mountPath, readOnly }) => ({
          name,
          mountPath,
          ...(readOnly ? { readOnly: true, recursiveReadOnly: 'Disabled' } : {}),
        })),
      }
    : {}),
});

export const containerStatusOf = (
  pod: Pod,
  container: Container,
  list: ContainerList,
  observed: Observed,
  now: number,
): ContainerStatus => {
  const [newest, previous] = recordsOf(observed, container.name).filter((record) => record.state !== 'created' || record.error);
  const reported = reportedStatus(pod, container.name);
  const init = list === 'initContainers';
  const initializing = list !== 'ephemeralContainers' && (pod.spec.initContainers ?? []).length > 0;
  const fallback = initializing && (init || !isInitialized(pod, observed)) ? 'PodInitializing' : 'ContainerCreating';
  const base = { name: container.name, image: newest?.image || container.image || '', imageID: newest ? imageID(newest) : '' };
  const ended = newest ? undefined : endedBefore(pod, container, list, observed);
  if (ended) return ended;
  if (!newest)
    return {
      ...base,
      state: waitingState(pod, container.name, observed, now, fallback),
      lastState: reported?.lastState ?? {},
      ready: false,
      started: false,
      restartCount: reported?.restartCount ?? 0,
    };
  const state: ContainerState =
    newest.state === 'running'
      ? { running: { startedAt: toRfc3339(newest.startedAtMs ?? now) } }
      : exitedState(pod, container, newest, observed, now);
  const last = state.waiting ? newest : previous;
  return {
    ...base,
    state,
    lastState: last ? { terminated: terminated(last) } : (reported?.lastState ?? {}),
    ready: isReady(container, list, newest, observed),
    started: isStarted(container, newest, observed),
    // Never back: an attempt that was reported and then found to have never run is made again under its number.
    restartCount: Math.max(newest.attempt, reported?.restartCount ?? 0),
    containerID: containerID(newest),
    ...sizesInStatus(container, newest, findStatus(observed.reported ?? pod.status, container.name)),
    ...mountsOf(container),
  };
};

/** All init containers have done their part in the present sandbox, or a main container was made there. */
export const isInitialized = (pod: Pod, observed: Observed): boolean => {
  const sandboxId = newestSandbox(observed)?.id;
  const here = (name: string) => recordsOf(observed, name).find((record) => sandboxId === undefined || record.sandboxId === sandboxId);
  if (pod.spec.containers.some((container) => here(container.name) !== undefined)) return true;
  const status = observed.reported ?? pod.status;
  if (isOver(status) && pod.spec.containers.some(({ name }) => findStatus(status, name)?.state?.terminated)) return true;
  return (pod.spec.initContainers ?? []).every((container) => {
    const record = here(container.name);
    return record !== undefined && (isSidecar(container) ? isStarted(container, record, observed) : succeeded(record));
  });
};
