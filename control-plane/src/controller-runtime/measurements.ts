/** What pods use, as reconcilers may read it: an explicit input of the moment, like liveness. Absent pods have not been measured. */

import { parseTime } from '#schema/meta/time.ts';
import type { NodeSample } from '../metrics-api/measurements.ts';

export interface ContainerUsage {
  readonly name: string;
  readonly cpuNanoCores: number;
  readonly memoryBytes: number;
}

export interface PodMeasurement {
  /** End of the window, Unix ms. */
  readonly atMs: number;
  readonly windowMs: number;
  readonly containers: readonly ContainerUsage[];
}

/** A question to a metrics API that something in the cluster serves (custom.metrics.k8s.io, external.metrics.k8s.io). */
export interface MetricQuery {
  readonly group: string;
  /** Below group and version: `/namespaces/default/services/web/hits?metricLabelSelector=...`. */
  readonly path: string;
}

/** What the API said, or why it said nothing: words that end "unable to fetch metrics: ...". */
export type MetricAnswer = { readonly body: unknown } | { readonly problem: string };

export interface Measurements {
  /** By uid of the pod. */
  pod(uid: string): PodMeasurement | undefined;
  /** undefined: it has not been asked. */
  answer(query: MetricQuery): MetricAnswer | undefined;
}

export const queryKey = ({ group, path }: MetricQuery): string => `${group} ${path}`;

/** From the samples of the hub, and what metrics APIs answered, by queryKey. */
export const measurementsOf = (samples: readonly NodeSample[], answers?: ReadonlyMap<string, MetricAnswer>): Measurements => {
  const pods = new Map<string, PodMeasurement>();
  for (const { sample } of samples) {
    const atMs = parseTime(sample.time);
    for (const { uid, containers } of sample.pods) pods.set(uid, { atMs, windowMs: sample.windowMs, containers });
  }
  return { pod: (uid) => pods.get(uid), answer: (query) => answers?.get(queryKey(query)) };
};

export const noMeasurements: Measurements = { pod: () => undefined, answer: () => undefined };
