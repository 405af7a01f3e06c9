/** Which pods spread against each other, counted per node once per pass and group, and kept up to date as the pass places pods. */
import type { Pod } from '#schema/core/pod.ts';
import type { Service } from '#schema/core/service.ts';
import { matches, selectionOfMap } from '#schema/selectors/label.ts';
import type { Snapshot } from '../controller-runtime/snapshot.ts';
import { controllerOf, selected } from '../controllers/ownership.ts';
import { isActive } from '../controllers/pod-state.ts';
import type { PodInfo } from './pod-info.ts';

const PODS = 'core/pods';
const nobody: ReadonlyMap<string, number> = new Map();

export interface Peers {
  /** Peers per node name; empty for a pod that belongs to no group. */
  readonly of: (pod: PodInfo) => ReadonlyMap<string, number>;
  readonly placed: (pod: PodInfo, node: string) => void;
}

interface Group {
  readonly key: string;
  readonly members: () => readonly Pod[];
}

const groupOf = (pod: Pod, snapshot: Snapshot): Group | undefined => {
  const controller = controllerOf(pod);
  if (controller) return { key: controller.uid, members: () => snapshot.ownedBy<Pod>(PODS, controller.uid) };
  const namespace = pod.metadata.namespace ?? '';
  const service = snapshot
    .inNamespace<Service>('core/services', namespace)
    .find(({ spec }) => Object.keys(spec.selector ?? {}).length > 0 && matches(selectionOfMap(spec.selector), pod.metadata.labels));
  if (!service) return undefined;
  const selection = selectionOfMap(service.spec.selector);
  return { key: service.metadata.uid ?? '', members: () => selected<Pod>(snapshot, PODS, namespace, selection) };
};

export const createPeers = (snapshot: Snapshot): Peers => {
  const groups = new WeakMap<Pod, Group | null>();
  const counts = new Map<string, Map<string, number>>();
  const find = (pod: Pod): Group | undefined => {
    const known = groups.get(pod);
    if (known !== undefined) return known ?? undefined;
    const group = groupOf(pod, snapshot);
    groups.set(pod, group ?? null);
    return group;
  };
  const countOf = (group: Group): Map<string, number> => {
    const known = counts.get(group.key);
    if (known) return known;
    const count = new Map<string, number>();
    for (const { spec } of group.members().filter(isActive))
      if (spec.nodeName) count.set(spec.nodeName, (count.get(spec.nodeName) ?? 0) + 1);
    counts.set(group.key, count);
    return count;
  };
  return {
    of: ({ pod }) => {
      const group = find(pod);
      return group ? countOf(group) : nobody;
    },
    placed: ({ pod }, node) => {
      const group = find(pod);
      if (!group) return;
      const count = countOf(group);
      count.set(node, (count.get(node) ?? 0) + 1);
    },
  };
};
