/** Why a pod fits nowhere, counted per reason and worded as kube-scheduler words it. */

export interface Refused {
  readonly reasons: readonly string[];
  /** No eviction of pods could change it. */
  readonly final: boolean;
  /** Pods of lower priority run there. */
  readonly hasVictims: boolean;
}

const counted = (reasons: readonly string[]): string => {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');
};

/** What is true of preemption; '' when a node has pods of lower priority (nothing is preempted here, so nothing can be said about it). */
const preemption = (refused: readonly Refused[]): string => {
  if (refused.some(({ final, hasVictims }) => !final && hasVictims)) return '';
  const reasons = refused.map(({ final }) =>
    final ? 'Preemption is not helpful for scheduling' : 'No preemption victims found for incoming pod',
  );
  return ` preemption: 0/${refused.length} nodes are available: ${counted(reasons)}.`;
};

/** One entry per node. */
export const explain = (refused: readonly Refused[]): string =>
  refused.length === 0
    ? 'no nodes available to schedule pods'
    : `0/${refused.length} nodes are available: ${counted(refused.flatMap(({ reasons }) => reasons))}.${preemption(refused)}`;
