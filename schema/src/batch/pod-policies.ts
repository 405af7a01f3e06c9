/**
 * When a job gives up or counts as done before all of its pods have: by exit codes and conditions of pods, and by indexes.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy
 */
import { type Infer, int32, list, message, set, str, struct } from '../dsl/field.ts';

export const PodFailurePolicyOnExitCodesRequirement = struct(
  'io.k8s.api.batch.v1.PodFailurePolicyOnExitCodesRequirement',
  'Exit codes of containers that failed.',
  {
    containerName: str(1, 'Only this container; all when absent.', { pointer: true }),
    operator: str(2, 'In or NotIn.', { required: true, default: '' }),
    values: set(3, 'int32', 'The exit codes, in order.', { required: true, default: [] }),
  },
);
export type PodFailurePolicyOnExitCodesRequirement = Infer<typeof PodFailurePolicyOnExitCodesRequirement>;

export const PodFailurePolicyOnPodConditionsPattern = struct(
  'io.k8s.api.batch.v1.PodFailurePolicyOnPodConditionsPattern',
  'A condition of the pod.',
  {
    type: str(1, 'Type of the condition.', { required: true, default: '' }),
    status: str(2, 'Status it must have; True by default.', { required: true, default: 'True' }),
  },
);
export type PodFailurePolicyOnPodConditionsPattern = Infer<typeof PodFailurePolicyOnPodConditionsPattern>;

export const PodFailurePolicyRule = struct('io.k8s.api.batch.v1.PodFailurePolicyRule', 'What a kind of failure leads to.', {
  action: str(1, 'FailJob, FailIndex, Ignore or Count.', { required: true, default: '' }),
  onExitCodes: message(2, PodFailurePolicyOnExitCodesRequirement, 'Failures with such exit codes.'),
  onPodConditions: list(3, PodFailurePolicyOnPodConditionsPattern, 'Failures of pods with one of these conditions.'),
});
export type PodFailurePolicyRule = Infer<typeof PodFailurePolicyRule>;

export const PodFailurePolicy = struct('io.k8s.api.batch.v1.PodFailurePolicy', 'What failures of pods lead to.', {
  rules: list(1, PodFailurePolicyRule, 'Rules; the first that fits counts.', { required: true, default: [] }),
});
export type PodFailurePolicy = Infer<typeof PodFailurePolicy>;

export const SuccessPolicyRule = struct('io.k8s.api.batch.v1.SuccessPolicyRule', 'Indexes that are enough.', {
  succeededIndexes: str(1, 'Indexes that must have succeeded, such as 1,3-5.', { pointer: true }),
  succeededCount: int32(2, 'How many of them; all when absent.', { pointer: true }),
});
export type SuccessPolicyRule = Infer<typeof SuccessPolicyRule>;

export const SuccessPolicy = struct('io.k8s.api.batch.v1.SuccessPolicy', 'When a job counts as done.', {
  rules: list(1, SuccessPolicyRule, 'Rules; the first that is met ends the job.', { required: true, default: [] }),
});
export type SuccessPolicy = Infer<typeof SuccessPolicy>;
