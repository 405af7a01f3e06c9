/** What a daemon set must be beyond any workload: its update strategy. */
import { validatePodTemplate } from '../core/pod-validation.ts';
import { equalJson } from '../dsl/own.ts';
import { nonNegative, nonNegativeOrPercent } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { immutable, invalid, notSupported, required } from '../validation/errors.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import type { DaemonSet, DaemonSetSpec } from './daemon-set.ts';
import { validateSelectedTemplate } from './workload.ts';

export const validateDaemonSet = ({ metadata, spec }: DaemonSet, old?: DaemonSet): FieldError[] => [
  ...validateObjectMeta(metadata, { namespaced: true }, old?.metadata),
  ...validateSelectedTemplate(spec, 'daemonset'),
  ...(spec.template ? validatePodTemplate(spec.template, 'spec.template', 'DaemonSet') : []),
  ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
  ...validateUpdateStrategy(spec),
  ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
  ...(old && !equalJson(spec.selector, old.spec.selector) ? [immutable('spec.selector', spec.selector)] : []),
];

const numberOf = (value: number | string | undefined): number => Number.parseInt(String(value ?? 0), 10);

const validateUpdateStrategy = ({ updateStrategy }: DaemonSetSpec): FieldError[] => {
  const { type = 'RollingUpdate', rollingUpdate } = updateStrategy ?? {};
  if (type === 'OnDelete') return [];
  if (type !== 'RollingUpdate') return [notSupported('spec.updateStrategy', updateStrategy, ['OnDelete', 'RollingUpdate'])];
  const path = 'spec.updateStrategy.rollingUpdate';
  if (!rollingUpdate) return [required(path)];
  const { maxUnavailable, maxSurge } = rollingUpdate;
  const errors = [...nonNegativeOrPercent(`${path}.maxUnavailable`, maxUnavailable), ...nonNegativeOrPercent(`${path}.maxSurge`, maxSurge)];
  for (const [field, value] of Object.entries({ maxUnavailable, maxSurge })) {
    if (typeof value === 'string' && numberOf(value) > 100) {
      errors.push(invalid(`${path}.${field}`, value, 'must not be greater than 100%'));
    }
  }
  if (errors.length > 0) return errors;
  const [unavailable, surge] = [numberOf(maxUnavailable) !== 0, numberOf(maxSurge) !== 0];
  if (unavailable && surge) return [invalid(`${path}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero')];
  return unavailable || surge ? [] : [required(`${path}.maxUnavailable`, 'cannot be 0 when maxSurge is 0')];
};
