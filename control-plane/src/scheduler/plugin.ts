/**
 * What a scheduler plugin is: a value with up to three parts, named after what their answers depend on, since that says how long an answer is good:
 * `node` on the pod's shape and the node object, `usage` on what is used of the node too, `cluster` on pods and objects anywhere. Answers of the
 * first two are kept per shape and redone for nodes that changed. Pure; slots are nodes (state/node-table.ts).
 */
import type { ClusterEvent } from './queue/cluster-event.ts';
import type { ClusterState } from './state/cluster-state.ts';
import type { NodeInfo, NodeTable } from './state/node-table.ts';
import type { Nominations } from './state/nominations.ts';
import type { PodShape } from './state/pod-class.ts';
import type { PodInfo } from './state/pod-info.ts';

export interface NodePart {
  /** Why pods of the shape cannot run on a node, in Kubernetes' words. Undefined: every node passes. No eviction changes such a refusal. */
  readonly filter?: (shape: PodShape) => ((node: NodeInfo) => string | undefined) | undefined;
  /** Raw scores, 0 for nothing to say. */
  readonly score?: (shape: PodShape) => ((node: NodeInfo) => number) | undefined;
  /** How raw scores become 0..100 over the nodes left. */
  readonly normalize?: Normalize;
}

/** Codes of refusals: 0 passes, else below 2^23. FINAL is added where no eviction helps. */
export const FINAL = 1 << 23;

export interface BoundFilter {
  readonly at: (slot: number) => number;
  /** What a code means, in Kubernetes' words. */
  readonly reasons: (code: number) => readonly string[];
}

export interface UsageView {
  readonly nodes: NodeTable;
  readonly nominations: Nominations;
  /** Pods on a node, by uid. */
  podsOn(node: string): ReadonlyMap<string, PodInfo>;
}

export interface UsagePart {
  /** `except` is the uid of a pod whose own nomination does not count; it changes from one call of `at` to the next. */
  readonly filter?: (shape: PodShape, view: UsageView & { readonly except?: string }) => BoundFilter | undefined;
  /** 0..100 with a pod of the shape added. */
  readonly score?: (shape: PodShape, nodes: NodeTable) => ((slot: number) => number) | undefined;
}

export interface BoundScore {
  readonly at: (slot: number) => number;
  /** Raw scores of the nodes left to 0..100, in place; `slots[i]` is the node of `raw[i]`. */
  readonly normalize: Normalize;
}

export type Normalize = (raw: Float64Array, count: number, slots: Int32Array) => void;

/** The nodes that passed all filters: `slots[0..count)`, found when first asked for. */
export interface NodesLeft {
  readonly slots: Int32Array;
  readonly count: number;
}

export interface ClusterPart {
  /** Why the pod can run nowhere now; then no node is looked at. */
  readonly reject?: (pod: PodInfo, state: ClusterState) => string | undefined;
  readonly filter?: (pod: PodInfo, state: ClusterState) => BoundFilter | undefined;
  readonly score?: (pod: PodInfo, state: ClusterState, left: NodesLeft) => BoundScore | undefined;
}

export interface Plugin {
  readonly name: string;
  readonly node?: NodePart;
  readonly usage?: UsagePart;
  readonly cluster?: ClusterPart;
  /** The event may let a pod in that this plugin refused. Absent: no event does, only a change of the pod itself. */
  readonly wakes?: (pod: PodInfo, event: ClusterEvent, state: ClusterState) => boolean;
}

export interface WeightedPlugin {
  readonly plugin: Plugin;
  /** Of its score; 0 for plugins that only filter. */
  readonly weight: number;
}

export const MAX_SCORE = 100;

/** The highest becomes 100, the rest in proportion. */
export const proportional: Normalize = (raw, count) => {
  let max = 0;
  for (let i = 0; i < count; i++) if (raw[i]! > max) max = raw[i]!;
  if (max === 0) return;
  for (let i = 0; i < count; i++) raw[i] = Math.floor((raw[i]! * MAX_SCORE) / max);
};

/** As proportional, and the lowest raw score is the best. */
export const inverted: Normalize = (raw, count) => {
  let max = 0;
  for (let i = 0; i < count; i++) if (raw[i]! > max) max = raw[i]!;
  for (let i = 0; i < count; i++) raw[i] = max === 0 ? MAX_SCORE : MAX_SCORE - Math.floor((raw[i]! * MAX_SCORE) / max);
};
