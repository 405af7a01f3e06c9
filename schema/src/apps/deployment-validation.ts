/** What a deployment must be beyond any workload: its strategy and deadlines. */
import { nonNegative, nonNegativeOrPercent } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { forbidden, invalid } from '../validation/errors.ts';
import type { Deployment, DeploymentSpec } from './deployment.ts';
import { validateWorkload } from './workload.ts';

export const validateDeployment = (deployment: Deployment, old?: Deployment): FieldError[] => {
  const { spec } = deployment;
  const { progressDeadlineSeconds: deadline, minReadySeconds = 0 } = spec;
  const errors = [
    ...validateWorkload(deployment, old, 'Deployment'),
    ...validateStrategy(spec),
    ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
    ...nonNegative('spec.progressDeadlineSeconds', deadline),
  ];
  if (deadline !== undefined && deadline <= minReadySeconds) {
    errors.push(invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'));
  }
  return errors;
};

const isZero = (value: number | string | undefined): boolean => value === 0 || value === '0%' || value === undefined;

const validateStrategy = ({ strategy }: DeploymentSpec): FieldError[] => {
  const rolling = strategy?.rollingUpdate;
  const path = 'spec.strategy.rollingUpdate';
  if (strategy?.type === 'Recreate') {
    return rolling ? [forbidden(path, "may not be specified when strategy `type` is 'Recreate'")] : [];
  }
  if (!rolling) return [];
  const { maxUnavailable, maxSurge } = rolling;
  const errors = [...nonNegativeOrPercent(`${path}.maxUnavailable`, maxUnavailable), ...nonNegativeOrPercent(`${path}.maxSurge`, maxSurge)];
  if (isZero(maxUnavailable) && isZero(maxSurge)) {
    errors.push(invalid(`${path}.maxUnavailable`, maxUnavailable ?? 0, 'may not be 0 when `maxSurge` is 0'));
  }
  if (typeof maxUnavailable === 'string' && Number.parseInt(maxUnavailable, 10) > 100) {
    errors.push(invalid(`${path}.maxUnavailable`, maxUnavailable, 'must not be greater than 100%'));
  }
  return errors;
};
