/**
 * What a claim asks for: in a claim itself, in an ephemeral volume, in a stateful set.
 */

import { type Infer, list, message, str, struct } from '../dsl/field.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { TypedLocalObjectReference, TypedObjectReference } from './reference.ts';
import { VolumeResourceRequirements } from './resources.ts';

export const PersistentVolumeClaimSpec = struct('io.k8s.api.core.v1.PersistentVolumeClaimSpec', 'The storage wanted.', {
  accessModes: list(1, 'string', 'How it will be mounted: ReadWriteOnce, ReadOnlyMany, ReadWriteMany or ReadWriteOncePod.'),
  selector: message(4, LabelSelector, 'Volumes to choose from.'),
  resources: message(2, VolumeResourceRequirements, 'How much storage.', { default: {} }),
  volumeName: str(3, 'A certain volume to bind to.'),
  storageClassName: str(5, 'Class the storage shall be of; empty for none.', { pointer: true }),
  volumeMode: str(6, 'Filesystem or Block.', { pointer: true }),
  dataSource: message(7, TypedLocalObjectReference, 'Snapshot or claim to fill it from.'),
  dataSourceRef: message(8, TypedObjectReference, 'Any object to fill it from.'),
  volumeAttributesClassName: str(9, 'Class of further attributes.', { pointer: true }),
});
export type PersistentVolumeClaimSpec = Infer<typeof PersistentVolumeClaimSpec>;

export const PersistentVolumeClaimTemplate = struct('io.k8s.api.core.v1.PersistentVolumeClaimTemplate', 'The claim to make.', {
  metadata: message(1, ObjectMeta, 'Labels and annotations of the claim.'),
  spec: message(2, PersistentVolumeClaimSpec, 'The storage wanted.', { required: true }),
});
export type PersistentVolumeClaimTemplate = Infer<typeof PersistentVolumeClaimTemplate>;
