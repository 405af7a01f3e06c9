/**
 * Which pods of one node must go for a pod to fit: all of lower priority are thought away, then as many as possible let back, the more important
 * first and those whose budget would break before all others.
 */
import type { KubeObject } from '#schema/resource.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { splitByBudget } from './budgets.ts';

/** A node on which pods are taken away and put back on trial. */
export interface Trial {
  remove(pod: PodInfo): void;
  restore(pod: PodInfo): void;
  /** What the node says now: 0 when the pod would fit. */
  verdict(): number;
}

export interface Victims {
  readonly pods: readonly PodInfo[];
  /** Budgets broken. */
  readonly violations: number;
}

const moreImportant = (a: PodInfo, b: PodInfo): number => {
  const byPriority = b.class.shape.priority - a.class.shape.priority;
  if (byPriority !== 0) return byPriority;
  if (a.startedMs !== b.startedMs) return a.startedMs < b.startedMs ? -1 : 1;
  return a.uid < b.uid ? -1 : 1;
};

/** `lower` are the pods of lower priority. The trial is as before when this returns. A number: the node refuses even then. */
export const chooseVictims = (lower: readonly PodInfo[], trial: Trial, budgets: readonly KubeObject[]): Victims | number => {
  for (const pod of lower) trial.remove(pod);
  const verdict = trial.verdict();
  if (verdict !== 0) {
    for (const pod of lower) trial.restore(pod);
    return verdict;
  }
  const { violating, others } = splitByBudget([...lower].sort(moreImportant), budgets);
  const pods: PodInfo[] = [];
  let violations = 0;
  const reprieve = (pod: PodInfo): boolean => {
    trial.restore(pod);
    if (trial.verdict() === 0) return true;
    trial.remove(pod);
    pods.push(pod);
    return false;
  };
  for (const pod of violating) if (!reprieve(pod)) violations++;
  for (const pod of others) reprieve(pod);
  for (const pod of pods) trial.restore(pod);
  pods.sort(moreImportant);
  return { pods, violations };
};
