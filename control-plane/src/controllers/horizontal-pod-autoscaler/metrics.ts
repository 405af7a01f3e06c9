/** Each metric of an autoscaler: what it asks for, what the status shows of it, and in what words it fails. */

import type { HorizontalPodAutoscaler } from '#schema/autoscaling/horizontal-pod-autoscaler.ts';
import type { Pod } from '#schema/core/pod.ts';
import { getOwn } from '#schema/dsl/own.ts';
import { formatQuantity, toMilli } from '#schema/quantity/quantity.ts';
import type { MetricFailure, MetricInput, MetricResult } from './metric.ts';
import { type Proposal, proposeReplicas, type ResourceMetric, resourceReadings } from './replicas.ts';
import { servedMetrics } from './served-metrics.ts';

type MetricSpec = NonNullable<HorizontalPodAutoscaler['spec']['metrics']>[number];

const requestOf = (pod: Pod, { resource, container }: ResourceMetric): number | undefined => {
  const containers = pod.spec.containers.filter(({ name }) => container === undefined || name === container);
  let sum = 0;
  for (const { resources } of containers) {
    const request = resources?.requests?.[resource];
    if (request === undefined) return undefined;
    sum += toMilli(String(request));
  }
  return sum;
};

const quantityOf = (resource: string, milli: number): string =>
  resource === 'cpu'
    ? formatQuantity({ nano: BigInt(Math.ceil(milli)) * 1_000_000n, format: 'DecimalSI' })
    : formatQuantity({ nano: BigInt(Math.ceil(milli / 1000)) * 1_000_000_000n, format: 'DecimalSI' });

const isFailure = (value: MetricResult | MetricFailure): value is MetricFailure => 'reason' in value;

export { isFailure };

const resourceMetric = (
  metric: ResourceMetric,
  target: { readonly averageUtilization?: number; readonly averageValue?: unknown },
  input: MetricInput,
): { proposal: Proposal; utilization: boolean } | string => {
  const { pods, measurements } = input;
  const utilization = target.averageUtilization !== undefined;
  if (utilization) {
    const without = pods.find((pod) => requestOf(pod, metric) === undefined);
    if (without) {
      const container = without.spec.containers.find(({ resources }) => resources?.requests?.[metric.resource] === undefined);
      return `missing request for ${metric.resource} in container ${container?.name} of Pod ${without.metadata.name}`;
    }
  }
  const wanted = (pod: Pod): number =>
    utilization ? (requestOf(pod, metric)! * target.averageUtilization!) / 100 : toMilli(String(target.averageValue ?? '0'));
  const proposal = proposeReplicas(input, resourceReadings(metric, measurements), wanted);
  return proposal ? { proposal, utilization } : `no metrics returned from resource metrics API`;
};

const resourceStatus = (
  metric: ResourceMetric,
  { proposal, utilization }: { proposal: Proposal; utilization: boolean },
  pods: readonly Pod[],
) => {
  const requested = pods.reduce((sum, pod) => sum + (requestOf(pod, metric) ?? 0), 0) / Math.max(1, pods.length);
  const average = proposal.usage / proposal.measured;
  return {
    name: metric.resource,
    ...(metric.container ? { container: metric.container } : {}),
    current: {
      ...(utilization ? { averageUtilization: Math.floor((average * 100) / Math.max(1e-9, requested)) } : {}),
      averageValue: quantityOf(metric.resource, average),
    },
  };
};

const ofResource = (spec: any, type: 'Resource' | 'ContainerResource', input: MetricInput): MetricResult | MetricFailure => {
  const metric: ResourceMetric = { resource: spec.name, ...(spec.container ? { container: spec.container } : {}) };
  const found = resourceMetric(metric, spec.target, input);
  if (typeof found === 'string') {
    const word = spec.target.averageUtilization === undefined ? 'average value' : 'utilization';
    const what = `failed to get ${spec.name} ${word}: ${found}`;
    return { reason: `FailedGet${type}Metric`, message: `the HPA was unable to compute the replica count: ${what}` };
  }
  const key = type === 'Resource' ? 'resource' : 'containerResource';
  const kind = type === 'Resource' ? 'resource' : 'container resource';
  return {
    replicas: found.proposal.replicas,
    name: found.utilization ? `${spec.name} ${kind} utilization (percentage of request)` : `${spec.name} ${kind}`,
    status: { type, [key]: resourceStatus(metric, found, input.pods) },
  };
};

const sources: Readonly<Record<string, (metric: MetricSpec, input: MetricInput) => MetricResult | MetricFailure>> = {
  Resource: ({ resource }, input) => ofResource(resource, 'Resource', input),
  ContainerResource: ({ containerResource }, input) => ofResource(containerResource, 'ContainerResource', input),
  ...servedMetrics,
};

export const evaluate = (metric: MetricSpec, input: MetricInput): MetricResult | MetricFailure => {
  const source = getOwn(sources, metric.type);
  if (!source)
    return {
      reason: 'InvalidMetricSourceType',
      message: `the HPA was unable to compute the replica count: unknown metric source type ${JSON.stringify(metric.type)}`,
    };
  return source(metric, input);
};
