/**
 * ClusterRoleBinding: gives a cluster role in the whole cluster.
 */
import { struct } from '../dsl/field.ts';
import { soleVersion } from '../meta/definition.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { defineResource } from '../resource.ts';
import { bindingColumns, bindingFields, defaultBinding, validateBinding } from './role-ref.ts';

export const ClusterRoleBinding = struct('io.k8s.api.rbac.v1.ClusterRoleBinding', 'Gives a cluster role to subjects.', bindingFields);
export type ClusterRoleBinding = ObjectOf<typeof ClusterRoleBinding, 'roleRef'>;

export const clusterRoleBindings = defineResource<ClusterRoleBinding>({
  group: 'rbac.authorization.k8s.io',
  resource: 'clusterrolebindings',
  kind: 'ClusterRoleBinding',
  namespaced: false,
  createsOnUpdate: true,
  versions: soleVersion('v1', ClusterRoleBinding),
  generation: false,
  defaults: defaultBinding,
  validate: (binding, old) => validateBinding(binding, old, { namespaced: false, roleKinds: ['ClusterRole'] }),
  columns: bindingColumns,
});
