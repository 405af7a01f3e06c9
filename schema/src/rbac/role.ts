/**
 * Role: permissions in one namespace.
 */
import { list, message, struct } from '../dsl/field.ts';
import { createdAtColumn, nameColumn } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { isPathSegmentName } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import { PolicyRule, validatePolicyRules } from './policy-rule.ts';

export const Role = struct('io.k8s.api.rbac.v1.Role', 'Permissions in one namespace, for bindings to give.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  rules: list(2, PolicyRule, 'What it permits.'),
});
export type Role = ObjectOf<typeof Role>;

export const roles = defineResource<Role>({
  group: 'rbac.authorization.k8s.io',
  resource: 'roles',
  kind: 'Role',
  namespaced: true,
  createsOnUpdate: true,
  versions: soleVersion('v1', Role),
  generation: false,
  validate: ({ metadata, rules }, old) => [
    ...validateObjectMeta(metadata, { namespaced: true, nameRule: isPathSegmentName }, old?.metadata),
    ...validatePolicyRules(rules, { namespaced: true }),
  ],
  columns: [nameColumn, createdAtColumn],
});
