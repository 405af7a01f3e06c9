/**
 * PersistentVolumeClaim: storage that pods of a namespace use by name.
 * @see https://kubernetes.io/docs/concepts/storage/persistent-volumes/
 */
import { type Infer, list, listMap, map, message, str, struct, time } from '../dsl/field.ts';
import { ageColumn, nameColumn, text, wideText } from '../meta/columns.ts';
import { keepStatus, soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { formatAccessModes, storageClassOf } from './access-modes.ts';
import { PersistentVolumeClaimSpec } from './persistent-volume-claim-spec.ts';
import { validatePersistentVolumeClaim } from './persistent-volume-claim-validation.ts';
import { persistentVolumeClaimWarnings } from './storage-warnings.ts';

export const PersistentVolumeClaimCondition = struct(
  'io.k8s.api.core.v1.PersistentVolumeClaimCondition',
  'One observed aspect of a claim.',
  {
    type: str(1, 'What was observed, such as Resizing.', { required: true }),
    status: str(2, 'True, False or Unknown.', { required: true }),
    lastProbeTime: time(3, 'When it was last looked at.'),
    lastTransitionTime: time(4, 'When the status last changed.'),
    reason: str(5, 'One word for programs, in CamelCase.'),
    message: str(6, 'Text for people.'),
  },
);
export type PersistentVolumeClaimCondition = Infer<typeof PersistentVolumeClaimCondition>;

export const ModifyVolumeStatus = struct('io.k8s.api.core.v1.ModifyVolumeStatus', 'A change of attributes under way.', {
  targetVolumeAttributesClassName: str(1, 'Class the volume shall get.'),
  status: str(2, 'Pending, InProgress or Infeasible.', { required: true }),
});
export type ModifyVolumeStatus = Infer<typeof ModifyVolumeStatus>;

export const PersistentVolumeClaimStatus = struct('io.k8s.api.core.v1.PersistentVolumeClaimStatus', 'What was observed of a claim.', {
  phase: str(1, 'Pending, Bound or Lost.'),
  accessModes: list(2, 'string', 'How the volume can be mounted.'),
  capacity: map(3, 'quantity', 'What the volume holds.'),
  conditions: listMap(4, PersistentVolumeClaimCondition, ['type'], 'Latest observations, one for each type.'),
  allocatedResources: map(5, 'quantity', 'What is being made available during an expansion.'),
  allocatedResourceStatuses: map(7, 'string', 'How far an expansion is.'),
  currentVolumeAttributesClassName: str(8, 'Class of attributes the volume has.', { pointer: true }),
  modifyVolumeStatus: message(9, ModifyVolumeStatus, 'A change of attributes under way.'),
});
export type PersistentVolumeClaimStatus = Infer<typeof PersistentVolumeClaimStatus>;

export const PersistentVolumeClaim = struct('io.k8s.api.core.v1.PersistentVolumeClaim', 'Storage that pods of a namespace use by name.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, PersistentVolumeClaimSpec, 'The desired state.', { default: {} }),
  status: message(3, PersistentVolumeClaimStatus, 'The observed state; written by the cluster.'),
});
export type PersistentVolumeClaim = ObjectOf<typeof PersistentVolumeClaim, 'spec'>;

/** dataSource and dataSourceRef say the same where both can. */
const alignSources = ({ spec }: PersistentVolumeClaim): void => {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource && !dataSourceRef) spec.dataSourceRef = { ...dataSource };
  else if (dataSourceRef && !dataSource && !dataSourceRef.namespace) {
    const { namespace: _, ...local } = dataSourceRef;
    spec.dataSource = local;
  }
};

/** Nothing of the volume is known before the claim is bound. */
const whenBound = (read: (claim: PersistentVolumeClaim) => string) => (claim: PersistentVolumeClaim) =>
  claim.spec.volumeName ? read(claim) : '';

export const persistentVolumeClaims = defineResource<PersistentVolumeClaim>({
  group: '',
  resource: 'persistentvolumeclaims',
  kind: 'PersistentVolumeClaim',
  namespaced: true,
  returnsDeleted: true,
  shortNames: ['pvc'],
  versions: soleVersion('v1', PersistentVolumeClaim),
  hasStatus: true,
  generation: false,
  defaults: (claim) => {
    claim.spec.volumeMode ??= 'Filesystem';
    claim.status ??= {};
    claim.status.phase ??= 'Pending';
  },
  validate: validatePersistentVolumeClaim,
  warnings: persistentVolumeClaimWarnings,
  prepareCreate: (claim) => {
    claim.status = { phase: 'Pending' };
    alignSources(claim);
  },
  prepareUpdate: (claim, old) => {
    keepStatus(claim, old);
    alignSources(claim);
  },
  columns: [
    nameColumn,
    text('Status', 'Pending, Bound, Lost or Terminating.', ({ metadata, status }: PersistentVolumeClaim) =>
      metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
    ),
    text('Volume', 'The volume it is bound to.', (claim: PersistentVolumeClaim) => claim.spec.volumeName ?? ''),
    text(
      'Capacity',
      'What the volume holds.',
      whenBound((claim) => claim.status?.capacity?.storage ?? '0'),
    ),
    text(
      'Access Modes',
      'How the volume can be mounted.',
      whenBound((claim) => formatAccessModes(claim.status?.accessModes)),
    ),
    text('StorageClass', 'Class of the storage.', storageClassOf),
    text(
      'VolumeAttributesClass',
      'Class of further attributes.',
      (claim: PersistentVolumeClaim) => claim.spec.volumeAttributesClassName ?? '<unset>',
    ),
    ageColumn,
    wideText('VolumeMode', 'Filesystem or Block.', (claim: PersistentVolumeClaim) => claim.spec.volumeMode ?? '<unset>'),
  ],
});
