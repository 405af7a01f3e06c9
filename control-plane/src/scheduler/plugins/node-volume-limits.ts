/** A storage driver can have only so many volumes on a node at a time (CSINode says how many). */
import type { CSINode } from '#schema/storage/csi-node.ts';
import type { Plugin } from '../plugin.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { classOf, DRIVERS, podVolumesOf } from './pod-volumes.ts';

/** The volumes a pod has on its node: a name for each -> its driver. */
const volumesOf = (pod: PodInfo, state: ClusterState): ReadonlyMap<string, string> => {
  const { bound, open } = podVolumesOf(pod, state);
  const volumes = new Map<string, string>();
  for (const { volume } of bound) {
    const csi = volume?.spec.csi;
    if (csi) volumes.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver);
  }
  for (const { claim } of open) {
    const driver = classOf(state, claim)?.provisioner;
    if (driver) volumes.set(`${claim.metadata.namespace}/${claim.metadata.name}`, driver);
  }
  return volumes;
};

export const nodeVolumeLimits: Plugin = {
  name: 'NodeVolumeLimits',
  cluster: {
    filter: (pod, state) => {
      if (pod.claims.length === 0 || state.lookup.all(DRIVERS).length === 0) return undefined;
      const wanted = volumesOf(pod, state);
      if (wanted.size === 0) return undefined;
      const drivers = new Set(wanted.values());
      return {
        at: (slot) => {
          const { name } = state.nodes.infos[slot]!;
          const limits = state.lookup.get<CSINode>(DRIVERS, '', name)?.spec.drivers ?? [];
          if (!limits.some((limit) => drivers.has(limit.name) && limit.allocatable?.count !== undefined)) return 0;
          const all = new Map(wanted);
          const there = [
            ...state.podsOn(name).values(),
            ...state.nominations.before({ uid: pod.uid, priority: pod.class.shape.priority }, slot),
          ];
          for (const other of there) {
            if (other.claims.length > 0) for (const [volume, driver] of volumesOf(other, state)) all.set(volume, driver);
          }
          for (const { name: driver, allocatable } of limits) {
            if (!drivers.has(driver) || allocatable?.count === undefined) continue;
            let count = 0;
            for (const other of all.values()) if (other === driver) count++;
            if (count > allocatable.count) return 1;
          }
          return 0;
        },
        reasons: () => ['node(s) exceed max volume count'],
      };
    },
  },
  wakes: (pod, event) => pod.claims.length > 0 && (event.kind === 'gone' || event.kind === 'node' || event.kind === 'storage'),
};
