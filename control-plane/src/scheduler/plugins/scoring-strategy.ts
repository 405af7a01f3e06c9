/**
 * How NodeResourcesFit prefers nodes: the emptiest (default), the fullest (bin packing), or by a curve over the share in use.
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/resource-bin-packing/
 */
import { MAX_SCORE } from '../plugin.ts';
import type { NodeTable } from '../state/node-table.ts';
import type { PodShape } from '../state/pod-class.ts';

/** 0..100 of a slot with a pod of the shape added. */
export type ScoringStrategy = (shape: PodShape, nodes: NodeTable) => (slot: number) => number;

/** cpu and memory count the same; each part is cut to a whole number, as upstream does. */
const ofBoth =
  (part: (used: number, offered: number) => number): ScoringStrategy =>
  ({ assumedCpu, assumedMemory }, nodes) =>
  (slot) => {
    const cpuOffered = nodes.allocatable[0]![slot]!;
    const memoryOffered = nodes.allocatable[1]![slot]!;
    const resources = (cpuOffered > 0 ? 1 : 0) + (memoryOffered > 0 ? 1 : 0);
    if (resources === 0) return 0;
    const cpu = cpuOffered > 0 ? Math.floor(part(nodes.assumedCpu[slot]! + assumedCpu, cpuOffered)) : 0;
    const memory = memoryOffered > 0 ? Math.floor(part(nodes.assumedMemory[slot]! + assumedMemory, memoryOffered)) : 0;
    return Math.floor((cpu + memory) / resources);
  };

export const leastAllocated: ScoringStrategy = ofBoth((used, offered) => (used > offered ? 0 : ((offered - used) * MAX_SCORE) / offered));

export const mostAllocated: ScoringStrategy = ofBoth((used, offered) => (Math.min(used, offered) * MAX_SCORE) / offered);

export interface ShapePoint {
  /** Per cent in use, 0..100, rising from point to point. */
  readonly utilization: number;
  /** 0..10. */
  readonly score: number;
}

const TO_MAX_SCORE = 10;

/** Straight lines between the points, flat beyond the first and last. */
export const requestedToCapacityRatio = (points: readonly ShapePoint[]): ScoringStrategy => {
  const curve = (utilization: number): number => {
    const at = points.findIndex((point) => utilization <= point.utilization);
    if (at === 0) return points[0]!.score;
    if (at < 0) return points.at(-1)!.score;
    const [from, to] = [points[at - 1]!, points[at]!];
    return from.score + ((to.score - from.score) * (utilization - from.utilization)) / (to.utilization - from.utilization);
  };
  return ofBoth((used, offered) => TO_MAX_SCORE * curve(used > offered ? 100 : Math.floor((used * 100) / offered)));
};
