/** Pure: samples as objects of metrics.k8s.io, with the labels of what they are about, so that selectors work. */
import type { NodeMetrics } from '#schema/metrics/node-metrics.ts';
import type { PodMetrics } from '#schema/metrics/pod-metrics.ts';
import type { PodUsageSample, UsageSample } from '#schema/sync/protocol.ts';
import type { NodeSample } from './measurements.ts';

type Labels = Readonly<Record<string, string>> | undefined;

const usageOf = ({ cpuNanoCores, memoryBytes }: UsageSample) => ({
  cpu: `${Math.max(0, Math.round(cpuNanoCores))}n`,
  memory: `${Math.max(0, Math.floor(memoryBytes / 1024))}Ki`,
});

const span = ({ sample: { time, windowMs } }: NodeSample) => {
  const timestamp = `${time.slice(0, 19)}Z`;
  return { timestamp, window: `${Math.round(windowMs) / 1000}s` };
};

const metadataOf = (name: string, timestamp: string, labels: Labels) => ({
  name,
  creationTimestamp: timestamp,
  ...(labels && Object.keys(labels).length > 0 ? { labels: { ...labels } } : {}),
});

export const nodeMetricsOf = (of: NodeSample, labels: Labels): NodeMetrics => {
  const { timestamp, window } = span(of);
  return {
    apiVersion: 'metrics.k8s.io/v1beta1',
    kind: 'NodeMetrics',
    metadata: metadataOf(of.node, timestamp, labels),
    timestamp,
    window,
    usage: usageOf(of.sample.node),
  };
};

export const podMetricsOf = (of: NodeSample, pod: PodUsageSample, labels: Labels): PodMetrics => {
  const { timestamp, window } = span(of);
  return {
    apiVersion: 'metrics.k8s.io/v1beta1',
    kind: 'PodMetrics',
    metadata: { ...metadataOf(pod.name, timestamp, labels), namespace: pod.namespace },
    timestamp,
    window,
    // Agents name them in the order they started in.
    containers: [...pod.containers]
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((container) => ({ name: container.name, usage: usageOf(container) })),
  };
};
