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

const TOLERANCE = 0.1;
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

/** Whether the pod's cpu may be read: it has been ready, and since before the window began. */
const isUnready = (pod: Pod, measurement: PodMeasurement | undefined, resource: string, nowMs: number): boolean => {
  if (pod.status?.phase === 'Pending') return true;
  if (resource !== 'cpu' || !measurement) return false;
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

const group = (pods: readonly Pod[], metric: ResourceMetric, measurements: Measurements, nowMs: number): Groups => {
  const groups: Groups = { measured: new Map(), unready: [], missing: [] };
  for (const pod of pods) {
    if (isTerminating(pod) || pod.status?.phase === 'Failed') continue;
    const measurement = measurements.pod(pod.metadata.uid!);
    const usage = measurement && usageOf(measurement, metric);
    if (isUnready(pod, measurement, metric.resource, nowMs)) groups.unready.push(pod);
    else if (usage === undefined) groups.missing.push(pod);
    else groups.measured.set(pod, usage);
  }
  return groups;
};

const withinTolerance = (ratio: number): boolean => Math.abs(1 - ratio) <= TOLERANCE;

/**
 * `target(pod)` is what the pod should use, in thousandths. @returns undefined when nothing was measured
 */
export const proposeReplicas = (
  pods: readonly Pod[],
  current: number,
  metric: ResourceMetric,
  target: (pod: Pod) => Milli,
  measurements: Measurements,
  nowMs: number,
): Proposal | undefined => {
  const { measured, unready, missing } = group(pods, metric, measurements, nowMs);
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
    return done(withinTolerance(plain) ? current : Math.ceil(plain * measured.size - 1e-9));
  }
  const filled = new Map(measured);
  // who is not measured is taken to use all it should before pods are taken away, and nothing before pods are added
  for (const pod of missing) filled.set(pod, plain < 1 ? target(pod) : 0);
  if (scalesUpWithUnready) for (const pod of unready) filled.set(pod, 0);
  const ratio = ratioOf(filled);
  if (withinTolerance(ratio) || (plain < 1 && ratio > 1) || (plain > 1 && ratio < 1)) return done(current);
  const replicas = Math.ceil(ratio * filled.size - 1e-9);
  return done((ratio < 1 && replicas > current) || (ratio > 1 && replicas < current) ? current : replicas);
};
