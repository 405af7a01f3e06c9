/**
 * Metrics of pods, of one object and from outside of the cluster, as the metrics APIs answered them. Numbers are thousandths, as quantities count.
 * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#support-for-metrics-apis
 */
import type { HorizontalPodAutoscaler } from '#schema/autoscaling/horizontal-pod-autoscaler.ts';
import type { Pod } from '#schema/core/pod.ts';
import type { LabelSelector } from '#schema/meta/label-selector.ts';
import { formatMilli, toMilli } from '#schema/quantity/quantity.ts';
import type { MetricAnswer } from '../../controller-runtime/measurements.ts';
import { isReady } from '../pod-state.ts';
import type { MetricFailure, MetricInput, MetricResult } from './metric.ts';
import { queryOf } from './queries.ts';
import { proposeReplicas } from './replicas.ts';
import { isWithin } from './tolerance.ts';

type MetricSpec = NonNullable<HorizontalPodAutoscaler['spec']['metrics']>[number];

interface Item {
  readonly object: string;
  readonly milli: number;
}

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

/** What stands in a list of values; entries without a readable value are left out. */
const itemsOf = (body: unknown): Item[] => {
  const { items } = asRecord(body);
  return (Array.isArray(items) ? items : []).flatMap((item: unknown): Item[] => {
    const { value, describedObject } = asRecord(item);
    const { name } = asRecord(describedObject);
    try {
      return [{ object: typeof name === 'string' ? name : '', milli: toMilli(String(value)) }];
    } catch {
      return [];
    }
  });
};

const read = (metric: MetricSpec, input: MetricInput, api: string): Item[] | string => {
  const query = queryOf(metric, input.query);
  const answer: MetricAnswer | undefined = query && input.measurements.answer(query);
  if (!query) return 'unable to fetch metrics: the kind of the object is not known';
  if (!answer) return `unable to fetch metrics from ${api} API: it has not been asked yet`;
  return 'problem' in answer ? `unable to fetch metrics from ${api} API: ${answer.problem}` : itemsOf(answer.body);
};

const failure = (type: string, message: string): MetricFailure => ({
  reason: `FailedGet${type}Metric`,
  message: `the HPA was unable to compute the replica count: ${message}`,
});

const isRunningReady = (pod: Pod): boolean => pod.status?.phase === 'Running' && isReady(pod);

/** What one value for all pods asks for: the share it is of what it should be. */
const byValue = (milli: number, target: number, { pods, current, tolerance }: MetricInput): number => {
  const ratio = milli / target;
  if (current === 0) return Math.ceil(ratio - 1e-9);
  return isWithin(ratio, tolerance) ? current : Math.ceil(ratio * pods.filter(isRunningReady).length - 1e-9);
};

const byAverage = (milli: number, target: number, { current, tolerance }: MetricInput): number =>
  current > 0 && isWithin(milli / (target * current), tolerance) ? current : Math.ceil(milli / target - 1e-9);

const averaged = (milli: number, { current }: MetricInput): string => formatMilli(Math.ceil(milli / Math.max(1, current)));

interface Target {
  readonly value?: unknown;
  readonly averageValue?: unknown;
}

/** One number for all pods, and what the status shows of it; undefined when the target says neither. */
const ofTotal = (
  milli: number,
  target: Target,
  input: MetricInput,
): { readonly replicas: number; readonly current: object } | undefined => {
  if (target.value !== undefined) {
    return { replicas: byValue(milli, toMilli(String(target.value)), input), current: { value: formatMilli(milli) } };
  }
  if (target.averageValue === undefined) return undefined;
  return { replicas: byAverage(milli, toMilli(String(target.averageValue)), input), current: { averageValue: averaged(milli, input) } };
};

const ofPods = (metric: MetricSpec, input: MetricInput): MetricResult | MetricFailure => {
  const { metric: identifier, target } = metric.pods!;
  const failed = (why: string) => failure('Pods', `failed to get pods metric value: ${why}`);
  const items = read(metric, input, 'custom metrics');
  if (typeof items === 'string') return failed(`unable to get metric ${identifier.name}: ${items}`);
  const byPod = new Map(items.map(({ object, milli }) => [object, milli]));
  const wanted = toMilli(String(target.averageValue ?? '0'));
  const proposal = proposeReplicas(
    input,
    (pod) => {
      const milli = byPod.get(pod.metadata.name ?? '');
      return milli === undefined ? undefined : { milli };
    },
    () => wanted,
  );
  if (!proposal) return failed('did not receive metrics for targeted pods (pods might be unready)');
  const current = { averageValue: formatMilli(Math.ceil(proposal.usage / proposal.measured)) };
  return {
    replicas: proposal.replicas,
    name: `pods metric ${identifier.name}`,
    status: { type: 'Pods', pods: { metric: identifier, current } },
  };
};

const ofObject = (metric: MetricSpec, input: MetricInput): MetricResult | MetricFailure => {
  const { metric: identifier, target, describedObject } = metric.object!;
  const failed = (why: string) => failure('Object', `failed to get object metric value: ${why}`);
  const items = read(metric, input, 'custom metrics');
  const { kind, name } = describedObject;
  const which = `unable to get metric ${identifier.name}: ${kind} on ${input.query.namespace} ${name}`;
  if (typeof items === 'string') return failed(`${which}/${items}`);
  const [item] = items;
  if (!item) return failed(`${which}/no value was returned`);
  const found = ofTotal(item.milli, target, input);
  if (!found) return failed('invalid object metric source: neither a value target nor an average value target was set');
  const status = { type: 'Object', object: { metric: identifier, describedObject, current: found.current } };
  return { replicas: found.replicas, name: `${kind} metric ${identifier.name}`, status };
};

/** A selector as Kubernetes prints it in this condition. */
const selectorText = (selector: LabelSelector | undefined): string => {
  if (!selector) return 'nil';
  const labels = Object.entries(selector.matchLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const pairs = labels.map(([key, label]) => `${key}: ${label},`).join('');
  const requirements = (selector.matchExpressions ?? []).map(
    ({ key, operator, values = [] }) => `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  const map = labels.length > 0 ? `map[string]string{${pairs}}` : 'map[string]string{}';
  return `&LabelSelector{MatchLabels:${map},MatchExpressions:[]LabelSelectorRequirement{${requirements.join('')}},}`;
};

const ofExternal = (metric: MetricSpec, input: MetricInput): MetricResult | MetricFailure => {
  const { metric: identifier, target } = metric.external!;
  const failed = (why: string) => failure('External', `failed to get ${identifier.name} external metric value: ${why}`);
  const items = read(metric, input, 'external metrics');
  const which = `unable to get external metric ${input.query.namespace}/${identifier.name}`;
  if (typeof items === 'string') return failed(`${which}: ${items}`);
  if (items.length === 0) return failed(`${which}: no metrics returned from external metrics API`);
  const found = ofTotal(
    items.reduce((sum, { milli }) => sum + milli, 0),
    target,
    input,
  );
  if (!found) return failed('invalid external metric source: neither a value target nor an average value target was set');
  const status = { type: 'External', external: { metric: identifier, current: found.current } };
  return { replicas: found.replicas, name: `external metric ${identifier.name}(${selectorText(identifier.selector)})`, status };
};

export const servedMetrics: Readonly<Record<string, (metric: MetricSpec, input: MetricInput) => MetricResult | MetricFailure>> = {
  Pods: ofPods,
  Object: ofObject,
  External: ofExternal,
};
