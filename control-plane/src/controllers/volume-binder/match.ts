/** Which PersistentVolume a claim may have: the smallest that is free (or kept for it) and gives what it asks. */
import type { Node } from '#schema/core/node.ts';
import type { PersistentVolume } from '#schema/core/persistent-volume.ts';
import type { PersistentVolumeClaim } from '#schema/core/persistent-volume-claim.ts';
import { compare } from '#schema/quantity/quantity.ts';
import { labelSelectorOf, matches } from '#schema/selectors/label.ts';
import { matchesSelector } from '../../scheduler/node-selector.ts';

export const isKeptFor = (volume: PersistentVolume, claim: PersistentVolumeClaim): boolean => {
  const reference = volume.spec?.claimRef;
  if (!reference || reference.name !== claim.metadata.name || reference.namespace !== claim.metadata.namespace) return false;
  return !reference.uid || reference.uid === claim.metadata.uid;
};

const storage = (quantities: Readonly<Record<string, any>> | undefined): string => String(quantities?.storage ?? '0');

export const gives = (volume: PersistentVolume, claim: PersistentVolumeClaim): boolean => {
  const { spec } = claim;
  if (volume.metadata.deletionTimestamp) return false;
  if ((volume.spec?.storageClassName ?? '') !== (spec?.storageClassName ?? '')) return false;
  if ((volume.spec?.volumeMode ?? 'Filesystem') !== (spec?.volumeMode ?? 'Filesystem')) return false;
  if (!(spec?.accessModes ?? []).every((mode) => volume.spec?.accessModes?.includes(mode))) return false;
  if (compare(storage(volume.spec?.capacity), storage(spec?.resources?.requests)) < 0) return false;
  return !spec?.selector || matches(labelSelectorOf(spec.selector), volume.metadata.labels);
};

const byFit = (a: PersistentVolume, b: PersistentVolume): number =>
  compare(storage(a.spec?.capacity), storage(b.spec?.capacity)) || ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1);

export const isReachable = (volume: PersistentVolume, { metadata: { name = '', labels = {} } }: Node): boolean => {
  const required = volume.spec?.nodeAffinity?.required;
  return !required || matchesSelector(required, { name, labels });
};

export const bestVolume = (volumes: readonly PersistentVolume[], claim: PersistentVolumeClaim): PersistentVolume | undefined => {
  const kept = volumes.find((volume) => isKeptFor(volume, claim));
  if (kept) return kept;
  return volumes.filter((volume) => !volume.spec?.claimRef && gives(volume, claim)).sort(byFit)[0];
};
