/**
 * VolumeAttributesClass: attributes of volumes that a storage driver can change while they are in use.
 */
import { map, message, str, struct } from '../dsl/field.ts';
import { equalJson } from '../dsl/own.ts';
import { ageColumn, nameColumn, text } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource, type FieldError } from '../resource.ts';
import { forbidden, required } from '../validation/errors.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import { NO_DRIVERS, validateDriverName } from './csi-driver-name.ts';
import { validateParameters } from './storage-class-validation.ts';

export const VolumeAttributesClass = struct('io.k8s.api.storage.v1.VolumeAttributesClass', 'Attributes that volumes may have.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  driverName: str(2, 'Driver the attributes are for.', { required: true }),
  parameters: map(3, 'string', 'The attributes.'),
});
export type VolumeAttributesClass = ObjectOf<typeof VolumeAttributesClass>;

const validate = (attributes: VolumeAttributesClass, old?: VolumeAttributesClass): FieldError[] => {
  const { metadata, driverName, parameters = {} } = attributes;
  const errors = [
    ...validateObjectMeta(metadata, { namespaced: false }, old?.metadata),
    ...validateDriverName(driverName, 'driverName'),
    ...validateParameters(parameters, 'parameters'),
  ];
  if (Object.keys(parameters).length === 0) errors.push(required('parameters', 'must contain at least one key/value pair'));
  if (!old) return errors;
  if (driverName !== old.driverName) errors.push(forbidden('driverName', 'updates to driverName are forbidden.'));
  if (!equalJson(parameters, old.parameters ?? {})) errors.push(forbidden('parameters', 'updates to parameters are forbidden.'));
  return errors;
};

export const volumeAttributesClasses = defineResource<VolumeAttributesClass>({
  group: 'storage.k8s.io',
  resource: 'volumeattributesclasses',
  kind: 'VolumeAttributesClass',
  namespaced: false,
  returnsDeleted: true,
  shortNames: ['vac'],
  versions: soleVersion('v1', VolumeAttributesClass),
  generation: false,
  inactive: NO_DRIVERS,
  validate,
  columns: [nameColumn, text('DriverName', 'Driver the attributes are for.', (o: VolumeAttributesClass) => o.driverName), ageColumn],
});
