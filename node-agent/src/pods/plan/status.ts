/** What is reported of a pod: the part of PodStatus that its node owns. Pure; says only what was observed. */
import type { ContainerStatus, Pod, PodStatus } from '#schema/core/pod.ts';
import { qosClassOf } from '#schema/core/qos.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import { conditionsOf } from './conditions.ts';
import { containerStatusOf, isInitialized } from './container-status.ts';
import { type ContainerList, containersIn, newestSandbox } from './containers.ts';
import { isEnding, isFinished, isPastDeadline } from './ending.ts';
import type { Observed } from './observed.ts';
import { phaseOf } from './phase.ts';
import { resizeConditions, resizeOf } from './resize.ts';

const nothingRuns = ({ containers, creating }: Observed): boolean => !creating && containers.every(({ state }) => state !== 'running');

/** The phase of a pod that its node ends. Failed lets a replacement start, and others have the room: only when nothing runs here any more. */
const endedPhase = (hasEnded: boolean, computed: string): string => {
  if (hasEnded) return 'Failed';
  return computed === 'Succeeded' || computed === 'Failed' ? 'Running' : computed;
};

/** `previous`: the status last reported (or in the view), for transition times, a lost address and a terminal phase, which never moves back. */
export const status = (asked: Pod, observed: Observed, now: number, previous: PodStatus | undefined = asked.status): PodStatus => {
  const resize = resizeOf(asked, observed);
  const { pod } = resize;
  const of = (list: ContainerList): ContainerStatus[] =>
    containersIn(pod, list).map((container) => containerStatusOf(pod, container, list, observed, now));
  const statuses = { init: of('initContainers'), main: of('containers'), ephemeral: of('ephemeralContainers') };
  const initialized = isInitialized(pod, observed);
  const late = isPastDeadline(pod, observed, now);
  const computed = phaseOf(pod, statuses, { initialized, ending: isEnding(pod, observed, now) || isFinished(pod, observed) });
  const terminal = previous?.phase === 'Succeeded' || previous?.phase === 'Failed';
  const isEnded = !observed.fenced && (late || observed.evicted !== undefined) && !terminal;
  const phase = terminal
    ? previous.phase!
    : observed.fenced
      ? endedPhase(observed.fenced.ended && nothingRuns(observed), computed)
      : isEnded
        ? endedPhase(nothingRuns(observed), computed)
        : computed;
  const sandbox = newestSandbox(observed);
  const ip = pod.spec.hostNetwork ? observed.hostIP : sandbox?.ip || (phase === 'Pending' ? '' : (previous?.podIP ?? ''));
  const conditions = conditionsOf(
    pod,
    {
      promised: observed.promised === true,
      // traffic leaves it at once, while its containers have their grace
      phase: isEnded ? 'Failed' : phase,
      initialized,
      sandboxReady: sandbox?.ready === true,
      init: statuses.init,
      main: statuses.main,
      resize: phase === 'Running' ? resizeConditions(resize, observed) : [],
    },
    previous?.conditions ?? [],
    now,
  );
  const failure = terminal
    ? { ...(previous.reason ? { reason: previous.reason } : {}), ...(previous.message ? { message: previous.message } : {}) }
    : observed.fenced && phase === 'Failed'
      ? { reason: 'SelfFenced', message: observed.fenced.why }
      : phase !== 'Failed'
        ? {}
        : observed.evicted
          ? { reason: 'Evicted', message: observed.evicted.message }
          : late
            ? { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' }
            : {};
  return {
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    phase,
    ...failure,
    conditions,
    hostIP: observed.hostIP,
    hostIPs: [{ ip: observed.hostIP }],
    ...(ip ? { podIP: ip, podIPs: [{ ip }] } : {}),
    startTime: previous?.startTime ?? toRfc3339(observed.startedAtMs),
    ...(statuses.init.length > 0 ? { initContainerStatuses: statuses.init } : {}),
    containerStatuses: statuses.main,
    ...(statuses.ephemeral.length > 0 ? { ephemeralContainerStatuses: statuses.ephemeral } : {}),
    qosClass: qosClassOf(pod.spec),
  };
};
