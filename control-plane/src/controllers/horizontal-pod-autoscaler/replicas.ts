/**
 * How many pods a resource metric asks for: the share of what they use to what they should use, with pods that are not ready or not measured
 * counted so that they never exaggerate.
 * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details
 */
import type { Pod } from '#schema/core/pod.ts';
import { getCondition } from '#schema/meta/conditions.ts';
import { parseTime } from '#schema/meta/time.ts';
import type { Measurements, PodMeasurement } from '../../controller-runtime/measurements.ts';
import { isTerminating } from '../pod-state.ts';
import { isWithin, type Tolerance } from './tolerance.ts';

/** While a pod is this young its cpu says little. */
const INITIALIZATION_MS = 300_000;
/** A pod that was never ready for longer than this after its start has not been ready yet. */
const INITIAL_READINESS_MS = 30_000;

export interface ResourceMetric {
  readonly resource: 'cpu' | 'memory';
  /** One container alone. */
  readonly container?: string;
}

/** Thousandths of a core, or bytes times thousand: the unit of requests and usage alike. */
type Milli = number;

export interface Proposal {
  readonly replicas: number;
  /** Sum over the measured pods. */
  readonly usage: Milli;
  readonly measured: number;
  /** Per cent of the requests; only for a utilization. */
  readonly utilization?: number;
}

const usageOf = (measurement: PodMeasurement, { resource, container }: ResourceMetric): Milli | undefined => {
  const containers = measurement.containers.filter(({ name }) => container === undefined || name === container);
  if (containers.length === 0) return undefined;
  return containers.reduce((sum, { cpuNanoCores, memoryBytes }) => sum + (resource === 'cpu' ? cpuNanoCores / 1e6 : memoryBytes * 1000), 0);
};

/** What one pod reads. */
export interface Reading {
  readonly milli: Milli;
  /** Where a pod that has just started reads too much (cpu): when it was measured, and over how long. */
  readonly window?: { readonly atMs: number; readonly windowMs: number };
}

/** Whether the pod's cpu may be read: it has been ready, and since before the window began. */
const isUnready = (pod: Pod, reading: Reading | undefined, nowMs: number): boolean => {
  if (pod.status?.phase === 'Pending') return true;
  const measurement = reading?.window;
  if (!measurement) return false;
  const ready = getCondition(pod.status?.conditions, 'Ready');
  const startedMs = parseTime(pod.status?.startTime ?? '');
  if (!ready || Number.isNaN(startedMs)) return true;
  const changedMs = parseTime(ready.lastTransitionTime ?? '') || 0;
  if (startedMs + INITIALIZATION_MS > nowMs) return ready.status !== 'True' || measurement.atMs < changedMs + measurement.windowMs;
  return ready.status !== 'True' && startedMs + INITIAL_READINESS_MS > changedMs;
};

interface Groups {
  readonly measured: Map<Pod, Milli>;
  readonly unready: Pod[];
  readonly missing: Pod[];
}

const group = (pods: readonly Pod[], read: (pod: Pod) => Reading | undefined, nowMs: number): Groups => {
  const groups: Groups = { measured: new Map(), unready: [], missing: [] };
  for (const pod of pods) {
    if (isTerminating(pod) || pod.status?.phase === 'Failed') continue;
    const reading = read(pod);
    if (isUnready(pod, reading, nowMs)) groups.unready.push(pod);
    else if (!reading) groups.missing.push(pod);
    else groups.measured.set(pod, reading.milli);
  }
  return groups;
};

export interface Question {
  readonly pods: readonly Pod[];
  readonly current: number;
  readonly tolerance: Tolerance;
  readonly nowMs: number;
}

/** Readings of a resource. */
export const resourceReadings =
  (metric: ResourceMetric, measurements: Measurements) =>
  (pod: Pod): Reading | undefined => {
    const measurement = measurements.pod(pod.metadata.uid!);
    const milli = measurement && usageOf(measurement, metric);
    if (!measurement || milli === undefined) return undefined;
    return { milli, ...(metric.resource === 'cpu' ? { window: measurement } : {}) };
  };

/**
 * `target(pod)` is what the pod should read, in thousandths. @returns undefined when nothing was measured
 */
export const proposeReplicas = (
  { pods, current, tolerance, nowMs }: Question,
  read: (pod: Pod) => Reading | undefined,
  target: (pod: Pod) => Milli,
): Proposal | undefined => {
  const { measured, unready, missing } = group(pods, read, nowMs);
  if (measured.size === 0) return undefined;
  const usage = [...measured.values()].reduce((a, b) => a + b, 0);
  const ratioOf = (entries: ReadonlyMap<Pod, Milli>): number =>
    [...entries.values()].reduce((a, b) => a + b, 0) /
    Math.max(
      1e-9,
      [...entries.keys()].reduce((sum, pod) => sum + target(pod), 0),
    );
  const plain = ratioOf(measured);
  const done = (replicas: number): Proposal => ({ replicas, usage, measured: measured.size });
  const scalesUpWithUnready = unready.length > 0 && plain > 1;
  if (!scalesUpWithUnready && missing.length === 0) {
    return done(isWithin(plain, tolerance) ? current : Math.ceil(plain * measured.size - 1e-9));
  }
  const filled = new Map(measured);
  // who is not measured is taken to use all it should before pods are taken away, and nothing before pods are added
  for (const pod of missing) filled.set(pod, plain < 1 ? target(pod) : 0);
  if (scalesUpWithUnready) for (const pod of unready) filled.set(pod, 0);
  const ratio = ratioOf(filled);
  if (isWithin(ratio, tolerance) || (plain < 1 && ratio > 1) || (plain > 1 && ratio < 1)) return done(current);
  const replicas = Math.ceil(ratio * filled.size - 1e-9);
  return done((ratio < 1 && replicas > current) || (ratio > 1 && replicas < current) ? current : replicas);
};
