/**
 * Measures what the node and its containers use, while the control plane wants to know: at once over a second, then every quarter of a minute. An agent
 * that nobody asks measures nothing and sends nothing.
 */
import type { MetricsMessage, PodUsageSample, UsageSample } from '#schema/sync/protocol.ts';
import type { Clock, Logger } from '../context.ts';
import type { PodReference } from '../pods/events.ts';
import type { ContainerRuntime, ContainerUsage } from '../runtime/runtime.ts';
import { readMachineUsage } from './usage.ts';

export interface RunningPod extends PodReference {
  readonly containers: readonly { readonly name: string; readonly id: string; readonly startedAtMs: number }[];
}

export interface MeterOptions {
  readonly runtime: Pick<ContainerRuntime, 'usage'>;
  readonly pods: { running(): readonly RunningPod[] };
  readonly clock: Clock;
  readonly log: Logger;
  /** Default: this machine. */
  readonly machine?: () => Promise<ContainerUsage>;
}

export interface Meter {
  /** Measures from now on for this long; a later call prolongs. */
  want(forMs: number): void;
  /** Until `signal` aborts. */
  run(signal: AbortSignal, send: (sample: MetricsMessage) => void): Promise<void>;
}

const INTERVAL_MS = 15_000;
const FIRST_WINDOW_MS = 1_000;
/** An older measurement says nothing about now. */
const MAX_WINDOW_MS = 30_000;
const MAX_WANT_MS = 600_000;

interface Reading {
  readonly atMs: number;
  readonly machine: ContainerUsage;
  readonly pods: readonly RunningPod[];
  readonly usage: ReadonlyMap<string, ContainerUsage>;
}

const rated = (now: ContainerUsage, before: number, windowMs: number): UsageSample => ({
  ...now,
  cpuNanoCores: Math.round((Math.max(0, now.cpuNanoseconds - before) * 1000) / windowMs),
});

/** Pure. A container that has no earlier reading counts from its start, if that lies in the window. */
export const sampleOf = (before: Reading, now: Reading): MetricsMessage => {
  const windowMs = Math.max(1, now.atMs - before.atMs);
  const pods = now.pods.map(
    ({ namespace, name, uid, containers }): PodUsageSample => ({
      namespace,
      name,
      uid,
      containers: containers.flatMap(({ name: container, id, startedAtMs }) => {
        const usage = now.usage.get(id);
        const earlier = before.usage.get(id)?.cpuNanoseconds ?? (startedAtMs >= before.atMs ? 0 : undefined);
        return usage && earlier !== undefined ? [{ name: container, ...rated(usage, earlier, windowMs) }] : [];
      }),
    }),
  );
  return {
    type: 'metrics',
    time: new Date(now.atMs).toISOString(),
    windowMs,
    node: rated(now.machine, before.machine.cpuNanoseconds, windowMs),
    pods: pods.filter(({ containers }) => containers.length > 0),
  };
};

export const createMeter = (options: MeterOptions): Meter => {
  const { runtime, pods, clock, log, machine = readMachineUsage } = options;
  let wantedUntilMs = 0;
  let wake: (() => void) | undefined;

  const read = async (): Promise<Reading> => {
    const running = pods.running();
    const usage = await runtime.usage(running.flatMap(({ containers }) => containers.map(({ id }) => id)));
    return { atMs: clock.now(), machine: await machine(), pods: running, usage };
  };

  const wanted = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted || clock.now() < wantedUntilMs) return resolve();
      wake = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
    });

  return {
    want: (forMs) => {
      wantedUntilMs = Math.max(wantedUntilMs, clock.now() + Math.min(forMs, MAX_WANT_MS));
      wake?.();
    },
    run: async (signal, send) => {
      let before: Reading | undefined;
      for (;;) {
        await wanted(signal);
        if (signal.aborted) return;
        try {
          if (!before || clock.now() - before.atMs > MAX_WINDOW_MS) {
            before = await read();
            await clock.sleep(FIRST_WINDOW_MS, signal);
          }
          if (signal.aborted) return;
          const now = await read();
          send(sampleOf(before, now));
          before = now;
        } catch (error) {
          log.warn('usage could not be measured', { error: (error as Error).message });
        }
        await clock.sleep(INTERVAL_MS, signal);
      }
    },
  };
};
