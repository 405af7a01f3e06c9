/** What an autoscaler asks of metrics APIs: one question for each pods, object and external metric. */
import type { HorizontalPodAutoscaler } from '#schema/autoscaling/horizontal-pod-autoscaler.ts';
import { formatLabelSelector } from '#schema/selectors/label.ts';
import type { MetricQuery } from '../../controller-runtime/measurements.ts';
import type { Snapshot } from '../../controller-runtime/snapshot.ts';

export const CUSTOM = 'custom.metrics.k8s.io';
export const EXTERNAL = 'external.metrics.k8s.io';

type MetricSpec = NonNullable<HorizontalPodAutoscaler['spec']['metrics']>[number];

const search = (selectors: Readonly<Record<string, string>>): string => {
  const parts = Object.entries(selectors).filter(([, text]) => text !== '');
  return parts.length === 0 ? '' : `?${parts.map(([key, text]) => `${key}=${encodeURIComponent(text)}`).join('&')}`;
};

const path = (...segments: readonly string[]): string => segments.map((segment) => `/${encodeURIComponent(segment)}`).join('');

export interface QueryContext {
  readonly namespace: string;
  /** Of the target's pods. */
  readonly podSelector: string;
  readonly definitions: Snapshot['definitions'];
}

/** undefined for metrics that nodes measure, and for objects of a kind nobody knows. */
export const queryOf = (metric: MetricSpec, { namespace, podSelector, definitions }: QueryContext): MetricQuery | undefined => {
  if (metric.type === 'Pods' && metric.pods) {
    const { name, selector } = metric.pods.metric;
    const asked = { labelSelector: podSelector, metricLabelSelector: formatLabelSelector(selector) };
    return { group: CUSTOM, path: `${path('namespaces', namespace, 'pods')}/*${path(name)}${search(asked)}` };
  }
  if (metric.type === 'Object' && metric.object) {
    const { describedObject } = metric.object;
    const { name, selector } = metric.object.metric;
    const definition = definitions.of(describedObject);
    if (!definition) return undefined;
    const resource = definition.group ? `${definition.resource}.${definition.group}` : definition.resource;
    const isNamespace = resource === 'namespaces';
    const within = definition.namespaced ? ['namespaces', namespace, resource] : [resource];
    const object = isNamespace ? path('namespaces', describedObject.name, 'metrics', name) : path(...within, describedObject.name, name);
    return { group: CUSTOM, path: `${object}${search({ metricLabelSelector: formatLabelSelector(selector) })}` };
  }
  if (metric.type === 'External' && metric.external) {
    const { name, selector } = metric.external.metric;
    return { group: EXTERNAL, path: `${path('namespaces', namespace, name)}${search({ labelSelector: formatLabelSelector(selector) })}` };
  }
  return undefined;
};
