/**
 * What an autoscaler measures and aims at (autoscaling/v2), and what it measured.
 * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
 */
import { type Infer, int32, message, quantity, str, struct } from '../dsl/field.ts';
import { LabelSelector } from '../meta/label-selector.ts';

const zeroText = { required: true, default: '' } as const;
const zeroMessage = { required: true, default: {} } as const;

export const CrossVersionObjectReference = struct('io.k8s.api.autoscaling.v2.CrossVersionObjectReference', 'An object of the namespace.', {
  kind: str(1, 'Kind of the object.', zeroText),
  name: str(2, 'Name of the object.', zeroText),
  apiVersion: str(3, 'API version of the object.'),
});
export type CrossVersionObjectReference = Infer<typeof CrossVersionObjectReference>;

export const MetricIdentifier = struct('io.k8s.api.autoscaling.v2.MetricIdentifier', 'Which metric.', {
  name: str(1, 'Name of the metric.', zeroText),
  selector: message(2, LabelSelector, 'Labels of its series.'),
});
export type MetricIdentifier = Infer<typeof MetricIdentifier>;

export const MetricTarget = struct('io.k8s.api.autoscaling.v2.MetricTarget', 'What the metric should be; one of the values.', {
  type: str(1, 'Utilization, Value or AverageValue.', zeroText),
  value: quantity(2, 'The value of the metric.', { pointer: true }),
  averageValue: quantity(3, 'The value divided by the number of pods.', { pointer: true }),
  averageUtilization: int32(4, 'Percentage of what the pods request, on average.', { pointer: true }),
});
export type MetricTarget = Infer<typeof MetricTarget>;

export const MetricValueStatus = struct('io.k8s.api.autoscaling.v2.MetricValueStatus', 'What the metric is.', {
  value: quantity(1, 'The value of the metric.', { pointer: true }),
  averageValue: quantity(2, 'The value divided by the number of pods.', { pointer: true }),
  averageUtilization: int32(3, 'Percentage of what the pods request, on average.', { pointer: true }),
});
export type MetricValueStatus = Infer<typeof MetricValueStatus>;

const metric = message(1, MetricIdentifier, 'Which metric.', zeroMessage);
const target = message(2, MetricTarget, 'What it should be.', zeroMessage);
const current = message(2, MetricValueStatus, 'What it is.', zeroMessage);
const resourceName = str(1, 'The resource, such as cpu.', zeroText);
const container = str(3, 'Which container of the pods.', zeroText);

export const ObjectMetricSource = struct('io.k8s.api.autoscaling.v2.ObjectMetricSource', 'A metric about one object.', {
  describedObject: message(1, CrossVersionObjectReference, 'The object.', zeroMessage),
  target,
  metric: message(3, MetricIdentifier, 'Which metric.', zeroMessage),
});
export const PodsMetricSource = struct('io.k8s.api.autoscaling.v2.PodsMetricSource', 'A metric about each pod.', { metric, target });
export const ResourceMetricSource = struct('io.k8s.api.autoscaling.v2.ResourceMetricSource', 'A resource that each pod uses.', {
  name: resourceName,
  target,
});
export const ContainerResourceMetricSource = struct(
  'io.k8s.api.autoscaling.v2.ContainerResourceMetricSource',
  'A resource that one container of each pod uses.',
  { name: resourceName, target, container },
);
export const ExternalMetricSource = struct('io.k8s.api.autoscaling.v2.ExternalMetricSource', 'A metric from outside of the cluster.', {
  metric,
  target,
});

export const MetricSpec = struct('io.k8s.api.autoscaling.v2.MetricSpec', 'One thing to aim at; exactly one source is set.', {
  type: str(1, 'Which source: ContainerResource, External, Object, Pods or Resource.', zeroText),
  object: message(2, ObjectMetricSource, 'A metric about one object.'),
  pods: message(3, PodsMetricSource, 'A metric about each pod.'),
  resource: message(4, ResourceMetricSource, 'A resource that each pod uses.'),
  containerResource: message(7, ContainerResourceMetricSource, 'A resource that one container of each pod uses.'),
  external: message(5, ExternalMetricSource, 'A metric from outside of the cluster.'),
});
export type MetricSpec = Infer<typeof MetricSpec>;

export const ObjectMetricStatus = struct('io.k8s.api.autoscaling.v2.ObjectMetricStatus', 'A metric about one object.', {
  metric,
  current,
  describedObject: message(3, CrossVersionObjectReference, 'The object.', zeroMessage),
});
export const PodsMetricStatus = struct('io.k8s.api.autoscaling.v2.PodsMetricStatus', 'A metric about each pod.', { metric, current });
export const ResourceMetricStatus = struct('io.k8s.api.autoscaling.v2.ResourceMetricStatus', 'A resource that each pod uses.', {
  name: resourceName,
  current,
});
export const ContainerResourceMetricStatus = struct(
  'io.k8s.api.autoscaling.v2.ContainerResourceMetricStatus',
  'A resource that one container of each pod uses.',
  { name: resourceName, current, container },
);
export const ExternalMetricStatus = struct('io.k8s.api.autoscaling.v2.ExternalMetricStatus', 'A metric from outside of the cluster.', {
  metric,
  current,
});

export const MetricStatus = struct('io.k8s.api.autoscaling.v2.MetricStatus', 'What was measured.', {
  type: str(1, 'Which source: ContainerResource, External, Object, Pods or Resource.', zeroText),
  object: message(2, ObjectMetricStatus, 'A metric about one object.'),
  pods: message(3, PodsMetricStatus, 'A metric about each pod.'),
  resource: message(4, ResourceMetricStatus, 'A resource that each pod uses.'),
  containerResource: message(7, ContainerResourceMetricStatus, 'A resource that one container of each pod uses.'),
  external: message(5, ExternalMetricStatus, 'A metric from outside of the cluster.'),
});
export type MetricStatus = Infer<typeof MetricStatus>;
