/** What a replication controller must be. */
import { nonNegative } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { labelSelectorOf, matches } from '../selectors/label.ts';
import { invalid, required } from '../validation/errors.ts';
import { validateLabels, validateObjectMeta } from '../validation/object-meta.ts';
import { validatePodTemplate } from './pod-validation.ts';
import type { ReplicationController } from './replication-controller.ts';

export const validateReplicationController = ({ metadata, spec }: ReplicationController, old?: ReplicationController): FieldError[] => {
  const { template, selector = {} } = spec;
  const errors = [
    ...validateObjectMeta(metadata, { namespaced: true }, old?.metadata),
    ...nonNegative('spec.replicas', spec.replicas),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...validateLabels(selector, 'spec.selector'),
  ];
  if (Object.keys(selector).length === 0) errors.push(required('spec.selector'));
  if (!template) return [...errors, required('spec.template')];
  const labels = template.metadata?.labels ?? {};
  if (!matches(labelSelectorOf({ matchLabels: selector }), labels)) {
    errors.push(invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  }
  return [...errors, ...validatePodTemplate(template, 'spec.template', 'ReplicationController')];
};
