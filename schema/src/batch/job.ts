/**
 * Job: runs pods until enough of them have succeeded.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/
 */
import { defaultPodSpec } from '../core/pod-defaults.ts';
import { PodTemplateSpec } from '../core/pod-template.ts';
import { templateWarnings } from '../core/pod-warnings.ts';
import { bool, type Infer, int32, int64, listMap, message, set, str, struct, time } from '../dsl/field.ts';
import { keepStatus, soleVersion } from '../meta/definition.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { jobColumns } from './job-columns.ts';
import { generateSelector } from './job-selector.ts';
import { validateJob } from './job-validation.ts';
import { PodFailurePolicy, SuccessPolicy } from './pod-policies.ts';

export const JobSpec = struct('io.k8s.api.batch.v1.JobSpec', 'The work to do.', {
  parallelism: int32(1, 'Most pods at work at the same time; 1 by default.', { pointer: true }),
  completions: int32(2, 'How many pods must succeed; absent: one success ends the job.', { pointer: true }),
  activeDeadlineSeconds: int64(3, 'Seconds after which the job is ended as failed.', { pointer: true }),
  podFailurePolicy: message(11, PodFailurePolicy, 'What failures of pods lead to.'),
  successPolicy: message(16, SuccessPolicy, 'When it counts as done early.'),
  backoffLimit: int32(7, 'How many failures there may be; 6 by default.', { pointer: true }),
  backoffLimitPerIndex: int32(12, 'How many failures each index may have.', { pointer: true }),
  maxFailedIndexes: int32(13, 'How many indexes may fail.', { pointer: true }),
  selector: message(4, LabelSelector, 'Which pods belong to it; made by the cluster unless manualSelector is set.'),
  manualSelector: bool(5, 'True: the client takes care of selector and labels.', { pointer: true }),
  template: message(6, PodTemplateSpec, 'The pod to make.', { required: true, default: {} }),
  ttlSecondsAfterFinished: int32(8, 'Seconds after its end when it is deleted.', { pointer: true }),
  completionMode: str(9, 'NonIndexed, or Indexed: each pod has a number and each number is done once.', { pointer: true }),
  suspend: bool(10, 'True ends its pods and makes no new ones.', { pointer: true }),
  podReplacementPolicy: str(14, 'When a pod is replaced: TerminatingOrFailed, or Failed: only once it has ended.', { pointer: true }),
  managedBy: str(15, 'Controller that runs it, when it is not the one of the cluster.', { pointer: true }),
});
export type JobSpec = Infer<typeof JobSpec>;

export const JobCondition = struct('io.k8s.api.batch.v1.JobCondition', 'One observed aspect of a job.', {
  type: str(1, 'Complete, Failed, Suspended, FailureTarget or SuccessCriteriaMet.', { required: true }),
  status: str(2, 'True, False or Unknown.', { required: true }),
  lastProbeTime: time(3, 'When it was last looked at.'),
  lastTransitionTime: time(4, 'When the status last changed.'),
  reason: str(5, 'One word for programs, in CamelCase.'),
  message: str(6, 'Text for people.'),
});
export type JobCondition = Infer<typeof JobCondition>;

export const UncountedTerminatedPods = struct('io.k8s.api.batch.v1.UncountedTerminatedPods', 'Pods that ended and are not counted yet.', {
  succeeded: set(1, 'string', 'UIDs of pods that succeeded.'),
  failed: set(2, 'string', 'UIDs of pods that failed.'),
});
export type UncountedTerminatedPods = Infer<typeof UncountedTerminatedPods>;

export const JobStatus = struct('io.k8s.api.batch.v1.JobStatus', 'What was observed of a job.', {
  conditions: listMap(1, JobCondition, ['type'], 'Latest observations, one for each type.', { ssa: false }),
  startTime: time(2, 'When it was first taken up, or last resumed.'),
  completionTime: time(3, 'When it succeeded.'),
  active: int32(4, 'Pods at work.'),
  succeeded: int32(5, 'Pods that succeeded.'),
  failed: int32(6, 'Pods that failed.'),
  terminating: int32(11, 'Pods that are ending.', { pointer: true }),
  completedIndexes: str(7, 'Indexes that are done, such as 1,3-5.'),
  failedIndexes: str(10, 'Indexes that failed, in the same form.', { pointer: true }),
  uncountedTerminatedPods: message(8, UncountedTerminatedPods, 'Pods that ended and are not counted yet.'),
  ready: int32(9, 'Pods at work that are ready.', { pointer: true }),
});
export type JobStatus = Infer<typeof JobStatus>;

export const Job = struct('io.k8s.api.batch.v1.Job', 'Runs pods until enough of them have succeeded.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, JobSpec, 'The desired state.', { default: {} }),
  status: message(3, JobStatus, 'The observed state; written by the cluster.'),
});
export type Job = ObjectOf<typeof Job, 'spec'>;

const MAX_INT32 = 2_147_483_647;

/** A job without labels has those of its pods. */
const labelAsPods = ({ metadata, spec }: Job): void => {
  const labels = spec.template?.metadata?.labels;
  if (labels && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
};

const defaultJob = (job: Job): void => {
  const { spec } = job;
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  // failures are counted by index then, not together
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : MAX_INT32;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.manualSelector ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
  labelAsPods(job);
  if (spec.template?.spec) defaultPodSpec(spec.template.spec);
};

export const jobs = defineResource<Job>({
  group: 'batch',
  resource: 'jobs',
  kind: 'Job',
  namespaced: true,
  categories: ['all'],
  versions: soleVersion('v1', Job),
  hasStatus: true,
  orphansByDefault: {
    warning:
      'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
  },
  defaults: defaultJob,
  validate: validateJob,
  warnings: (object, old) => templateWarnings(object, old, object.spec.template),
  prepareCreate: (job) => {
    job.status = {};
    generateSelector(job);
    labelAsPods(job);
  },
  prepareUpdate: keepStatus,
  selectableFields: { 'status.successful': (job) => String(job.status?.succeeded ?? 0) },
  columns: jobColumns,
});
