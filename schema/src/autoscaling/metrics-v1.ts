/**
 * Metrics in the words of autoscaling/v1, in which annotations hold them: the values stand beside the name, and a target has no type. Input comes
 * from annotations that anybody may write, so nothing is taken for granted; decoding and validation follow.
 */
import type { MetricSpec, MetricStatus, MetricTarget, MetricValueStatus } from './metrics.ts';

type Json = Record<string, any>;

const present = (fields: Json): Json => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
const map = (value: unknown, change: (fields: Json) => Json): Json | undefined =>
  typeof value === 'object' && value !== null ? present(change(value as Json)) : undefined;

const targetOf = (fields: { value?: unknown; averageValue?: unknown; averageUtilization?: unknown }): Json => {
  const type = fields.averageUtilization !== undefined ? 'Utilization' : fields.averageValue !== undefined ? 'AverageValue' : 'Value';
  return present({ type, ...fields });
};
const identifier = (name: unknown, selector: unknown): Json => present({ name, selector });
const zeroIfAbsent = (value: unknown): unknown => value ?? '0';

export const metricToV1 = (metric: MetricSpec): Json =>
  present({
    type: metric.type,
    object: map(metric.object, ({ describedObject, metric: { name, selector }, target }) => ({
      target: describedObject,
      metricName: name,
      targetValue: zeroIfAbsent((target as MetricTarget).value),
      selector,
      averageValue: target.averageValue,
    })),
    pods: map(metric.pods, ({ metric: { name, selector }, target }) => ({
      metricName: name,
      targetAverageValue: zeroIfAbsent(target.averageValue),
      selector,
    })),
    resource: map(metric.resource, resourceToV1),
    containerResource: map(metric.containerResource, ({ container, ...rest }) => ({ ...resourceToV1(rest), container })),
    external: map(metric.external, ({ metric: { name, selector }, target }) => ({
      metricName: name,
      metricSelector: selector,
      targetValue: target.value,
      targetAverageValue: target.averageValue,
    })),
  });

const resourceToV1 = ({ name, target }: Json): Json => ({
  name,
  targetAverageUtilization: target.averageUtilization,
  targetAverageValue: target.averageValue,
});

export const metricFromV1 = (metric: Json): Json =>
  present({
    type: metric.type,
    object: map(metric.object, ({ target, metricName, targetValue, selector, averageValue }) => ({
      describedObject: target,
      metric: identifier(metricName, selector),
      // v1 must state a value; beside an average it says nothing
      target: targetOf({ averageValue, value: averageValue === undefined ? targetValue : undefined }),
    })),
    pods: map(metric.pods, ({ metricName, targetAverageValue, selector }) => ({
      metric: identifier(metricName, selector),
      target: targetOf({ averageValue: targetAverageValue }),
    })),
    resource: map(metric.resource, resourceFromV1),
    containerResource: map(metric.containerResource, ({ container, ...rest }) => ({ ...resourceFromV1(rest), container })),
    external: map(metric.external, ({ metricName, metricSelector, targetValue, targetAverageValue }) => ({
      metric: identifier(metricName, metricSelector),
      target: targetOf({ value: targetValue, averageValue: targetAverageValue }),
    })),
  });

const resourceFromV1 = ({ name, targetAverageUtilization, targetAverageValue }: Json): Json => ({
  name,
  target: targetOf({ averageUtilization: targetAverageUtilization, averageValue: targetAverageValue }),
});

export const statusToV1 = (metric: MetricStatus): Json =>
  present({
    type: metric.type,
    object: map(metric.object, ({ describedObject, metric: { name, selector }, current }) => ({
      target: describedObject,
      metricName: name,
      currentValue: zeroIfAbsent((current as MetricValueStatus).value),
      selector,
      averageValue: current.averageValue,
    })),
    pods: map(metric.pods, ({ metric: { name, selector }, current }) => ({
      metricName: name,
      currentAverageValue: zeroIfAbsent(current.averageValue),
      selector,
    })),
    resource: map(metric.resource, resourceStatusToV1),
    containerResource: map(metric.containerResource, ({ container, ...rest }) => ({ ...resourceStatusToV1(rest), container })),
    external: map(metric.external, ({ metric: { name, selector }, current }) => ({
      metricName: name,
      metricSelector: selector,
      currentValue: zeroIfAbsent(current.value),
      currentAverageValue: current.averageValue,
    })),
  });

const resourceStatusToV1 = ({ name, current }: Json): Json => ({
  name,
  currentAverageUtilization: current.averageUtilization,
  currentAverageValue: zeroIfAbsent(current.averageValue),
});

export const statusFromV1 = (metric: Json): Json =>
  present({
    type: metric.type,
    object: map(metric.object, ({ target, metricName, currentValue, selector, averageValue }) => ({
      describedObject: target,
      metric: identifier(metricName, selector),
      current: present({ value: currentValue, averageValue }),
    })),
    pods: map(metric.pods, ({ metricName, currentAverageValue, selector }) => ({
      metric: identifier(metricName, selector),
      current: present({ averageValue: currentAverageValue }),
    })),
    resource: map(metric.resource, resourceStatusFromV1),
    containerResource: map(metric.containerResource, ({ container, ...rest }) => ({ ...resourceStatusFromV1(rest), container })),
    external: map(metric.external, ({ metricName, metricSelector, currentValue, currentAverageValue }) => ({
      metric: identifier(metricName, metricSelector),
      current: present({ value: currentValue, averageValue: currentAverageValue }),
    })),
  });

const resourceStatusFromV1 = ({ name, currentAverageUtilization, currentAverageValue }: Json): Json => ({
  name,
  current: present({ averageUtilization: currentAverageUtilization, averageValue: currentAverageValue }),
});
