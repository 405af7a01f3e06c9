/**
 * A pod runs where its volumes can be reached: bound ones by their node affinity, those of claims that wait for their first consumer where a free
 * volume is or one can be made.
 * @see https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode
 */
import { FINAL, type Plugin } from '../plugin.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { podVolumesOf, reachOf } from './pod-volumes.ts';
import { chooserOf } from './volume-choice.ts';

const CONFLICT = 1 | FINAL;
const NOTHING_TO_BIND = 2 | FINAL;
const NO_VOLUME = 3 | FINAL;
const NO_ROOM = 4 | FINAL;

const texts: Readonly<Record<number, string>> = {
  [CONFLICT]: "node(s) didn't match PersistentVolume's node affinity",
  [NOTHING_TO_BIND]: "node(s) didn't find available persistent volumes to bind",
  [NO_VOLUME]: 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)',
  [NO_ROOM]: 'node(s) did not have enough free storage',
};

const filter = (pod: PodInfo, state: ClusterState) => {
  if (pod.claims.length === 0) return undefined;
  const volumes = podVolumesOf(pod, state);
  const lost = volumes.bound.some(({ volume }) => !volume);
  const reaches = volumes.bound.flatMap(({ volume }) => (volume && reachOf(volume, state)) ?? []);
  const choose = volumes.open.length > 0 ? chooserOf(volumes, state) : undefined;
  return {
    at: (slot: number): number => {
      if (lost) return NO_VOLUME;
      if (reaches.some(({ passes }) => passes[slot] !== 1)) return CONFLICT;
      const choice = choose?.(slot);
      if (typeof choice !== 'string') return 0;
      return choice === 'room' ? NO_ROOM : NOTHING_TO_BIND;
    },
    reasons: (code: number) => [texts[code]!],
  };
};

export const volumeBinding: Plugin = {
  name: 'VolumeBinding',
  cluster: { reject: (pod, state) => (pod.claims.length === 0 ? undefined : podVolumesOf(pod, state).rejected), filter },
  wakes: (pod, event) => {
    if (event.kind === 'node') return true;
    if (event.kind !== 'storage') return false;
    return event.resource !== 'core/persistentvolumeclaims' || isOf(pod, event.object.metadata.namespace, event.object.metadata.name);
  },
};

const isOf = (pod: PodInfo, namespace: string | undefined, name: string | undefined): boolean =>
  pod.namespace === namespace && pod.claims.includes(name ?? '');
