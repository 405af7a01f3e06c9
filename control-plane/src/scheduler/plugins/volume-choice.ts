/**
 * Which volume each open claim of a pod would get on a node: the smallest free one that can be reached from there, or one that is still to be made, where the
 * driver has room.
 */
import { type PersistentVolume, persistentVolumes } from '#schema/core/persistent-volume.ts';
import { type PersistentVolumeClaim, persistentVolumeClaims } from '#schema/core/persistent-volume-claim.ts';
import { compare } from '#schema/quantity/quantity.ts';
import type { Change } from '../../controller-runtime/controller.ts';
import { gives, isKeptFor } from '../../controllers/volume-binder/match.ts';
import { claimReference, SELECTED_NODE } from '../../controllers/volume-binder/provision.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import { makesOn, type PodVolumes, reachOf, selectedNode, VOLUMES } from './pod-volumes.ts';
import { roomFor } from './storage-capacity.ts';

const NO_PROVISIONER = 'kubernetes.io/no-provisioner';

export interface Choice {
  readonly claim: PersistentVolumeClaim;
  /** Undefined: it is to be made. */
  readonly volume: PersistentVolume | undefined;
}

const sizeOf = (quantities: Readonly<Record<string, any>> | undefined): string => String(quantities?.storage ?? '0');

const smaller = (a: PersistentVolume, b: PersistentVolume): number =>
  compare(sizeOf(a.spec.capacity), sizeOf(b.spec.capacity)) || (a.metadata.name! < b.metadata.name! ? -1 : 1);

/** What a node lacks for the open claims of a pod: a volume that is there or can be made, or room to make one. */
export type Missing = 'volume' | 'room';

/** Chooses per slot, or says why the open claims cannot all be served there. */
export const chooserOf = ({ open }: PodVolumes, state: ClusterState): ((slot: number) => readonly Choice[] | Missing) => {
  const volumes = state.lookup.all<PersistentVolume>(VOLUMES).filter(({ metadata }) => !state.reservedVolumes.has(metadata.name!));
  const wishes = [...open]
    .sort((a, b) => compare(sizeOf(a.claim.spec.resources?.requests), sizeOf(b.claim.spec.resources?.requests)))
    .map(({ claim, storageClass }) => {
      const kept = volumes.filter((volume) => isKeptFor(volume, claim));
      const free = kept.length > 0 ? kept : volumes.filter((volume) => !volume.spec.claimRef && gives(volume, claim)).sort(smaller);
      return {
        claim,
        made: kept.length === 0 && storageClass.provisioner !== NO_PROVISIONER,
        on: makesOn(storageClass, state),
        room: roomFor(claim, storageClass, state),
        candidates: free.map((volume) => ({ volume, reach: reachOf(volume, state) })),
      };
    });
  return (slot) => {
    const taken = new Set<PersistentVolume>();
    const choices: Choice[] = [];
    for (const { claim, made, on, room, candidates } of wishes) {
      const found = candidates.find(({ volume, reach }) => !taken.has(volume) && (!reach || reach.passes[slot] === 1));
      if (found) taken.add(found.volume);
      else if (!made || (on && on.passes[slot] !== 1)) return 'volume';
      else if (room && room.passes[slot] !== 1) return 'room';
      choices.push({ claim, volume: found?.volume });
    }
    return choices;
  };
};

/** What must be written for the choices to come true; nothing where it stands already. */
export const changesFor = (choices: readonly Choice[], node: string): Change[] =>
  choices.flatMap(({ claim, volume }): Change[] => {
    if (volume) {
      if (volume.spec.claimRef) return [];
      const object = { ...volume, spec: { ...volume.spec, claimRef: claimReference(claim) } } as PersistentVolume;
      return [{ op: 'update', definition: persistentVolumes, object }];
    }
    if (selectedNode(claim) === node) return [];
    const annotations = { ...claim.metadata.annotations, [SELECTED_NODE]: node };
    return [{ op: 'update', definition: persistentVolumeClaims, object: { ...claim, metadata: { ...claim.metadata, annotations } } }];
  });
