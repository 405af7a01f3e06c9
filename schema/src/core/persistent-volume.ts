/**
 * PersistentVolume: a piece of storage of the cluster, bound to at most one claim.
 * @see https://kubernetes.io/docs/concepts/storage/persistent-volumes/
 */
import { type Infer, inline, list, map, message, str, struct, time } from '../dsl/field.ts';
import { ageColumn, nameColumn, text, wideText } from '../meta/columns.ts';
import { keepStatus, soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { toRfc3339 } from '../meta/time.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { formatAccessModes, storageClassOf } from './access-modes.ts';
import { NodeSelector } from './affinity.ts';
import { PersistentVolumeSource } from './persistent-volume-sources.ts';
import { validatePersistentVolume } from './persistent-volume-validation.ts';
import { ObjectReference } from './reference.ts';
import { persistentVolumeWarnings } from './storage-warnings.ts';

export const VolumeNodeAffinity = struct('io.k8s.api.core.v1.VolumeNodeAffinity', 'Nodes a volume can be reached from.', {
  required: message(1, NodeSelector, 'Nodes that match.'),
});
export type VolumeNodeAffinity = Infer<typeof VolumeNodeAffinity>;

export const PersistentVolumeSpec = struct('io.k8s.api.core.v1.PersistentVolumeSpec', 'What a volume is.', {
  capacity: map(1, 'quantity', 'What it holds.'),
  'inline:persistentVolumeSource': inline(2, PersistentVolumeSource),
  accessModes: list(3, 'string', 'How it can be mounted: ReadWriteOnce, ReadOnlyMany, ReadWriteMany or ReadWriteOncePod.'),
  claimRef: message(4, ObjectReference, 'The claim it is bound to, or shall be.', { atomic: false }),
  persistentVolumeReclaimPolicy: str(5, 'What becomes of it when its claim is gone: Retain, Delete or Recycle.'),
  storageClassName: str(6, 'Class it is of; empty for none.'),
  mountOptions: list(7, 'string', 'Options for mounting it.'),
  volumeMode: str(8, 'Filesystem or Block.', { pointer: true }),
  nodeAffinity: message(9, VolumeNodeAffinity, 'Nodes it can be reached from.'),
  volumeAttributesClassName: str(10, 'Class of further attributes.', { pointer: true }),
});
export type PersistentVolumeSpec = Infer<typeof PersistentVolumeSpec>;

export const PersistentVolumeStatus = struct('io.k8s.api.core.v1.PersistentVolumeStatus', 'What was observed of a volume.', {
  phase: str(1, 'Pending, Available, Bound, Released or Failed.'),
  message: str(2, 'Text for people.'),
  reason: str(3, 'One word for programs, in CamelCase.'),
  lastPhaseTransitionTime: time(4, 'When the phase last changed.'),
});
export type PersistentVolumeStatus = Infer<typeof PersistentVolumeStatus>;

export const PersistentVolume = struct('io.k8s.api.core.v1.PersistentVolume', 'A piece of storage of the cluster.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, PersistentVolumeSpec, 'The desired state.', { default: {} }),
  status: message(3, PersistentVolumeStatus, 'The observed state; written by the cluster.'),
});
export type PersistentVolume = ObjectOf<typeof PersistentVolume, 'spec'>;

const claimOf = ({ spec: { claimRef } }: PersistentVolume): string =>
  claimRef ? `${claimRef.namespace ?? ''}/${claimRef.name ?? ''}` : '';

export const persistentVolumes = defineResource<PersistentVolume>({
  group: '',
  resource: 'persistentvolumes',
  kind: 'PersistentVolume',
  namespaced: false,
  returnsDeleted: true,
  shortNames: ['pv'],
  versions: soleVersion('v1', PersistentVolume),
  hasStatus: true,
  generation: false,
  defaults: (volume) => {
    volume.status ??= {};
    volume.status.phase ??= 'Pending';
    volume.spec.persistentVolumeReclaimPolicy ??= 'Retain';
    volume.spec.volumeMode ??= 'Filesystem';
    if (volume.spec.hostPath) volume.spec.hostPath.type ??= '';
  },
  validate: validatePersistentVolume,
  warnings: persistentVolumeWarnings,
  prepareCreate: (volume, { nowMs }) => {
    volume.status = { phase: 'Pending', lastPhaseTransitionTime: toRfc3339(nowMs) };
  },
  prepareUpdate: keepStatus,
  columns: [
    nameColumn,
    text('Capacity', 'What it holds.', (volume: PersistentVolume) => volume.spec.capacity?.storage ?? '0'),
    text('Access Modes', 'How it can be mounted.', (volume: PersistentVolume) => formatAccessModes(volume.spec.accessModes)),
    text(
      'Reclaim Policy',
      'What becomes of it when its claim is gone.',
      (volume: PersistentVolume) => volume.spec.persistentVolumeReclaimPolicy ?? '',
    ),
    text('Status', 'Its phase, or Terminating.', ({ metadata, status }: PersistentVolume) =>
      metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
    ),
    text('Claim', 'The claim it is bound to.', claimOf),
    text('StorageClass', 'Class it is of.', storageClassOf),
    text(
      'VolumeAttributesClass',
      'Class of further attributes.',
      (volume: PersistentVolume) => volume.spec.volumeAttributesClassName ?? '<unset>',
    ),
    text('Reason', 'Why it is in that state.', (volume: PersistentVolume) => volume.status?.reason ?? ''),
    ageColumn,
    wideText('VolumeMode', 'Filesystem or Block.', (volume: PersistentVolume) => volume.spec.volumeMode ?? '<unset>'),
  ],
});
