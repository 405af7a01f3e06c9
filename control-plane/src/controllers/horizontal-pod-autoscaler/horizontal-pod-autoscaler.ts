/**
 * HorizontalPodAutoscaler: each 15 seconds the metric that wants most pods decides, within min and max and at the pace of `behavior`.
 * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
 */
import { type HorizontalPodAutoscaler, horizontalPodAutoscalers } from '#schema/autoscaling/horizontal-pod-autoscaler.ts';
import type { Pod } from '#schema/core/pod.ts';
import { equalJson } from '#schema/dsl/own.ts';
import { setCondition } from '#schema/meta/conditions.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import { type KubeObject, type ResourceDefinition, storageKey } from '#schema/resource.ts';
import { parseLabelSelector } from '#schema/selectors/label.ts';
import { type Change, type Controller, nothing, type Outcome, type ReconcileContext } from '../../controller-runtime/controller.ts';
import type { ConditionalNote, MeasuringController } from '../../controller-runtime/engine.ts';
import { noMeasurements } from '../../controller-runtime/measurements.ts';

import type { Snapshot } from '../../controller-runtime/snapshot.ts';
import { selected } from '../ownership.ts';
import type { MetricFailure, MetricResult } from './metric.ts';
import { evaluate, isFailure } from './metrics.ts';
import { MEMORY_ANNOTATION, type Paced, pace, readMemory } from './pace.ts';
import { type QueryContext, queryOf } from './queries.ts';
import { toleranceOf } from './tolerance.ts';

const AUTOSCALERS = storageKey(horizontalPodAutoscalers);
const PERIOD_MS = 15_000;

interface Target {
  readonly definition: ResourceDefinition;
  readonly object: KubeObject;
  readonly replicas: number;
}

/** One look at one autoscaler, as it fills up. */
interface Pass {
  readonly autoscaler: HorizontalPodAutoscaler;
  readonly nowMs: number;
  conditions: any[];
  readonly events: ConditionalNote[];
}

const say = (pass: Pass, type: string, status: boolean, reason: string, message: string): void => {
  pass.conditions = setCondition(pass.conditions, { type, status: status ? 'True' : 'False', reason, message } as any, pass.nowMs);
};

const targetOf = ({ spec, metadata }: HorizontalPodAutoscaler, snapshot: Snapshot): Target | string => {
  const { kind, name, apiVersion = '' } = spec.scaleTargetRef;
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const definition = snapshot.definitions.byKind(group, kind);
  if (!definition?.scale) return `no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`;
  const object = snapshot.get(storageKey(definition), metadata.namespace ?? '', name);
  if (!object) return `${definition.resource}${group ? `.${group}` : ''} ${JSON.stringify(name)} not found`;
  return { definition, object, replicas: definition.scale.replicas(object) };
};

const podsOf = ({ definition, object }: Target, { snapshot }: ReconcileContext): readonly Pod[] =>
  selected<Pod>(snapshot, 'core/pods', object.metadata.namespace ?? '', parseLabelSelector(definition.scale!.selector(object)));

const queryContextOf = (
  { metadata }: HorizontalPodAutoscaler,
  { definition, object }: Target,
  { definitions }: Snapshot,
): QueryContext => ({
  namespace: metadata.namespace ?? '',
  podSelector: definition.scale!.selector(object),
  definitions,
});

