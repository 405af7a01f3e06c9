/** What an autoscaler must be. Paths and wording are upstream's. */
import { compare } from '../quantity/quantity.ts';
import type { FieldError } from '../resource.ts';
import { invalid, notSupported, required } from '../validation/errors.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import type { HPAScalingRules } from './behavior.ts';
import type { HorizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';
import { validateMetrics, validateReference } from './metrics-validation.ts';

const MAX_WINDOW_SECONDS = 3600;
const MAX_PERIOD_SECONDS = 1800;

export const validateAutoscaler = ({ metadata, spec }: HorizontalPodAutoscaler, old?: HorizontalPodAutoscaler): FieldError[] => {
  const { minReplicas: min, maxReplicas: max, scaleTargetRef, behavior } = spec;
  const errors = validateObjectMeta(metadata, { namespaced: true }, old?.metadata);
  if (min !== undefined && min < 1) errors.push(invalid('spec.minReplicas', min, 'must be greater than or equal to 1'));
  if (max < 1) errors.push(invalid('spec.maxReplicas', max, 'must be greater than 0'));
  if (min !== undefined && max < min) errors.push(invalid('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`'));
  return [
    ...errors,
    ...validateReference(scaleTargetRef, 'spec.scaleTargetRef'),
    ...validateMetrics(spec.metrics ?? [], 'spec.metrics'),
    ...validateRules(behavior?.scaleUp, 'spec.behavior.scaleUp'),
    ...validateRules(behavior?.scaleDown, 'spec.behavior.scaleDown'),
  ];
};

const validateRules = (rules: HPAScalingRules | undefined, path: string): FieldError[] => {
  if (!rules) return [];
  const { stabilizationWindowSeconds: window, selectPolicy, policies = [], tolerance } = rules;
  const errors: FieldError[] = [];
  const at = `${path}.stabilizationWindowSeconds`;
  if (window !== undefined && window < 0) errors.push(invalid(at, window, 'must be greater than or equal to zero'));
  if (window !== undefined && window > MAX_WINDOW_SECONDS) {
    errors.push(invalid(at, window, `must be less than or equal to ${MAX_WINDOW_SECONDS}`));
  }
  const selections = ['Disabled', 'Max', 'Min'];
  if (selectPolicy !== undefined && !selections.includes(selectPolicy)) {
    errors.push(notSupported(`${path}.selectPolicy`, selectPolicy, selections));
  }
  if (tolerance !== undefined && compare(tolerance, '0') < 0) {
    errors.push(invalid(`${path}.tolerance`, tolerance, 'must be greater or equal to 0'));
  }
  if (policies.length === 0) errors.push(required(`${path}.policies`, 'must specify at least one Policy'));
  for (const [i, { type, value, periodSeconds }] of policies.entries()) {
    const policy = `${path}.policies[${i}]`;
    if (type !== 'Pods' && type !== 'Percent') errors.push(notSupported(`${policy}.type`, type, ['Percent', 'Pods']));
    if (value <= 0) errors.push(invalid(`${policy}.value`, value, 'must be greater than zero'));
    if (periodSeconds <= 0) errors.push(invalid(`${policy}.periodSeconds`, periodSeconds, 'must be greater than zero'));
    if (periodSeconds > MAX_PERIOD_SECONDS) {
      errors.push(invalid(`${policy}.periodSeconds`, periodSeconds, `must be less than or equal to ${MAX_PERIOD_SECONDS}`));
    }
  }
  return errors;
};
