/** What a job must be, and what of it may change. Paths and wording are upstream's. */
import type { PodTemplateSpec } from '../core/pod-template.ts';
import { validatePodTemplateSpec } from '../core/pod-validation.ts';
import { equalJson } from '../dsl/own.ts';
import { nonNegative } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { immutable, invalid, notSupported, required, tooLong } from '../validation/errors.ts';
import { validateLabelSelector } from '../validation/label-selector.ts';
import { isDNS1123Subdomain } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import type { Job, JobSpec } from './job.ts';
import { selects, validateGeneratedSelector } from './job-selector.ts';
import { validatePodFailurePolicy, validateSuccessPolicy } from './pod-policies-validation.ts';

const MAX_INDEXED = 100_000;
const MANY_COMPLETIONS = 100_000;
const HIGH_LIMIT = 10_000;
const MAX_MANAGED_BY = 63;
const completionModes = ['Indexed', 'NonIndexed'];

export const validateJob = (job: Job, old?: Job): FieldError[] => {
  const { metadata, spec } = job;
  const errors = validateObjectMeta(metadata, { namespaced: true }, old?.metadata);
  if (!old) errors.push(...validateGeneratedSelector(job));
  errors.push(...validateJobSpec(spec, 'spec'));
  const labels = spec.template.metadata?.labels ?? {};
  if (!spec.selector) errors.push(required('spec.selector'));
  else {
    const found = validateLabelSelector(spec.selector, 'spec.selector');
    errors.push(...found);
    if (found.length === 0 && !selects(spec.selector, labels)) {
      errors.push(invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
    }
  }
  return old ? [...errors, ...validateUpdate(spec, old)] : errors;
};

const counts = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
] as const;