/** The metric that wants most; one that fails keeps the others from scaling down. */
const wanted = (pass: Pass, target: Target, context: ReconcileContext): { best: MetricResult | undefined; statuses: unknown[] } => {
  const input = {
    pods: podsOf(target, context),
    current: target.replicas,
    tolerance: toleranceOf(pass.autoscaler),
    measurements: context.measurements ?? noMeasurements,
    query: queryContextOf(pass.autoscaler, target, context.snapshot),
    nowMs: context.nowMs,
  };
  const results = (pass.autoscaler.spec.metrics ?? []).map((metric) => evaluate(metric, input));
  const failures = results.filter(isFailure);
  const valid = results.filter((result): result is MetricResult => !isFailure(result));
  const best = valid.reduce<MetricResult | undefined>((a, b) => (a && a.replicas >= b.replicas ? a : b), undefined);
  const [failure] = failures as [MetricFailure?];
  const why = failure?.message.replace('the HPA was unable to compute the replica count: ', '') ?? '';
  const warn = (reason: string, message: string) => pass.events.push({ about: pass.autoscaler, type: 'Warning', reason, message });
  if (failure) warn(failure.reason, why);
  if (failure && (!best || best.replicas < target.replicas)) {
    const { resource, containerResource } = (pass.autoscaler.spec.metrics ?? [])[results.indexOf(failure)] ?? {};
    const of = resource ? `${resource.name} resource` : containerResource && `${containerResource.name} container`;
    const first = of ? `failed to get ${of} metric value: ${why}` : why;
    warn('FailedComputeMetricsReplicas', `invalid metrics (${failures.length} invalid out of ${results.length}), first error is: ${first}`);
    say(pass, 'ScalingActive', false, failure.reason, failure.message);
    return { best: undefined, statuses: valid.map(({ status }) => status) };
  }
  if (best)
    say(pass, 'ScalingActive', true, 'ValidMetricFound', `the HPA was able to successfully calculate a replica count from ${best.name}`);
  return { best, statuses: valid.map(({ status }) => status) };
};

const bounded = (pass: Pass, paced: Paced): number => {
  const { minReplicas = 1, maxReplicas } = pass.autoscaler.spec;
  const { replicas, limited } = paced;
  if (replicas > maxReplicas) {
    say(pass, 'ScalingLimited', true, 'TooManyReplicas', 'the desired replica count is more than the maximum replica count');
    return maxReplicas;
  }
  if (replicas < minReplicas) {
    say(pass, 'ScalingLimited', true, 'TooFewReplicas', 'the desired replica count is less than the minimum replica count');
    return minReplicas;
  }
  if (limited === 'up')
    say(pass, 'ScalingLimited', true, 'ScaleUpLimit', 'the desired replica count is increasing faster than the maximum scale rate');
  else if (limited === 'down')
    say(pass, 'ScalingLimited', true, 'ScaleDownLimit', 'the desired replica count is decreasing faster than the maximum scale rate');
  else say(pass, 'ScalingLimited', false, 'DesiredWithinRange', 'the desired count is within the acceptable range');
  return replicas;
};

interface Decision {
  readonly desired: number;
  readonly why: string;
  readonly memory?: Paced['memory'];
  readonly statuses: unknown[];
}

const decide = (pass: Pass, target: Target, context: ReconcileContext): Decision => {
  const { minReplicas = 1, maxReplicas } = pass.autoscaler.spec;
  const { replicas: current } = target;
  if (current === 0 && minReplicas !== 0) {
    say(pass, 'ScalingActive', false, 'ScalingDisabled', 'scaling is disabled since the replica count of the target is zero');
    return { desired: 0, why: '', statuses: [] };
  }
  if (current > maxReplicas) return { desired: maxReplicas, why: 'Current number of replicas above Spec.MaxReplicas', statuses: [] };
  if (current < minReplicas) return { desired: minReplicas, why: 'Current number of replicas below Spec.MinReplicas', statuses: [] };
  const { best, statuses } = wanted(pass, target, context);
  if (!best) return { desired: current, why: '', statuses };
  const paced = pace(pass.autoscaler, current, best.replicas, pass.nowMs);
  if (paced.stabilized) {
    const direction = paced.stabilized === 'down' ? 'ScaleDownStabilized' : 'ScaleUpStabilized';
    const which = paced.stabilized === 'down' ? 'higher than' : 'lower than';
    say(
      pass,
      'AbleToScale',
      true,
      direction,
      `recent recommendations were ${which} current one, applying the ${paced.stabilized === 'down' ? 'highest' : 'lowest'} recent recommendation`,
    );
  } else say(pass, 'AbleToScale', true, 'ReadyForNewScale', 'recommended size matches current size');
  const desired = bounded(pass, paced);
  return { desired, why: desired > current ? `${best.name} above target` : 'All metrics below target', memory: paced.memory, statuses };
};

