/** The pod conditions a node owns, with the kubelet's reasons and messages; lastTransitionTime is kept while a status stays. */
import type { ContainerStatus, Pod, PodCondition } from '#schema/core/pod.ts';
import { FAILOVER_CONDITION, failoverOf, promisedCondition } from '#schema/core/pod-failover.ts';
import { getCondition, setCondition } from '#schema/meta/conditions.ts';

interface Facts {
  /** The node keeps the failover bargain of this pod. */
  readonly promised: boolean;
  readonly phase: string;
  readonly initialized: boolean;
  readonly sandboxReady: boolean;
  readonly init: readonly ContainerStatus[];
  readonly main: readonly ContainerStatus[];
  /** Present only while they hold. */
  readonly resize: readonly Omit<PodCondition, 'lastTransitionTime'>[];
}

type Verdict = Pick<PodCondition, 'status' | 'reason' | 'message'>;

const finishedReason = (phase: string): Verdict | undefined => {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  return phase === 'Failed' ? { status: 'False', reason: 'PodFailed' } : undefined;
};

const names = (statuses: readonly ContainerStatus[]): string => `[${statuses.map((status) => status.name).join(' ')}]`;

const initializedVerdict = (pod: Pod, facts: Facts): Verdict => {
  if (facts.phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' };
  if (facts.initialized) return { status: 'True' };
  const incomplete = facts.init.filter((status, index) =>
    pod.spec.initContainers?.[index]?.restartPolicy === 'Always' ? !status.started : status.state?.terminated?.exitCode !== 0,
  );
  return { status: 'False', reason: 'ContainersNotInitialized', message: `containers with incomplete status: ${names(incomplete)}` };
};

const containersReadyVerdict = (pod: Pod, facts: Facts): Verdict => {
  const finished = finishedReason(facts.phase);
  if (finished) return finished;
  const sidecars = facts.init.filter((_, index) => pod.spec.initContainers?.[index]?.restartPolicy === 'Always');
  const unready = [...sidecars, ...facts.main].filter((status) => !status.ready);
  if (unready.length === 0) return { status: 'True' };
  return { status: 'False', reason: 'ContainersNotReady', message: `containers with unready status: ${names(unready)}` };
};

const readyVerdict = (pod: Pod, containersReady: Verdict): Verdict => {
  if (containersReady.status !== 'True') return containersReady;
  const messages = (pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const gate = getCondition(pod.status?.conditions, conditionType ?? '');
    if (!gate) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    return gate.status === 'True' ? [] : [`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`];
  });
  return messages.length === 0 ? { status: 'True' } : { status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
};

export const conditionsOf = (pod: Pod, facts: Facts, previous: readonly PodCondition[], now: number): PodCondition[] => {
  const containersReady = containersReadyVerdict(pod, facts);
  const verdicts: [string, Verdict][] = [
    ['PodReadyToStartContainers', { status: facts.sandboxReady ? 'True' : 'False' }],
    ['Initialized', initializedVerdict(pod, facts)],
    ['Ready', readyVerdict(pod, containersReady)],
    ['ContainersReady', containersReady],
    ['PodScheduled', { status: 'True' }],
  ];
  const failover = facts.promised ? failoverOf(pod) : undefined;
  if (failover) verdicts.unshift([FAILOVER_CONDITION, promisedCondition(failover)]);
  verdicts.unshift(...facts.resize.map(({ type, ...verdict }): [string, Verdict] => [type, verdict]));
  const generation = pod.metadata.generation;
  return verdicts.map(([type, verdict]) => {
    const condition: PodCondition = { type, ...verdict, ...(generation === undefined ? {} : { observedGeneration: generation }) };
    return getCondition(setCondition(previous, condition, now), type)!;
  });
};