/** The spec of a job or of a cron job's template: everything but the selector. */
export const validateJobSpec = (spec: JobSpec, path: string): FieldError[] => {
  const errors = counts.flatMap((field) => nonNegative(`${path}.${field}`, spec[field]));
  if (spec.maxFailedIndexes !== undefined) {
    errors.push(...nonNegative(`${path}.maxFailedIndexes`, spec.maxFailedIndexes));
    if (spec.backoffLimitPerIndex === undefined)
      errors.push(required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  }
  return [
    ...errors,
    ...validateManagedBy(spec.managedBy, `${path}.managedBy`),
    ...validateCompletionMode(spec, path),
    ...(spec.podFailurePolicy ? validatePodFailurePolicy(spec, `${path}.podFailurePolicy`) : []),
    ...validateReplacement(spec, `${path}.podReplacementPolicy`),
    ...validatePodTemplateSpec(spec.template, `${path}.template`),
    ...validateRestartPolicy(spec, `${path}.template.spec.restartPolicy`),
  ];
};

const validateManagedBy = (managedBy: string | undefined, path: string): FieldError[] => {
  if (managedBy === undefined) return [];
  const slash = managedBy.indexOf('/');
  if (managedBy === '') return [required(path)];
  const errors: FieldError[] = [];
  if (slash <= 0 || slash === managedBy.length - 1)
    errors.push(invalid(path, managedBy, 'must be a domain-prefixed path (such as "acme.io/foo")'));
  else errors.push(...isDNS1123Subdomain(managedBy.slice(0, slash)).map((problem) => invalid(path, managedBy.slice(0, slash), problem)));
  if (managedBy.length > MAX_MANAGED_BY) errors.push(tooLong(path, MAX_MANAGED_BY));
  return errors;
};

const validateCompletionMode = (spec: JobSpec, path: string): FieldError[] => {
  const { completionMode: mode = 'NonIndexed', successPolicy, backoffLimitPerIndex, maxFailedIndexes } = spec;
  const errors: FieldError[] = [];
  if (!completionModes.includes(mode)) errors.push(notSupported(`${path}.completionMode`, mode, completionModes));
  if (mode === 'Indexed') {
    errors.push(...validateIndexed(spec, path));
    if (successPolicy && spec.completions !== undefined) errors.push(...validateSuccessPolicy(spec, `${path}.successPolicy`));
    return errors;
  }
  const needs = { backoffLimitPerIndex, maxFailedIndexes, successPolicy };
  for (const [field, value] of Object.entries(needs)) {
    if (value !== undefined) errors.push(invalid(`${path}.${field}`, value, 'requires indexed completion mode'));
  }
  return errors;
};

const validateIndexed = (spec: JobSpec, path: string): FieldError[] => {
  const { completions, parallelism = 0, maxFailedIndexes: failed, backoffLimitPerIndex } = spec;
  if (completions === undefined) return [required(`${path}.completions`, 'when completion mode is Indexed')];
  const errors: FieldError[] = [];
  const atMost = (field: string, value: number, max: number, when = ''): void => {
    if (value > max) errors.push(invalid(`${path}.${field}`, value, `must be less than or equal to ${max}${when}`));
  };
  atMost('parallelism', parallelism, MAX_INDEXED, ' when completion mode is Indexed');
  if (failed !== undefined) {
    if (failed > completions) errors.push(invalid(`${path}.maxFailedIndexes`, failed, 'must be less than or equal to completions'));
    atMost('maxFailedIndexes', failed, MAX_INDEXED);
  }
  if (completions > MANY_COMPLETIONS && backoffLimitPerIndex !== undefined) {
    const when = ` when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`;
    if (failed === undefined)
      errors.push(required(`${path}.maxFailedIndexes`, `must be specified when completions is above ${MANY_COMPLETIONS}`));
    else atMost('maxFailedIndexes', failed, HIGH_LIMIT, when);
    atMost('parallelism', parallelism, HIGH_LIMIT, when);
  }
  return errors;
};

const validateReplacement = ({ podReplacementPolicy: policy, podFailurePolicy }: JobSpec, path: string): FieldError[] => {
  const supported = podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
  return policy === undefined || supported.includes(policy) ? [] : [notSupported(path, policy, supported)];
};

const validateRestartPolicy = (spec: JobSpec, path: string): FieldError[] => {
  const policy = spec.template.spec?.restartPolicy;
  // Always is what defaulting makes of a policy the client left out
  if (policy === undefined || policy === 'Always') return [required(path, 'valid values: "OnFailure", "Never"')];
  return policy !== 'Never' && spec.podFailurePolicy
    ? [invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified')]
    : [];
};

const frozen = ['selector', 'completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'] as const;

const validateUpdate = (spec: JobSpec, { spec: old, status }: Job): FieldError[] => {
  const errors = validateCompletionsUpdate(spec, old);
  for (const field of frozen) {
    if (!equalJson(spec[field], old[field])) errors.push(immutable(`spec.${field}`, spec[field] ?? null));
  }
  // a suspended job whose pods were never made may still be given another place to run
  const open = old.suspend === true && status?.startTime === undefined;
  const before = open ? withPlacementOf(spec.template, old.template) : old.template;
  if (!equalJson(spec.template, before)) errors.push(immutable('spec.template', spec.template));
  return errors;
};

/** The template `old` with what a suspended job may change taken from `next`. */
const withPlacementOf = (next: PodTemplateSpec, old: PodTemplateSpec): PodTemplateSpec => {
  const { nodeSelector, affinity, tolerations, schedulingGates } = next.spec ?? {};
  const { labels, annotations } = next.metadata ?? {};
  const nodeAffinity = affinity?.nodeAffinity;
  const rest = { ...old.spec?.affinity };
  delete rest.nodeAffinity;
  const merged = { ...rest, ...(nodeAffinity ? { nodeAffinity } : {}) };
  const taken: Record<string, unknown> = { ...old.spec, nodeSelector, tolerations, schedulingGates };
  taken.affinity = affinity === undefined && Object.keys(rest).length === 0 ? undefined : merged;
  return { metadata: { ...old.metadata, labels, annotations }, spec: taken } as PodTemplateSpec;
};

const validateCompletionsUpdate = (spec: JobSpec, old: JobSpec): FieldError[] => {
  if (spec.completions === old.completions) return [];
  if (spec.completionMode !== 'Indexed') return [immutable('spec.completions', spec.completions ?? null)];
  if (spec.completions === undefined || old.completions === undefined || spec.completions === spec.parallelism) return [];
  return [invalid('spec.completions', spec.completions, 'can only be modified in tandem with spec.parallelism')];
};