const scaled = ({ definition, object }: Target, replicas: number): Change => {
  const copy = { ...object, spec: { ...object.spec } };
  definition.scale!.setReplicas(copy, replicas);
  return { op: 'update', definition, object: copy };
};

const statusOf = (pass: Pass, current: number, desired: number, statuses: unknown[]) => {
  const { status, metadata } = pass.autoscaler;
  const lastScaled = readMemory(pass.autoscaler).scaled.at(-1);
  const lastScaleTime = lastScaled ? toRfc3339(lastScaled[0]) : status?.lastScaleTime;
  return {
    ...(metadata.generation ? { observedGeneration: metadata.generation } : {}),
    ...(lastScaleTime ? { lastScaleTime } : {}),
    currentReplicas: current,
    desiredReplicas: desired,
    ...(statuses.length > 0 ? { currentMetrics: statuses } : {}),
    conditions: pass.conditions,
  };
};

const reconcile: Controller['reconcile'] = ({ namespace, name }, context): Outcome => {
  const autoscaler = context.snapshot.get<HorizontalPodAutoscaler>(AUTOSCALERS, namespace, name);
  if (!autoscaler || autoscaler.metadata.deletionTimestamp) return nothing;
  const { nowMs } = context;
  const pass: Pass = { autoscaler, nowMs, conditions: (autoscaler.status?.conditions ?? []) as any[], events: [] };
  const requeueAtMs = nowMs + PERIOD_MS;
  const changes: Change[] = [];
  const write = (status: unknown): void => {
    if (equalJson(status, autoscaler.status ?? {})) return;
    const object = { ...autoscaler, status } as HorizontalPodAutoscaler;
    changes.push({ op: 'update', subresource: 'status', definition: horizontalPodAutoscalers, object });
  };
  const target = targetOf(autoscaler, context.snapshot);
  if (typeof target === 'string') {
    say(pass, 'AbleToScale', false, 'FailedGetScale', `the HPA controller was unable to get the target's current scale: ${target}`);
    write({ ...autoscaler.status, conditions: pass.conditions });
    return { changes, events: [{ about: autoscaler, type: 'Warning', reason: 'FailedGetScale', message: target }], requeueAtMs };
  }
  if (!autoscaler.status?.conditions?.length) {
    say(pass, 'AbleToScale', true, 'SucceededGetScale', "the HPA controller was able to get the target's current scale");
  }
  const { desired, why, memory, statuses } = decide(pass, target, context);
  const moves = desired !== target.replicas;
  if (moves) {
    const change = scaled(target, desired);
    changes.push(change);
    pass.events.push({
      about: autoscaler,
      type: 'Normal',
      reason: 'SuccessfulRescale',
      message: `New size: ${desired}; reason: ${why}`,
      after: change,
    });
    say(pass, 'AbleToScale', true, 'SucceededRescale', `the HPA controller was able to update the target scale to ${desired}`);
  }
  // the object is written once a round: what is remembered first, then the status
  if (memory && !equalJson(memory, readMemory(autoscaler))) {
    const annotations = { ...autoscaler.metadata.annotations, [MEMORY_ANNOTATION]: JSON.stringify(memory) };
    changes.push({
      op: 'update',
      definition: horizontalPodAutoscalers,
      object: { ...autoscaler, metadata: { ...autoscaler.metadata, annotations } },
    });
  } else write(statusOf(pass, target.replicas, desired, statuses));
  return { changes, events: pass.events, requeueAtMs };
};

export const horizontalPodAutoscaler: MeasuringController = {
  name: 'horizontal-pod-autoscaler',
  primary: AUTOSCALERS,
  watches: [],
  measures: true,
  queries: (object, snapshot) => {
    const autoscaler = object as HorizontalPodAutoscaler;
    const served = (autoscaler.spec.metrics ?? []).filter(({ type }) => type === 'Pods' || type === 'Object' || type === 'External');
    const target = served.length > 0 ? targetOf(autoscaler, snapshot) : '';
    if (typeof target === 'string') return [];
    return served.flatMap((metric) => queryOf(metric, queryContextOf(autoscaler, target, snapshot)) ?? []);
  },
  reconcile,
};
