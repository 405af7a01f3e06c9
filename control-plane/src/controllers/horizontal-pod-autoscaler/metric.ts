/** What an autoscaler's metric is computed from, and what comes of it. */
import type { Pod } from '#schema/core/pod.ts';
import type { Measurements } from '../../controller-runtime/measurements.ts';
import type { QueryContext } from './queries.ts';
import type { Tolerance } from './tolerance.ts';

export interface MetricResult {
  readonly replicas: number;
  /** `cpu resource utilization (percentage of request)`: how the condition names it. */
  readonly name: string;
  readonly status: Record<string, unknown>;
}

export interface MetricFailure {
  readonly reason: string;
  readonly message: string;
}

export interface MetricInput {
  readonly pods: readonly Pod[];
  readonly current: number;
  readonly tolerance: Tolerance;
  readonly measurements: Measurements;
  readonly query: QueryContext;
  readonly nowMs: number;
}
