/** A pod's phase from its containers' statuses, by the kubelet's counting. @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase */
import type { ContainerStatus, Pod } from '#schema/core/pod.ts';

type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

/** `ending`: no container will be started any more. */
export const phaseOf = (
  pod: Pod,
  statuses: { readonly init: readonly ContainerStatus[]; readonly main: readonly ContainerStatus[] },
  options: { readonly initialized: boolean; readonly ending: boolean },
): Phase => {
  const policy = pod.spec.restartPolicy ?? 'Always';
  const failedInit = statuses.init.some(
    (status, index) =>
      pod.spec.initContainers?.[index]?.restartPolicy !== 'Always' &&
      status.state?.terminated !== undefined &&
      status.state.terminated.exitCode !== 0,
  );
  if (failedInit && policy === 'Never') return 'Failed';
  let running = 0;
  let stopped = 0;
  let succeeded = 0;
  let waiting = 0;
  for (const { state, lastState } of statuses.main) {
    if (state?.running) running++;
    else if (state?.terminated) {
      stopped++;
      if (state.terminated.exitCode === 0) succeeded++;
    } else if (lastState?.terminated) stopped++;
    else waiting++;
  }
  if (options.ending && running === 0 && stopped > 0 && waiting === 0) return stopped === succeeded ? 'Succeeded' : 'Failed';
  if (!options.initialized || waiting > 0) return 'Pending';
  if (running > 0) return 'Running';
  if (policy === 'Always') return 'Running';
  if (stopped === succeeded) return 'Succeeded';
  return policy === 'Never' ? 'Failed' : 'Running';
};
