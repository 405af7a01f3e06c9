/** Ending one container: Killing event, preStop within the grace, then the runtime's stop with what is left of it. */
import type { Pod } from '#schema/core/pod.ts';
import { runHook } from './lifecycle.ts';
import { findContainer } from './plan/containers.ts';
import type { PodState } from './pod-state.ts';
import type { WorkerDeps } from './worker-deps.ts';

/** What SIGTERM gets at least, after a preStop that took all the time. */
const MINIMUM_SECONDS = 2;

export interface StopTarget {
  readonly container: string;
  readonly id: string;
  readonly graceSeconds: number;
  readonly message: string;
}

/** `signal`: a stop with less grace takes over. Resolves when the container has exited, or the other stop has begun. */
export const stopContainer = async (
  target: StopTarget,
  options: {
    readonly deps: WorkerDeps;
    readonly pod: Pod | undefined;
    readonly state: PodState;
    readonly signal: AbortSignal;
    event(type: 'Normal' | 'Warning', reason: string, message: string, container?: string): void;
  },
): Promise<void> => {
  const { deps, pod, state, signal } = options;
  const { clock, runtime } = deps;
  const first = !state.stopping.has(target.id);
  state.stopping.set(target.id, { graceSeconds: target.graceSeconds });
  if (first) options.event('Normal', 'Killing', target.message, target.container);
  const from = clock.now();
  const container = findContainer(pod, target.container);
  const hook = container?.lifecycle?.preStop;
  if (container && hook && target.graceSeconds > 0 && first) {
    const limit = new AbortController();
    const end = () => limit.abort();
    signal.addEventListener('abort', end, { once: true });
    const timer = new AbortController();
    const late = clock.sleep(target.graceSeconds * 1000, timer.signal).then(end);
    const podIP = state.podIP(pod, deps.node.hostIP);
    const run = runHook(hook, { container, containerId: target.id, podIP }, { runtime, clock, signal: limit.signal }).catch(
      (error: Error) => {
        const { namespace, name } = pod?.metadata ?? { namespace: '', name: '' };
        deps.log.warn('a preStop hook failed', { namespace, name, container: target.container, error: error.message });
        // not what the hook printed: it may hold what only the pod may read
        options.event('Warning', 'FailedPreStopHook', 'PreStopHook failed', target.container);
      },
    );
    await Promise.race([run, late]);
    timer.abort();
    end();
    if (signal.aborted) return;
  }
  const left = target.graceSeconds - (clock.now() - from) / 1000;
  const minimum = hook && target.graceSeconds > 0 ? MINIMUM_SECONDS : 0;
  await runtime.stopContainer(target.id, Math.max(left, minimum));
};
