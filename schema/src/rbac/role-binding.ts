/**
 * RoleBinding: gives a role, or the namespaced part of a cluster role, in one namespace.
 */
import { struct } from '../dsl/field.ts';
import { soleVersion } from '../meta/definition.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { defineResource } from '../resource.ts';
import { bindingColumns, bindingFields, defaultBinding, validateBinding } from './role-ref.ts';

export const RoleBinding = struct('io.k8s.api.rbac.v1.RoleBinding', 'Gives a role to subjects in one namespace.', bindingFields);
export type RoleBinding = ObjectOf<typeof RoleBinding, 'roleRef'>;

export const roleBindings = defineResource<RoleBinding>({
  group: 'rbac.authorization.k8s.io',
  resource: 'rolebindings',
  kind: 'RoleBinding',
  namespaced: true,
  createsOnUpdate: true,
  versions: soleVersion('v1', RoleBinding),
  generation: false,
  defaults: defaultBinding,
  validate: (binding, old) => validateBinding(binding, old, { namespaced: true, roleKinds: ['Role', 'ClusterRole'] }),
  columns: bindingColumns,
});
