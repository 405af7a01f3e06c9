/**
 * The newest sample of each node, in memory only: what nobody asked for lately is not measured, and a restart forgets all of it. A read asks the agents
 * that are connected and waits a moment for those that have nothing fresh. Lives in the hub, beside the agents' connections.
 */
import type { MetricsMessage } from '#schema/sync/protocol.ts';
import type { Clock } from '../platform/platform.ts';
import type { NodeSample } from './measurements.ts';

export interface MetricsBoard {
  put(node: string, sample: MetricsMessage): void;
  /** `ask` tells every connected agent to measure for so long, and names them. One sample a node at most, those that answered in time; sorted by name. */
  read(ask: (forMs: number) => readonly string[]): Promise<readonly NodeSample[]>;
}

export interface MetricsBoardOptions {
  readonly clock: Clock;
  /** Default: a timer. */
  readonly wait?: (ms: number) => Promise<void>;
}

/** Three of the agents' intervals, so that one who reads each quarter of a minute never waits. */
const WANT_MS = 45_000;
/** An older sample says nothing about now. */
const FRESH_MS = 40_000;
/** An agent that was idle measures for a second first. */
const PATIENCE_MS = 3_000;

const timer = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const createMetricsBoard = ({ clock, wait = timer }: MetricsBoardOptions): MetricsBoard => {
  const samples = new Map<string, { readonly atMs: number; readonly sample: MetricsMessage }>();
  const waiting = new Set<() => void>();

  const fresh = (node: string): boolean => clock.now() - (samples.get(node)?.atMs ?? Number.NEGATIVE_INFINITY) <= FRESH_MS;

  /** Settles when every node has a fresh sample. */
  const all = (nodes: readonly string[]): { done: Promise<void>; stop: () => void } => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (nodes.every(fresh)) resolve();
    };
    waiting.add(look);
    look();
    return { done: promise, stop: () => waiting.delete(look) };
  };

  return {
    put: (node, sample) => {
      samples.set(node, { atMs: clock.now(), sample });
      for (const look of waiting) look();
    },
    read: async (ask) => {
      const nodes = ask(WANT_MS);
      if (!nodes.every(fresh)) {
        const { done, stop } = all(nodes);
        await Promise.race([done, wait(PATIENCE_MS)]);
        stop();
      }
      for (const node of samples.keys()) if (!fresh(node)) samples.delete(node);
      return [...nodes].sort().flatMap((node) => {
        const found = samples.get(node);
        return found ? [{ node, sample: found.sample }] : [];
      });
    },
  };
};
