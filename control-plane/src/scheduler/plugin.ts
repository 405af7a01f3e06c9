/**
 * What a scheduler plugin is: a value with a filter, a score, or both. Pure; a plugin reads the pod, the node as this pass sees it, and the pass.
 */
import type { Snapshot } from '../controller-runtime/snapshot.ts';
import type { NodeState } from './node-state.ts';
import type { PodInfo } from './pod-info.ts';

export interface PassView {
  readonly snapshot: Snapshot;
  readonly nodes: readonly NodeState[];
  /** Pods per node that spread against this one, those placed in this pass included. */
  readonly peers: (pod: PodInfo) => ReadonlyMap<string, number>;
}

export interface Plugin {
  readonly name: string;
  /** Why the pod cannot run on the node, in Kubernetes' words; empty when it can. */
  readonly filter?: (pod: PodInfo, node: NodeState, pass: PassView) => readonly string[];
  /** A filter whose refusal no preemption could change. */
  readonly final?: boolean;
  /** Raw scores of the nodes left, in order; `normalize` makes them 0..100. Undefined: nothing to say about this pod. */
  readonly score?: (pod: PodInfo, nodes: readonly NodeState[], pass: PassView) => readonly number[] | undefined;
  readonly normalize?: (scores: readonly number[]) => readonly number[];
}

export const MAX_SCORE = 100;

/** The highest becomes 100, the rest in proportion. */
export const proportional = (scores: readonly number[]): readonly number[] => {
  const max = Math.max(0, ...scores);
  return max === 0 ? scores : scores.map((score) => Math.floor((score * MAX_SCORE) / max));
};

/** As proportional, and the lowest raw score is the best. */
export const inverted = (scores: readonly number[]): readonly number[] => {
  const max = Math.max(0, ...scores);
  return max === 0 ? scores.map(() => MAX_SCORE) : scores.map((score) => MAX_SCORE - Math.floor((score * MAX_SCORE) / max));
};
