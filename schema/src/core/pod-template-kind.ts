/**
 * PodTemplate: a stored pod template. Nothing in Kubernetes acts on it.
 */
import { message, struct } from '../dsl/field.ts';
import { formatLabels, nameColumn, text } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import { defaultPodSpec } from './pod-defaults.ts';
import { PodTemplateSpec } from './pod-template.ts';
import { validatePodTemplateSpec } from './pod-validation.ts';

export const PodTemplate = struct('io.k8s.api.core.v1.PodTemplate', 'A stored pod template.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  template: message(2, PodTemplateSpec, 'The pod to make.', { default: {} }),
});
export type PodTemplate = ObjectOf<typeof PodTemplate, 'template'>;

const containersOf = ({ template }: PodTemplate) => template.spec?.containers ?? [];

export const podTemplates = defineResource<PodTemplate>({
  group: '',
  resource: 'podtemplates',
  kind: 'PodTemplate',
  namespaced: true,
  returnsDeleted: true,
  versions: soleVersion('v1', PodTemplate),
  generation: ({ template }) => template,
  defaults: ({ template }) => {
    if (template.spec) defaultPodSpec(template.spec);
  },
  validate: ({ metadata, template }, old) => [
    ...validateObjectMeta(metadata, { namespaced: true }, old?.metadata),
    ...validatePodTemplateSpec(template, 'template'),
  ],
  columns: [
    nameColumn,
    text('Containers', 'Names of its containers.', (o: PodTemplate) =>
      containersOf(o)
        .map(({ name }) => name)
        .join(','),
    ),
    text('Images', 'Images of its containers.', (o: PodTemplate) =>
      containersOf(o)
        .map(({ image }) => image ?? '')
        .join(','),
    ),
    text('Pod Labels', 'Labels of the pods.', (o: PodTemplate) => formatLabels(o.template.metadata?.labels)),
  ],
});
