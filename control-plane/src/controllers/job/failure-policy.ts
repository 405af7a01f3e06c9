/** podFailurePolicy: what a failed pod means for its Job. The first rule that matches decides. */
import type { Job } from '#schema/batch/job.ts';
import type { Pod } from '#schema/core/pod.ts';
import { getCondition } from '#schema/meta/conditions.ts';

export interface Verdict {
  readonly action: 'FailJob' | 'FailIndex' | 'Ignore' | 'Count';
  /** Why, for FailJob. */
  readonly message?: string;
}

interface ExitCodes {
  readonly containerName?: string;
  readonly operator: string;
  readonly values: readonly number[];
}

/** The container that ended with a code the rule names. */
const exitMatch = (pod: Pod, { containerName, operator, values }: ExitCodes) => {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  for (const { name, state } of statuses) {
    const code = state?.terminated?.exitCode;
    if (code === undefined || code === 0 || (containerName && containerName !== name)) continue;
    if (values.includes(code) === (operator === 'In')) return { name, code };
  }
  return undefined;
};

export const judgeFailure = (job: Job, pod: Pod): Verdict => {
  const rules = job.spec.podFailurePolicy?.rules ?? [];
  const title = `${pod.metadata.namespace}/${pod.metadata.name}`;
  for (const [i, { action, onExitCodes, onPodConditions }] of rules.entries()) {
    const exit = onExitCodes && exitMatch(pod, onExitCodes as ExitCodes);
    if (exit) {
      const message = `Container ${exit.name} for pod ${title} failed with exit code ${exit.code} matching ${action} rule at index ${i}`;
      return { action: action as Verdict['action'], message };
    }
    const condition = onPodConditions?.find(
      ({ type, status }) => getCondition(pod.status?.conditions, type)?.status === (status ?? 'True'),
    );
    if (condition) {
      return {
        action: action as Verdict['action'],
        message: `Pod ${title} has condition ${condition.type} matching ${action} rule at index ${i}`,
      };
    }
  }
  return { action: 'Count' };
};
