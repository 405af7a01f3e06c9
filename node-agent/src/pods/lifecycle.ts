/** Lifecycle hooks. @see https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/ */
import type { LifecycleHandler } from '#schema/core/pod.ts';
import type { Clock } from '../context.ts';
import type { ContainerRuntime } from '../runtime/runtime.ts';
import { httpGet } from './probes/http.ts';
import type { ProbeTarget } from './probes/run-probe.ts';

/** @throws Error with the hook's own text when it failed. Ends early, without error, when `signal` aborts. */
export const runHook = async (
  hook: LifecycleHandler,
  target: ProbeTarget,
  options: { readonly runtime: ContainerRuntime; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> => {
  const { runtime, clock, signal } = options;
  if (hook.sleep) {
    await clock.sleep(hook.sleep.seconds * 1000, signal);
  } else if (hook.exec) {
    const command = hook.exec.command ?? [];
    const session = await runtime.exec(target.containerId, { command, stdin: false, tty: false }, signal);
    let output = '';
    const decoder = new TextDecoder();
    for await (const { data } of session.output) if (output.length < 10_240) output += decoder.decode(data, { stream: true });
    const code = await session.wait();
    if (code !== 0 && !signal.aborted) throw new Error(`command '${command.join(' ')}' exited with ${code}: ${output}`);
  } else if (hook.httpGet) {
    const { status } = await httpGet(hook.httpGet, { ...target, signal, userAgent: 'kube-lifecycle/1.35' });
    if (status >= 400) throw new Error(`HTTP hook answered with status ${status}`);
  }
};
