/**
 * ResourceQuota: how much the objects of a namespace may take together.
 * @see https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
import { type Infer, list, map, message, str, struct } from '../dsl/field.ts';
import { getOwn } from '../dsl/own.ts';
import { ageColumn, nameColumn, text } from '../meta/columns.ts';
import { keepStatus, soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { validateResourceQuota } from './resource-quota-validation.ts';

export const ScopedResourceSelectorRequirement = struct(
  'io.k8s.api.core.v1.ScopedResourceSelectorRequirement',
  'One condition on what is counted.',
  {
    scopeName: str(1, 'Scope it is about, such as PriorityClass.', { required: true, default: '' }),
    operator: str(2, 'In, NotIn, Exists or DoesNotExist.', { required: true, default: '' }),
    values: list(3, 'string', 'Values, for In and NotIn.'),
  },
);
export type ScopedResourceSelectorRequirement = Infer<typeof ScopedResourceSelectorRequirement>;

export const ScopeSelector = struct(
  'io.k8s.api.core.v1.ScopeSelector',
  'Conditions that must all hold.',
  { matchExpressions: list(1, ScopedResourceSelectorRequirement, 'The conditions.') },
  { atomic: true },
);
export type ScopeSelector = Infer<typeof ScopeSelector>;

export const ResourceQuotaSpec = struct('io.k8s.api.core.v1.ResourceQuotaSpec', 'The limits.', {
  hard: map(1, 'quantity', 'Most there may be of each resource.'),
  scopes: list(2, 'string', 'Only objects in all of these scopes are counted.'),
  scopeSelector: message(3, ScopeSelector, 'Only objects that fit are counted.'),
});
export type ResourceQuotaSpec = Infer<typeof ResourceQuotaSpec>;

export const ResourceQuotaStatus = struct('io.k8s.api.core.v1.ResourceQuotaStatus', 'The limits that hold, and what is used.', {
  hard: map(1, 'quantity', 'Most there may be of each resource.'),
  used: map(2, 'quantity', 'What there is.'),
});
export type ResourceQuotaStatus = Infer<typeof ResourceQuotaStatus>;

export const ResourceQuota = struct('io.k8s.api.core.v1.ResourceQuota', 'How much the objects of a namespace may take together.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, ResourceQuotaSpec, 'The desired state.', { default: {} }),
  status: message(3, ResourceQuotaStatus, 'The observed state; written by the cluster.'),
});
export type ResourceQuota = ObjectOf<typeof ResourceQuota, 'spec'>;

/** `pods: 1/10, requests.cpu: 100m/1` of those that are limits, or are none. */
const usage =
  (limits: boolean) =>
  (quota: ResourceQuota): string =>
    Object.entries(quota.status?.hard ?? {})
      .filter(([name]) => name.startsWith('limits') === limits)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, hard]) => `${name}: ${getOwn(quota.status?.used, name) ?? '0'}/${hard}`)
      .join(', ');

export const resourceQuotas = defineResource<ResourceQuota>({
  group: '',
  resource: 'resourcequotas',
  kind: 'ResourceQuota',
  namespaced: true,
  returnsDeleted: true,
  shortNames: ['quota'],
  versions: soleVersion('v1', ResourceQuota),
  hasStatus: true,
  generation: false,
  validate: validateResourceQuota,
  prepareCreate: (quota) => {
    quota.status = {};
  },
  prepareUpdate: keepStatus,
  columns: [
    nameColumn,
    text('Request', 'What is used of what there may be, apart from limits.', usage(false)),
    text('Limit', 'Limits that are used of those there may be.', usage(true)),
    ageColumn,
  ],
});
