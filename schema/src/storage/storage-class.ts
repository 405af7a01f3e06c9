/**
 * StorageClass: a kind of storage, and how volumes of it are made.
 * @see https://kubernetes.io/docs/concepts/storage/storage-classes/
 */
import { TopologySelectorTerm } from '../core/topology-selector.ts';
import { bool, list, map, message, str, struct } from '../dsl/field.ts';
import { ageColumn, nameColumn, text } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { validateStorageClass } from './storage-class-validation.ts';

export const StorageClass = struct('io.k8s.api.storage.v1.StorageClass', 'A kind of storage, and how volumes of it are made.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  provisioner: str(2, 'Who makes the volumes.', { required: true }),
  parameters: map(3, 'string', 'Parameters for the provisioner.'),
  reclaimPolicy: str(4, 'What becomes of a volume when its claim is gone: Delete (default) or Retain.', { pointer: true }),
  mountOptions: list(5, 'string', 'Options for mounting the volumes.'),
  allowVolumeExpansion: bool(6, 'Whether volumes can be made larger.', { pointer: true }),
  volumeBindingMode: str(7, 'When a volume is made: Immediate (default), or WaitForFirstConsumer: when a pod needs it.', { pointer: true }),
  allowedTopologies: list(8, TopologySelectorTerm, 'Where volumes may be made.'),
});
export type StorageClass = ObjectOf<typeof StorageClass>;

/** The class of claims that name none; the second key is an older name of the first. */
export const DEFAULT_CLASS_ANNOTATION = 'storageclass.kubernetes.io/is-default-class';
const defaultAnnotations = [DEFAULT_CLASS_ANNOTATION, 'storageclass.beta.kubernetes.io/is-default-class'];

export const isDefaultClass = ({ metadata }: Pick<StorageClass, 'metadata'>): boolean =>
  defaultAnnotations.some((key) => metadata.annotations?.[key] === 'true');

export const storageClasses = defineResource<StorageClass>({
  group: 'storage.k8s.io',
  resource: 'storageclasses',
  kind: 'StorageClass',
  namespaced: false,
  returnsDeleted: true,
  shortNames: ['sc'],
  versions: soleVersion('v1', StorageClass),
  generation: false,
  defaults: (storageClass) => {
    storageClass.reclaimPolicy ??= 'Delete';
    storageClass.volumeBindingMode ??= 'Immediate';
  },
  validate: validateStorageClass,
  columns: [
    { ...nameColumn, cell: (o: StorageClass) => (isDefaultClass(o) ? `${o.metadata.name} (default)` : (o.metadata.name ?? '')) },
    text('Provisioner', 'Who makes the volumes.', (storageClass: StorageClass) => storageClass.provisioner),
    text('ReclaimPolicy', 'What becomes of a volume when its claim is gone.', (o: StorageClass) => o.reclaimPolicy ?? 'Delete'),
    text('VolumeBindingMode', 'When a volume is made.', (o: StorageClass) => o.volumeBindingMode ?? '<unset>'),
    {
      ...text('AllowVolumeExpansion', 'Whether volumes can be made larger.', (o: StorageClass) => o.allowVolumeExpansion ?? false),
      type: 'boolean',
    },
    ageColumn,
  ],
});
