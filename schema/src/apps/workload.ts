/** What workloads with `replicas`, a label selector and a pod template have in common. */
import type { PodTemplateSpec } from '../core/pod-template.ts';
import { validatePodTemplate } from '../core/pod-validation.ts';
import { equalJson } from '../dsl/own.ts';
import { nonNegative } from '../meta/checks.ts';
import type { LabelSelector } from '../meta/label-selector.ts';
import type { ObjectMeta } from '../meta/object-meta.ts';
import type { FieldError, ScaleSpec } from '../resource.ts';
import { formatLabelSelector, labelSelectorOf, matches } from '../selectors/label.ts';
import { immutable, invalid } from '../validation/errors.ts';
import { validateLabelSelector } from '../validation/label-selector.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';

interface Workload {
  readonly metadata: ObjectMeta;
  readonly spec: {
    replicas?: number;
    readonly minReadySeconds?: number;
    readonly selector: LabelSelector;
    readonly template?: PodTemplateSpec;
  };
  readonly status?: { readonly replicas?: number };
}

export const scaleOf = <T extends Workload>(): ScaleSpec => ({
  replicas: (workload: T) => workload.spec.replicas ?? 1,
  setReplicas: (workload: T, replicas) => {
    workload.spec.replicas = replicas;
  },
  statusReplicas: (workload: T) => workload.status?.replicas ?? 0,
  selector: (workload: T) => formatLabelSelector(workload.spec.selector),
});

/** Metadata, counts, the selector (which may not change) and the template it must match. */
export const validateWorkload = (workload: Workload, old: Workload | undefined, kind: string): FieldError[] => {
  const { spec, metadata } = workload;
  const errors = [
    ...validateObjectMeta(metadata, { namespaced: true }, old?.metadata),
    ...nonNegative('spec.replicas', spec.replicas),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...validateSelectedTemplate(spec, 'deployment'),
  ];
  if (spec.template) errors.push(...validatePodTemplate(spec.template, 'spec.template', kind));
  if (old && !equalJson(spec.selector, old.spec.selector)) errors.push(immutable('spec.selector', spec.selector));
  return errors;
};

/** The selector must select something, and the template's labels in particular; none at all selects nothing. `owner` is the word in the message. */
export const validateSelectedTemplate = (
  { selector, template }: { readonly selector: LabelSelector | undefined; readonly template?: PodTemplateSpec | undefined },
  owner: string,
): FieldError[] => {
  const labels = template?.metadata?.labels;
  const mismatch = invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`');
  if (!selector) return [mismatch];
  const errors = validateLabelSelector(selector, 'spec.selector');
  if (errors.length > 0) return errors;
  if (!selector.matchLabels && !selector.matchExpressions) {
    return [invalid('spec.selector', selector, `empty selector is invalid for ${owner}`)];
  }
  return matches(labelSelectorOf(selector), labels ?? {}) ? [] : [mismatch];
};
