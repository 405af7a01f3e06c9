/**
 * The claim template inside an ephemeral volume.
 */

import { type Infer, list, message, str, struct } from '../dsl/field.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { TypedLocalObjectReference, TypedObjectReference } from './reference.ts';
import { VolumeResourceRequirements } from './resources.ts';

export const PersistentVolumeClaimSpec = struct('io.k8s.api.core.v1.PersistentVolumeClaimSpec', '@core.PersistentVolumeClaimSpec', {
  accessModes: list(1, 'string', '@core.PersistentVolumeClaimSpec.accessModes'),
  selector: message(4, LabelSelector, '@core.PersistentVolumeClaimSpec.selector'),
  resources: message(2, VolumeResourceRequirements, '@core.PersistentVolumeClaimSpec.resources'),
  volumeName: str(3, '@core.PersistentVolumeClaimSpec.volumeName'),
  storageClassName: str(5, '@core.PersistentVolumeClaimSpec.storageClassName', { pointer: true }),
  volumeMode: str(6, '@core.PersistentVolumeClaimSpec.volumeMode', { pointer: true }),
  dataSource: message(7, TypedLocalObjectReference, '@core.PersistentVolumeClaimSpec.dataSource'),
  dataSourceRef: message(8, TypedObjectReference, '@core.PersistentVolumeClaimSpec.dataSourceRef'),
  volumeAttributesClassName: str(9, '@core.PersistentVolumeClaimSpec.volumeAttributesClassName', { pointer: true }),
});
export type PersistentVolumeClaimSpec = Infer<typeof PersistentVolumeClaimSpec>;

export const PersistentVolumeClaimTemplate = struct(
  'io.k8s.api.core.v1.PersistentVolumeClaimTemplate',
  '@core.PersistentVolumeClaimTemplate',
  {
    metadata: message(1, ObjectMeta, '@core.PersistentVolumeClaimTemplate.metadata'),
    spec: message(2, PersistentVolumeClaimSpec, '@core.PersistentVolumeClaimTemplate.spec', { required: true }),
  },
);
export type PersistentVolumeClaimTemplate = Infer<typeof PersistentVolumeClaimTemplate>;
