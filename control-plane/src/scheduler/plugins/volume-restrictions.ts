/** A ReadWriteOncePod claim has one pod at a time, wherever it runs. */
import type { Plugin } from '../plugin.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { claimOf } from './pod-volumes.ts';

const REASON = ['node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode'];

const exclusive = (pod: PodInfo, state: ClusterState): readonly string[] =>
  pod.claims.filter((name) => claimOf(state, pod.namespace, name)?.spec.accessModes?.includes('ReadWriteOncePod'));

export const volumeRestrictions: Plugin = {
  name: 'VolumeRestrictions',
  cluster: {
    filter: (pod, state) => {
      if (pod.claims.length === 0) return undefined;
      const own = exclusive(pod, state);
      if (own.length === 0) return undefined;
      const used = own.some((name) => state.claimUsers(pod.namespace, name).size > 0);
      if (used) return { at: () => 1, reasons: () => REASON };
      const asking = { uid: pod.uid, priority: pod.class.shape.priority };
      const promised = (slot: number): boolean =>
        state.nominations
          .before(asking, slot)
          .some(({ namespace, claims }) => namespace === pod.namespace && own.some((name) => claims.includes(name)));
      return { at: (slot) => (promised(slot) ? 1 : 0), reasons: () => REASON };
    },
  },
  wakes: (pod, event) =>
    (event.kind === 'gone' && event.pod.namespace === pod.namespace && event.pod.claims.some((name) => pod.claims.includes(name))) ||
    (event.kind === 'storage' && pod.claims.length > 0),
};
