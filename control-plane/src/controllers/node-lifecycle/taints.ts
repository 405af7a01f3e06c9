/** The taints this controller keeps on a node, from its conditions and spec.unschedulable. Taints of others are left alone. */
import type { Node } from '#schema/core/node.ts';
import type { Taint } from '#schema/core/placement.ts';
import { getCondition, isConditionTrue } from '#schema/meta/conditions.ts';
import { toRfc3339 } from '#schema/meta/time.ts';

export const NOT_READY = 'node.kubernetes.io/not-ready';
export const UNREACHABLE = 'node.kubernetes.io/unreachable';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

const byCondition: Readonly<Record<string, string>> = {
  MemoryPressure: 'node.kubernetes.io/memory-pressure',
  DiskPressure: 'node.kubernetes.io/disk-pressure',
  PIDPressure: 'node.kubernetes.io/pid-pressure',
  NetworkUnavailable: 'node.kubernetes.io/network-unavailable',
};

const owned = new Set([NOT_READY, UNREACHABLE, UNSCHEDULABLE, ...Object.values(byCondition)]);

type Wanted = Pick<Taint, 'key' | 'effect'>;

const wantedTaints = (node: Node, evicting: boolean): Wanted[] => {
  const conditions = node.status?.conditions;
  const ready = getCondition(conditions, 'Ready')?.status;
  const wanted: Wanted[] = [];
  if (ready !== 'True') {
    const key = ready === 'Unknown' ? UNREACHABLE : NOT_READY;
    wanted.push({ key, effect: 'NoSchedule' });
    // a node that never reported has nothing to evict
    if (ready !== undefined && evicting) wanted.push({ key, effect: 'NoExecute' });
  }
  for (const [type, key] of Object.entries(byCondition)) if (isConditionTrue(conditions, type)) wanted.push({ key, effect: 'NoSchedule' });
  if (node.spec?.unschedulable) wanted.push({ key: UNSCHEDULABLE, effect: 'NoSchedule' });
  return wanted;
};

const same = (a: Wanted, b: Wanted): boolean => a.key === b.key && a.effect === b.effect;

/** The node's taints as they should be; undefined when they are. `evicting` false keeps NoExecute away. */
export const taintsToBe = (node: Node, evicting: boolean, nowMs: number): Taint[] | undefined => {
  const wanted = wantedTaints(node, evicting);
  const present = node.spec?.taints ?? [];
  const kept = present.filter((taint) => !owned.has(taint.key) || wanted.some((w) => same(w, taint)));
  const added = wanted.filter((w) => !present.some((taint) => same(w, taint)));
  if (added.length === 0 && kept.length === present.length) return undefined;
  return [...kept, ...added.map(({ key, effect }): Taint => ({ key, effect, timeAdded: toRfc3339(nowMs) }))];
};
