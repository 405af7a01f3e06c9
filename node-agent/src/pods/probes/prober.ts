/**
 * The probes of one running container: startup gates the others; thresholds turn runs into results. Ends with its signal. Upstream's timing: a first run
 * after initialDelaySeconds, then every periodSeconds.
 */
import type { Probe } from '#schema/core/pod.ts';
import type { Clock } from '../../context.ts';
import type { ContainerRuntime } from '../../runtime/runtime.ts';
import type { ProbeResults } from '../plan/observed.ts';
import { type ProbeOutcome, type ProbeTarget, runProbe } from './run-probe.ts';

export interface ProberOptions {
  readonly target: ProbeTarget;
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** What is known already of a container that was adopted running. */
  readonly initial?: ProbeResults;
  /** Whole results, at each change. */
  onResults(results: ProbeResults): void;
  /** A run failed: the text of an Unhealthy event. */
  onUnhealthy(message: string): void;
}

type Kind = 'startup' | 'readiness' | 'liveness';
const title: Readonly<Record<Kind, string>> = { startup: 'Startup', readiness: 'Readiness', liveness: 'Liveness' };

/** Runs one probe until `done` says so or the signal ends; calls `onVerdict` whenever a threshold is crossed. */
const loop = async (
  kind: Kind,
  probe: Probe,
  options: ProberOptions,
  onVerdict: (success: boolean, message: string) => 'stop' | 'go on',
): Promise<void> => {
  const { clock, signal } = options;
  let successes = 0;
  let failures = 0;
  if (probe.initialDelaySeconds) await clock.sleep(probe.initialDelaySeconds * 1000, signal);
  while (!signal.aborted) {
    const limit = new AbortController();
    const end = () => limit.abort();
    signal.addEventListener('abort', end, { once: true });
    const timer = new AbortController();
    void clock.sleep((probe.timeoutSeconds ?? 1) * 1000, timer.signal).then(end);
    const outcome: ProbeOutcome = await runProbe(probe, options.target, options.runtime, limit.signal);
    timer.abort();
    signal.removeEventListener('abort', end);
    if (signal.aborted) return;
    successes = outcome.success ? successes + 1 : 0;
    failures = outcome.success ? 0 : failures + 1;
    if (!outcome.success) options.onUnhealthy(`${title[kind]} probe failed: ${outcome.message}`);
    const crossed = successes >= (probe.successThreshold ?? 1) || failures >= (probe.failureThreshold ?? 3);
    if (crossed && onVerdict(outcome.success, outcome.message) === 'stop') return;
    await clock.sleep((probe.periodSeconds ?? 10) * 1000, signal);
  }
};

/** Resolves when all probing of the container has ended. */
export const probeContainer = async (options: ProberOptions): Promise<void> => {
  const { container } = options.target;
  const { startupProbe, readinessProbe, livenessProbe } = container;
  let results: ProbeResults = options.initial ?? {};
  const set = (change: Partial<ProbeResults>) => {
    const next = { ...results, ...change };
    if (JSON.stringify(next) === JSON.stringify(results)) return;
    results = next;
    options.onResults(results);
  };
  const kill = (kind: 'startup' | 'liveness', probe: Probe) =>
    set({
      kill: {
        message: `Container ${container.name} failed ${kind} probe, will be restarted`,
        ...(probe.terminationGracePeriodSeconds === undefined ? {} : { graceSeconds: probe.terminationGracePeriodSeconds }),
      },
    });
  if (startupProbe && !results.startup) {
    let started = false;
    await loop('startup', startupProbe, options, (success) => {
      started = success;
      if (success) set({ startup: true });
      else kill('startup', startupProbe);
      return 'stop';
    });
    if (!started) return;
  }
  await Promise.all([
    readinessProbe &&
      loop('readiness', readinessProbe, options, (success) => {
        set({ readiness: success });
        return 'go on';
      }),
    livenessProbe &&
      loop('liveness', livenessProbe, options, (success) => {
        if (success) return 'go on';
        kill('liveness', livenessProbe);
        return 'stop';
      }),
  ]);
};

export const hasProbes = (container: ProbeTarget['container']): boolean =>
  Boolean(container.startupProbe ?? container.readinessProbe ?? container.livenessProbe);
