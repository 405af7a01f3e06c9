/**
 * Namespace: a scope for names.
 */

import { type Infer, list, listMap, message, str, struct, time } from '../dsl/field.ts';
import { ageColumn, nameColumn, text } from '../meta/columns.ts';
import { keepStatus, soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { labelName } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';

export const NamespaceSpec = struct('io.k8s.api.core.v1.NamespaceSpec', 'Settings of a namespace.', {
  finalizers: list(1, 'string', 'Must be empty before the namespace goes.'),
});
export type NamespaceSpec = Infer<typeof NamespaceSpec>;

export const NamespaceCondition = struct('io.k8s.api.core.v1.NamespaceCondition', 'One observed aspect of a namespace.', {
  type: str(1, 'What was observed, such as NamespaceContentRemaining.', { required: true }),
  status: str(2, 'True, False or Unknown.', { required: true }),
  lastTransitionTime: time(4, 'When the status last changed.'),
  reason: str(5, 'One word for programs, in CamelCase.'),
  message: str(6, 'Text for people.'),
});
export type NamespaceCondition = Infer<typeof NamespaceCondition>;

export const NamespaceStatus = struct('io.k8s.api.core.v1.NamespaceStatus', 'What was observed of a namespace.', {
  phase: str(1, 'Active or Terminating.'),
  conditions: listMap(2, NamespaceCondition, ['type'], 'Latest observations, one for each type.'),
});
export type NamespaceStatus = Infer<typeof NamespaceStatus>;

export const Namespace = struct('io.k8s.api.core.v1.Namespace', 'A scope for names.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, NamespaceSpec, 'The desired state.'),
  status: message(3, NamespaceStatus, 'The observed state; written by the cluster.'),
});
export type Namespace = ObjectOf<typeof Namespace>;

const NAME_LABEL = 'kubernetes.io/metadata.name';

export const namespaces = defineResource<Namespace>({
  group: '',
  resource: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
  shortNames: ['ns'],
  versions: soleVersion('v1', Namespace),
  // all namespaces at once is nothing to delete
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  hasStatus: true,
  generation: false,
  subresources: [{ name: 'finalize', kind: 'Namespace', verbs: ['update'], schema: Namespace }],
  defaults: labelWithName,
  validate: (namespace, old) => validateObjectMeta(namespace.metadata, { namespaced: false, nameRule: labelName }, old?.metadata),
  prepareCreate: (namespace) => {
    labelWithName(namespace);
    const finalizers = namespace.spec?.finalizers ?? [];
    namespace.spec = { finalizers: finalizers.includes('kubernetes') ? finalizers : [...finalizers, 'kubernetes'] };
    namespace.status = { phase: 'Active' };
  },
  // finalizers change only through /finalize
  prepareUpdate: (namespace, old) => {
    if (old.spec) namespace.spec = old.spec;
    else delete namespace.spec;
    keepStatus(namespace, old);
  },
  selectableFields: { 'status.phase': (namespace) => namespace.status?.phase ?? '' },
  columns: [nameColumn, text('Status', 'Active or Terminating.', (namespace: Namespace) => namespace.status?.phase ?? ''), ageColumn],
});

function labelWithName(namespace: Namespace): void {
  const { metadata } = namespace;
  if (metadata.name) metadata.labels = { ...metadata.labels, [NAME_LABEL]: metadata.name };
}
