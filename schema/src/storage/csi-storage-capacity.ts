/**
 * CSIStorageCapacity: how much room a storage driver has in a part of the cluster.
 */
import { message, quantity, str, struct } from '../dsl/field.ts';
import { equalJson } from '../dsl/own.ts';
import { problems } from '../meta/checks.ts';
import { nameColumn, text } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { compare } from '../quantity/quantity.ts';
import { defineResource, type FieldError } from '../resource.ts';
import { immutable, invalid } from '../validation/errors.ts';
import { validateLabelSelector } from '../validation/label-selector.ts';
import { isDNS1123Subdomain } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import { NO_DRIVERS } from './csi-driver-name.ts';

export const CSIStorageCapacity = struct('io.k8s.api.storage.v1.CSIStorageCapacity', 'How much room there is in a part of the cluster.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  nodeTopology: message(2, LabelSelector, 'Nodes that can reach it; none when absent.'),
  storageClassName: str(3, 'Class of the storage.', { required: true, default: '' }),
  capacity: quantity(4, 'How much room there is.', { pointer: true }),
  maximumVolumeSize: quantity(5, 'Largest volume that can be made.', { pointer: true }),
});
export type CSIStorageCapacity = ObjectOf<typeof CSIStorageCapacity>;

const validate = (room: CSIStorageCapacity, old?: CSIStorageCapacity): FieldError[] => {
  const { metadata, storageClassName, nodeTopology } = room;
  const errors = [
    ...validateObjectMeta(metadata, { namespaced: true }, old?.metadata),
    ...problems('storageClassName', storageClassName, isDNS1123Subdomain(storageClassName)),
    ...validateLabelSelector(nodeTopology, 'nodeTopology'),
  ];
  for (const field of ['capacity', 'maximumVolumeSize'] as const) {
    const value = room[field];
    if (value !== undefined && compare(value, '0') < 0) errors.push(invalid(field, value, 'must be greater than or equal to 0'));
  }
  if (!old) return errors;
  if (!equalJson(nodeTopology, old.nodeTopology)) errors.push(immutable('nodeTopology', nodeTopology ?? null));
  if (storageClassName !== old.storageClassName) errors.push(immutable('storageClassName', storageClassName));
  return errors;
};

export const csiStorageCapacities = defineResource<CSIStorageCapacity>({
  group: 'storage.k8s.io',
  resource: 'csistoragecapacities',
  kind: 'CSIStorageCapacity',
  namespaced: true,
  versions: soleVersion('v1', CSIStorageCapacity),
  generation: false,
  inactive: NO_DRIVERS,
  validate,
  columns: [
    nameColumn,
    text('StorageClassName', 'Class of the storage.', (room: CSIStorageCapacity) => room.storageClassName),
    text('Capacity', 'How much room there is.', (room: CSIStorageCapacity) => room.capacity ?? '<unset>'),
  ],
});
