/**
 * The labels and the selector a job gets from its uid, so that no two jobs ever count the same pod. Names with the group's prefix came later;
 * the old ones are still written, as clients select by them.
 */
import type { FieldError } from '../resource.ts';
import { labelSelectorOf, matches } from '../selectors/label.ts';
import { invalid, required } from '../validation/errors.ts';
import type { Job } from './job.ts';

export const CONTROLLER_UID_LABEL = 'batch.kubernetes.io/controller-uid';
export const JOB_NAME_LABEL = 'batch.kubernetes.io/job-name';
const LEGACY_CONTROLLER_UID_LABEL = 'controller-uid';
const LEGACY_JOB_NAME_LABEL = 'job-name';

const labelsOf = ({ metadata: { name = '', uid = '' } }: Job): Record<string, string> => ({
  [CONTROLLER_UID_LABEL]: uid,
  [JOB_NAME_LABEL]: name,
  [LEGACY_CONTROLLER_UID_LABEL]: uid,
  [LEGACY_JOB_NAME_LABEL]: name,
});

/** Fills in what is missing; a label that says something else stays and is refused by `validateGeneratedSelector`. */
export const generateSelector = (job: Job): void => {
  const { spec } = job;
  if (spec.manualSelector) return;
  spec.template.metadata ??= {};
  spec.template.metadata.labels = { ...labelsOf(job), ...spec.template.metadata.labels };
  spec.selector ??= {};
  spec.selector.matchLabels = { [CONTROLLER_UID_LABEL]: job.metadata.uid ?? '', ...spec.selector.matchLabels };
};

export const validateGeneratedSelector = (job: Job): FieldError[] => {
  const { metadata, spec } = job;
  if (spec.manualSelector || !spec.selector) return [];
  const errors: FieldError[] = [];
  if (!metadata.uid) errors.push(required('metadata.uid'));
  const expected = labelsOf(job);
  const labels = spec.template.metadata?.labels ?? {};
  for (const [key, value] of Object.entries(expected)) {
    const path = `spec.template.metadata.labels[${key}]`;
    if (labels[key] === undefined) errors.push(required(path, `must be '${value}'`));
    else if (labels[key] !== value) errors.push(invalid(path, labels, `must be '${value}'`));
  }
  if (errors.length === 0 && !selects(spec.selector, expected)) {
    errors.push(invalid('spec.selector', spec.selector, '`selector` not auto-generated'));
  }
  return errors;
};

/** Whether the selector matches the labels; a selector that cannot be read counts as matching, as it is refused elsewhere. */
export const selects = (selector: NonNullable<Job['spec']['selector']>, labels: Readonly<Record<string, string>>): boolean => {
  try {
    return matches(labelSelectorOf(selector), labels);
  } catch {
    return true;
  }
};
