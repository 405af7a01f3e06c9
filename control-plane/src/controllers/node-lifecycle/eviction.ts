/**
 * Which pods a node's NoExecute taints drive away, and when. Without a word about it a pod bears an unready or unreachable node for 300 s, as
 * admission would have written on it. Time in which nobody listened to the nodes is not counted: a control plane that was away does not come back to evict.
 */
import type { Node } from '#schema/core/node.ts';
import type { Taint } from '#schema/core/placement.ts';
import type { Pod } from '#schema/core/pod.ts';
import { parseTime } from '#schema/meta/time.ts';
import { tolerates } from '../../scheduler/plugins/tolerations.ts';
import { NOT_READY, UNREACHABLE } from './taints.ts';

const DEFAULT_SECONDS = 300;

export interface Heard {
  readonly nowMs: number;
  readonly observingSinceMs: number;
  /** The node is silent at present. */
  readonly lost: boolean;
}

/** When this taint evicts the pod; Infinity for never. */
const evictedByAtMs = (pod: Pod, taint: Taint, { nowMs, observingSinceMs, lost }: Heard): number => {
  // it speaks again, and its report takes the taint away
  if (taint.key === UNREACHABLE && !lost) return Number.POSITIVE_INFINITY;
  const added = parseTime(taint.timeAdded ?? '') || nowMs;
  const since = taint.key === UNREACHABLE || taint.key === NOT_READY ? Math.max(added, observingSinceMs) : added;
  const tolerations = (pod.spec.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
  if (tolerations.length === 0) return taint.key === NOT_READY || taint.key === UNREACHABLE ? since + DEFAULT_SECONDS * 1000 : since;
  const seconds = tolerations.flatMap(({ tolerationSeconds }) => (tolerationSeconds === undefined ? [] : [Math.max(0, tolerationSeconds)]));
  return seconds.length === 0 ? Number.POSITIVE_INFINITY : since + Math.min(...seconds) * 1000;
};

/** Unix ms when the node's taints evict the pod; Infinity for never. */
export const evictedAtMs = (pod: Pod, node: Node, heard: Heard): number =>
  Math.min(
    Number.POSITIVE_INFINITY,
    ...(node.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute').map((taint) => evictedByAtMs(pod, taint, heard)),
  );
