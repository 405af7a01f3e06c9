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

export interface Measurements {
  /** By uid of the pod. */
  pod(uid: string): PodMeasurement | undefined;
}

/** From the samples of the hub. */
export const measurementsOf = (samples: readonly NodeSample[]): Measurements => {
  const pods = new Map<string, PodMeasurement>();
  for (const { sample } of samples) {
    const atMs = parseTime(sample.time);
    for (const { uid, containers } of sample.pods) pods.set(uid, { atMs, windowMs: sample.windowMs, containers });
  }
  return { pod: (uid) => pods.get(uid) };
};

export const noMeasurements: Measurements = { pod: () => undefined };
