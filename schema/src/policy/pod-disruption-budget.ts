/**
 * PodDisruptionBudget: how many pods of an application may be missing at once because somebody evicts them.
 * @see https://kubernetes.io/docs/tasks/run-application/configure-pdb/
 */
import { type Infer, int32, int64, intOrString, listMap, map, message, str, struct } from '../dsl/field.ts';
import { nonNegativeOrPercent } from '../meta/checks.ts';
import { ageColumn, integer, nameColumn, text } from '../meta/columns.ts';
import { Condition } from '../meta/condition.ts';
import { keepStatus, soleVersion } from '../meta/definition.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource, type FieldError } from '../resource.ts';
import { invalid } from '../validation/errors.ts';
import { validateLabelSelector } from '../validation/label-selector.ts';
import { isPathSegmentName } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';

export const PodDisruptionBudgetSpec = struct('io.k8s.api.policy.v1.PodDisruptionBudgetSpec', 'How many pods must stay.', {
  minAvailable: intOrString(1, 'Pods, by count or percentage, that must stay available.', { pointer: true }),
  selector: message(2, LabelSelector, 'Pods it is about; empty for all of the namespace, absent for none.', { strategy: 'replace' }),
  maxUnavailable: intOrString(3, 'Pods, by count or percentage, that may be missing; not together with minAvailable.', { pointer: true }),
  unhealthyPodEvictionPolicy: str(4, 'Whether pods that run without being ready may go: IfHealthyBudget or AlwaysAllow.', {
    pointer: true,
    enum: ['AlwaysAllow', 'IfHealthyBudget'],
  }),
});
export type PodDisruptionBudgetSpec = Infer<typeof PodDisruptionBudgetSpec>;

const count = { required: true, default: 0 } as const;
export const PodDisruptionBudgetStatus = struct('io.k8s.api.policy.v1.PodDisruptionBudgetStatus', 'What was observed of the pods.', {
  observedGeneration: int64(1, 'Generation of the object that was seen.'),
  disruptedPods: map(2, 'time', 'Pods whose eviction was granted and not seen yet, and when.'),
  disruptionsAllowed: int32(3, 'Pods that may be evicted now.', count),
  currentHealthy: int32(4, 'Pods that are healthy.', count),
  desiredHealthy: int32(5, 'Pods that must be healthy.', count),
  expectedPods: int32(6, 'Pods that are counted.', count),
  conditions: listMap(7, Condition, ['type'], 'Latest observations, one for each type.'),
});
export type PodDisruptionBudgetStatus = Infer<typeof PodDisruptionBudgetStatus>;

export const PodDisruptionBudget = struct(
  'io.k8s.api.policy.v1.PodDisruptionBudget',
  'How many pods of an application may be missing because somebody evicts them.',
  {
    ...typeMeta,
    metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
    spec: message(2, PodDisruptionBudgetSpec, 'The desired state.', { default: {} }),
    status: message(3, PodDisruptionBudgetStatus, 'The observed state; written by the cluster.'),
  },
);
export type PodDisruptionBudget = ObjectOf<typeof PodDisruptionBudget, 'spec'>;

const validate = ({ metadata, spec }: PodDisruptionBudget, old?: PodDisruptionBudget): FieldError[] => {
  const errors = validateObjectMeta(metadata, { namespaced: true, nameRule: isPathSegmentName }, old?.metadata);
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined) {
    errors.push(invalid('spec', spec, 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const field of ['minAvailable', 'maxUnavailable'] as const) {
    const value = spec[field];
    errors.push(...nonNegativeOrPercent(`spec.${field}`, value));
    if (typeof value === 'string' && Number.parseInt(value, 10) > 100) {
      errors.push(invalid(`spec.${field}`, value, 'must not be greater than 100%'));
    }
  }
  return [...errors, ...validateLabelSelector(spec.selector, 'spec.selector')];
};

const limit = (name: string, description: string, field: 'minAvailable' | 'maxUnavailable') =>
  text(name, description, (budget: PodDisruptionBudget) => String(budget.spec[field] ?? 'N/A'));

export const podDisruptionBudgets = defineResource<PodDisruptionBudget>({
  group: 'policy',
  resource: 'poddisruptionbudgets',
  kind: 'PodDisruptionBudget',
  namespaced: true,
  updatesNeedVersion: true,
  shortNames: ['pdb'],
  versions: soleVersion('v1', PodDisruptionBudget),
  hasStatus: true,
  validate,
  prepareCreate: (budget) => {
    budget.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  },
  prepareUpdate: keepStatus,
  columns: [
    nameColumn,
    limit('Min Available', 'Pods that must stay available.', 'minAvailable'),
    limit('Max Unavailable', 'Pods that may be missing.', 'maxUnavailable'),
    integer(
      'Allowed Disruptions',
      'Pods that may be evicted now.',
      (budget: PodDisruptionBudget) => budget.status?.disruptionsAllowed ?? 0,
    ),
    ageColumn,
  ],
});
