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

export const NamespaceSpec = struct('io.k8s.api.core.v1.NamespaceSpec', '@core.NamespaceSpec', {
  finalizers: list(1, 'string', '@core.NamespaceSpec.finalizers'),
});
export type NamespaceSpec = Infer<typeof NamespaceSpec>;

export const NamespaceCondition = struct('io.k8s.api.core.v1.NamespaceCondition', '@core.NamespaceCondition', {
  type: str(1, '@core.NamespaceCondition.type', { required: true }),
  status: str(2, '@core.NamespaceCondition.status', { required: true }),
  lastTransitionTime: time(4, '@core.NamespaceCondition.lastTransitionTime'),
  reason: str(5, '@core.NamespaceCondition.reason'),
  message: str(6, '@core.NamespaceCondition.message'),
});
export type NamespaceCondition = Infer<typeof NamespaceCondition>;

export const NamespaceStatus = struct('io.k8s.api.core.v1.NamespaceStatus', '@core.NamespaceStatus', {
  phase: str(1, '@core.NamespaceStatus.phase'),
  conditions: listMap(2, NamespaceCondition, ['type'], '@core.NamespaceStatus.conditions'),
});
export type NamespaceStatus = Infer<typeof NamespaceStatus>;

export const Namespace = struct('io.k8s.api.core.v1.Namespace', '@core.Namespace', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, '@core.Namespace.metadata'),
  spec: message(2, NamespaceSpec, '@core.Namespace.spec'),
  status: message(3, NamespaceStatus, '@core.Namespace.status'),
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
