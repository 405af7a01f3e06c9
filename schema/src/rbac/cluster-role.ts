/**
 * ClusterRole: permissions in all namespaces, on cluster-scoped resources and on paths. One with an aggregation rule gets its rules from
 * the cluster roles whose labels match.
 */
import { type Infer, list, message, struct } from '../dsl/field.ts';
import { createdAtColumn, nameColumn } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource, type FieldError } from '../resource.ts';
import { required } from '../validation/errors.ts';
import { validateLabelSelector } from '../validation/label-selector.ts';
import { isPathSegmentName } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import { PolicyRule, validatePolicyRules } from './policy-rule.ts';

export const AggregationRule = struct('io.k8s.api.rbac.v1.AggregationRule', 'Where the rules of an aggregated cluster role come from.', {
  clusterRoleSelectors: list(1, LabelSelector, 'Cluster roles that match any of these add their rules.'),
});
export type AggregationRule = Infer<typeof AggregationRule>;

export const ClusterRole = struct('io.k8s.api.rbac.v1.ClusterRole', 'Permissions in the whole cluster, for bindings to give.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  rules: list(2, PolicyRule, 'What it permits.'),
  aggregationRule: message(3, AggregationRule, 'Makes the cluster fill the rules from other cluster roles.'),
});
export type ClusterRole = ObjectOf<typeof ClusterRole>;

const validateAggregation = (rule: AggregationRule | undefined): FieldError[] => {
  if (!rule) return [];
  const path = 'aggregationRule.clusterRoleSelectors';
  const { clusterRoleSelectors: selectors = [] } = rule;
  if (selectors.length === 0) return [required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil')];
  return selectors.flatMap((selector, i) => validateLabelSelector(selector, `${path}[${i}]`));
};

export const clusterRoles = defineResource<ClusterRole>({
  group: 'rbac.authorization.k8s.io',
  resource: 'clusterroles',
  kind: 'ClusterRole',
  namespaced: false,
  createsOnUpdate: true,
  versions: soleVersion('v1', ClusterRole),
  generation: false,
  validate: ({ metadata, rules, aggregationRule }, old) => [
    ...validateObjectMeta(metadata, { namespaced: false, nameRule: isPathSegmentName }, old?.metadata),
    ...validatePolicyRules(rules, { namespaced: false }),
    ...validateAggregation(aggregationRule),
  ],
  columns: [nameColumn, createdAtColumn],
});
