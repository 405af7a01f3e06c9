/**
 * VolumeAttachment: the wish that a volume be attached to a node. Storage drivers write it and act on it.
 */
import { PersistentVolumeSpec } from '../core/persistent-volume.ts';
import { validatePersistentVolumeSpec } from '../core/persistent-volume-validation.ts';
import { bool, type Infer, int32, map, message, str, struct, time } from '../dsl/field.ts';
import { equalJson } from '../dsl/own.ts';
import { problems } from '../meta/checks.ts';
import { ageColumn, nameColumn, text } from '../meta/columns.ts';
import { keepStatus, soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource, type FieldError } from '../resource.ts';
import { forbidden, immutable, required } from '../validation/errors.ts';
import { isDNS1123Subdomain } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import { NO_DRIVERS, validateDriverName } from './csi-driver-name.ts';

export const VolumeAttachmentSource = struct('io.k8s.api.storage.v1.VolumeAttachmentSource', 'The volume; exactly one.', {
  persistentVolumeName: str(1, 'Name of a volume.', { pointer: true }),
  inlineVolumeSpec: message(2, PersistentVolumeSpec, 'A volume that is no object.'),
});
export type VolumeAttachmentSource = Infer<typeof VolumeAttachmentSource>;

export const VolumeAttachmentSpec = struct('io.k8s.api.storage.v1.VolumeAttachmentSpec', 'What to attach where.', {
  attacher: str(1, 'Driver that shall do it.', { required: true }),
  source: message(2, VolumeAttachmentSource, 'The volume.', { required: true, default: {} }),
  nodeName: str(3, 'The node.', { required: true, default: '' }),
});
export type VolumeAttachmentSpec = Infer<typeof VolumeAttachmentSpec>;

export const VolumeError = struct('io.k8s.api.storage.v1.VolumeError', 'What went wrong.', {
  time: time(1, 'When it did.'),
  message: str(2, 'Text for people.'),
  errorCode: int32(3, 'gRPC code of the error.', { pointer: true }),
});
export type VolumeError = Infer<typeof VolumeError>;

export const VolumeAttachmentStatus = struct('io.k8s.api.storage.v1.VolumeAttachmentStatus', 'What was observed.', {
  attached: bool(1, 'True when the volume is attached.', { required: true, default: false }),
  attachmentMetadata: map(2, 'string', 'What the driver wants to know when it mounts the volume.'),
  attachError: message(3, VolumeError, 'Why it could not be attached.'),
  detachError: message(4, VolumeError, 'Why it could not be detached.'),
});
export type VolumeAttachmentStatus = Infer<typeof VolumeAttachmentStatus>;

export const VolumeAttachment = struct('io.k8s.api.storage.v1.VolumeAttachment', 'The wish that a volume be attached to a node.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, VolumeAttachmentSpec, 'The desired state.', { required: true, default: {} }),
  status: message(3, VolumeAttachmentStatus, 'The observed state; written by the driver.'),
});
export type VolumeAttachment = ObjectOf<typeof VolumeAttachment, 'spec'>;

const ONE = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';

const validateSource = ({ persistentVolumeName: name, inlineVolumeSpec: inline }: VolumeAttachmentSource, path: string): FieldError[] => {
  if (name === undefined && !inline) return [required(path, ONE)];
  if (name !== undefined && inline) return [forbidden(path, ONE)];
  if (inline) return validatePersistentVolumeSpec(inline, `${path}.inlineVolumeSpec`);
  return name === '' ? [required(`${path}.persistentVolumeName`, 'must specify non empty persistentVolumeName')] : [];
};

const validate = ({ metadata, spec }: VolumeAttachment, old?: VolumeAttachment): FieldError[] => [
  ...validateObjectMeta(metadata, { namespaced: false }, old?.metadata),
  ...validateDriverName(spec.attacher, 'spec.attacher'),
  ...validateSource(spec.source, 'spec.source'),
  ...problems('spec.nodeName', spec.nodeName, isDNS1123Subdomain(spec.nodeName)),
  ...(old && !equalJson(spec, old.spec) ? [immutable('spec', spec)] : []),
];

export const volumeAttachments = defineResource<VolumeAttachment>({
  group: 'storage.k8s.io',
  resource: 'volumeattachments',
  kind: 'VolumeAttachment',
  namespaced: false,
  returnsDeleted: true,
  updatesNeedVersion: true,
  versions: soleVersion('v1', VolumeAttachment),
  hasStatus: true,
  generation: false,
  inactive: NO_DRIVERS,
  validate,
  prepareCreate: (attachment) => {
    attachment.status = { attached: false };
  },
  prepareUpdate: keepStatus,
  columns: [
    nameColumn,
    text('Attacher', 'Driver that attaches it.', (attachment: VolumeAttachment) => attachment.spec.attacher),
    text('PV', 'The volume.', (attachment: VolumeAttachment) => attachment.spec.source.persistentVolumeName ?? ''),
    text('Node', 'The node.', (attachment: VolumeAttachment) => attachment.spec.nodeName),
    {
      ...text('Attached', 'Whether it is attached.', (attachment: VolumeAttachment) => attachment.status?.attached ?? false),
      type: 'boolean',
    },
    ageColumn,
  ],
});
