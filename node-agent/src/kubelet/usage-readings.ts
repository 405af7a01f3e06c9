/**
 * What node and containers use, for those who ask over HTTP: read when asked, at most once a second. A rate needs two readings: the one of the last
 * question, if it is recent, or one that is waited a second for.
 */
import type { Clock } from '../context.ts';
import type { RunningPod } from '../node/meter.ts';
import { readMachineUsage } from '../node/usage.ts';
import type { ContainerRuntime, ContainerUsage } from '../runtime/runtime.ts';

export interface Reading {
  readonly atMs: number;
  readonly machine: ContainerUsage;
  readonly pods: readonly RunningPod[];
  /** By container id. */
  readonly usage: ReadonlyMap<string, ContainerUsage>;
}

export interface UsageReadings {
  now(): Promise<Reading>;
  /** The earlier one first. */
  pair(signal: AbortSignal): Promise<readonly [Reading, Reading]>;
}

export interface UsageReadingsOptions {
  readonly runtime: Pick<ContainerRuntime, 'usage'>;
  readonly pods: { running(): readonly RunningPod[] };
  readonly clock: Clock;
  /** Default: this machine. */
  readonly machine?: () => Promise<ContainerUsage>;
}

const FRESH_MS = 1_000;
/** An older reading says nothing about now. */
const MAX_WINDOW_MS = 60_000;

export const createUsageReadings = ({ runtime, pods, clock, machine = readMachineUsage }: UsageReadingsOptions): UsageReadings => {
  let last: Reading | undefined;
  let before: Reading | undefined;

  const read = async (): Promise<Reading> => {
    if (last && clock.now() - last.atMs < FRESH_MS) return last;
    const running = pods.running();
    const usage = await runtime.usage(running.flatMap(({ containers }) => containers.map(({ id }) => id)));
    before = last;
    last = { atMs: clock.now(), machine: await machine(), pods: running, usage };
    return last;
  };

  return {
    now: read,
    pair: async (signal) => {
      const present = await read();
      if (before && before !== present && present.atMs - before.atMs <= MAX_WINDOW_MS) return [before, present];
      await clock.sleep(FRESH_MS, signal);
      return [present, await read()];
    },
  };
};
