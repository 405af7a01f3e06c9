/**
 * Volumes a node makes by itself or from API objects.
 * @see https://kubernetes.io/docs/concepts/storage/volumes/
 */

import { bool, type Infer, inline, int32, int64, list, map, message, quantity, str, struct } from '../dsl/field.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import { ObjectFieldSelector, ResourceFieldSelector } from './env.ts';
import { PersistentVolumeClaimTemplate } from './persistent-volume-claim-spec.ts';
import { LocalObjectReference } from './reference.ts';

export const HostPathVolumeSource = struct('io.k8s.api.core.v1.HostPathVolumeSource', 'A file or directory of the node.', {
  path: str(1, 'Path on the node.', { required: true }),
  type: str(2, 'What must be there, or is made; empty for no check.', {
    pointer: true,
    enum: ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'],
  }),
});
export type HostPathVolumeSource = Infer<typeof HostPathVolumeSource>;

export const EmptyDirVolumeSource = struct('io.k8s.api.core.v1.EmptyDirVolumeSource', 'An empty directory that lives as long as the pod.', {
  medium: str(1, "Memory for a tmpfs; empty for the node's disk."),
  sizeLimit: quantity(2, 'Most it may hold.', { pointer: true }),
});
export type EmptyDirVolumeSource = Infer<typeof EmptyDirVolumeSource>;

export const KeyToPath = struct('io.k8s.api.core.v1.KeyToPath', 'Which key becomes which file.', {
  key: str(1, 'The key.', { required: true }),
  path: str(2, 'Relative path of the file.', { required: true }),
  mode: int32(3, 'Mode of the file; defaultMode when absent.', { pointer: true }),
});
export type KeyToPath = Infer<typeof KeyToPath>;

export const SecretVolumeSource = struct('io.k8s.api.core.v1.SecretVolumeSource', 'Files from a Secret.', {
  secretName: str(1, 'Name of the secret.'),
  items: list(2, KeyToPath, 'Keys to take; all when empty.'),
  defaultMode: int32(3, 'Mode of the files; 0644 by default.', { pointer: true }),
  optional: bool(4, 'True: it may be missing.', { pointer: true }),
});
export type SecretVolumeSource = Infer<typeof SecretVolumeSource>;

export const ConfigMapVolumeSource = struct('io.k8s.api.core.v1.ConfigMapVolumeSource', 'Files from a ConfigMap.', {
  'inline:localObjectReference': inline(1, LocalObjectReference),
  items: list(2, KeyToPath, 'Keys to take; all when empty.'),
  defaultMode: int32(3, 'Mode of the files; 0644 by default.', { pointer: true }),
  optional: bool(4, 'True: it may be missing.', { pointer: true }),
});
export type ConfigMapVolumeSource = Infer<typeof ConfigMapVolumeSource>;

export const DownwardAPIVolumeFile = struct('io.k8s.api.core.v1.DownwardAPIVolumeFile', 'A file with something about the pod.', {
  path: str(1, 'Relative path of the file.', { required: true }),
  fieldRef: message(2, ObjectFieldSelector, 'A field of the pod.'),
  resourceFieldRef: message(3, ResourceFieldSelector, 'A resource of a container.'),
  mode: int32(4, 'Mode of the file; defaultMode when absent.', { pointer: true }),
});
export type DownwardAPIVolumeFile = Infer<typeof DownwardAPIVolumeFile>;

export const DownwardAPIVolumeSource = struct('io.k8s.api.core.v1.DownwardAPIVolumeSource', 'Files about the pod.', {
  items: list(1, DownwardAPIVolumeFile, 'The files.'),
  defaultMode: int32(2, 'Mode of the files; 0644 by default.', { pointer: true }),
});
export type DownwardAPIVolumeSource = Infer<typeof DownwardAPIVolumeSource>;

export const SecretProjection = struct('io.k8s.api.core.v1.SecretProjection', 'A Secret in a projected volume.', {
  'inline:localObjectReference': inline(1, LocalObjectReference),
  items: list(2, KeyToPath, 'Keys to take; all when empty.'),
  optional: bool(4, 'True: it may be missing.', { pointer: true }),
});
export type SecretProjection = Infer<typeof SecretProjection>;

export const ConfigMapProjection = struct('io.k8s.api.core.v1.ConfigMapProjection', 'A ConfigMap in a projected volume.', {
  'inline:localObjectReference': inline(1, LocalObjectReference),
  items: list(2, KeyToPath, 'Keys to take; all when empty.'),
  optional: bool(4, 'True: it may be missing.', { pointer: true }),
});
export type ConfigMapProjection = Infer<typeof ConfigMapProjection>;

export const DownwardAPIProjection = struct('io.k8s.api.core.v1.DownwardAPIProjection', 'Facts about the pod in a projected volume.', {
  items: list(1, DownwardAPIVolumeFile, 'The files.'),
});
export type DownwardAPIProjection = Infer<typeof DownwardAPIProjection>;

export const ServiceAccountTokenProjection = struct(
  'io.k8s.api.core.v1.ServiceAccountTokenProjection',
  "A token of the pod's service account.",
  {
    audience: str(1, 'Who shall accept it; the API server by default.'),
    expirationSeconds: int64(2, 'Lifetime in seconds; renewed in time. 3600 by default.', { pointer: true }),
    path: str(3, 'Relative path of the file.', { required: true }),
  },
);
export type ServiceAccountTokenProjection = Infer<typeof ServiceAccountTokenProjection>;

export const ClusterTrustBundleProjection = struct('io.k8s.api.core.v1.ClusterTrustBundleProjection', 'Trust anchors of the cluster.', {
  name: str(1, 'One bundle by name.', { pointer: true }),
  signerName: str(2, 'All bundles of a signer.', { pointer: true }),
  labelSelector: message(3, LabelSelector, "Which of the signer's bundles."),
  optional: bool(5, 'True: it may be missing.', { pointer: true }),
  path: str(4, 'Relative path of the file.', { required: true, default: '' }),
});
export type ClusterTrustBundleProjection = Infer<typeof ClusterTrustBundleProjection>;

export const PodCertificateProjection = struct('io.k8s.api.core.v1.PodCertificateProjection', 'A certificate for the pod.', {
  signerName: str(1, 'Signer that issues it.'),
  keyType: str(2, 'Type of the key.'),
  maxExpirationSeconds: int32(3, 'Longest lifetime in seconds.', { pointer: true }),
  credentialBundlePath: str(4, 'File for key and chain together.'),
  keyPath: str(5, 'File for the key.'),
  certificateChainPath: str(6, 'File for the chain.'),
  userAnnotations: map(7, 'string', 'Further facts for the signer.'),
});
export type PodCertificateProjection = Infer<typeof PodCertificateProjection>;

export const VolumeProjection = struct('io.k8s.api.core.v1.VolumeProjection', 'One source of a projected volume; exactly one is set.', {
  secret: message(1, SecretProjection, 'A Secret.'),
  downwardAPI: message(2, DownwardAPIProjection, 'Facts about the pod.'),
  configMap: message(3, ConfigMapProjection, 'A ConfigMap.'),
  serviceAccountToken: message(4, ServiceAccountTokenProjection, "A token of the pod's service account."),
  clusterTrustBundle: message(5, ClusterTrustBundleProjection, 'Trust anchors of the cluster.'),
  podCertificate: message(6, PodCertificateProjection, 'A certificate for the pod.'),
});
export type VolumeProjection = Infer<typeof VolumeProjection>;

export const ProjectedVolumeSource = struct('io.k8s.api.core.v1.ProjectedVolumeSource', 'Several sources in one directory.', {
  sources: list(1, VolumeProjection, 'The sources.'),
  defaultMode: int32(2, 'Mode of the files; 0644 by default.', { pointer: true }),
});
export type ProjectedVolumeSource = Infer<typeof ProjectedVolumeSource>;

export const PersistentVolumeClaimVolumeSource = struct(
  'io.k8s.api.core.v1.PersistentVolumeClaimVolumeSource',
  'A claim of the same namespace.',
  {
    claimName: str(1, 'Name of the claim.', { required: true }),
    readOnly: bool(2, 'True mounts it without the right to write.'),
  },
);
export type PersistentVolumeClaimVolumeSource = Infer<typeof PersistentVolumeClaimVolumeSource>;

export const EphemeralVolumeSource = struct('io.k8s.api.core.v1.EphemeralVolumeSource', 'A claim made for this pod, and deleted with it.', {
  volumeClaimTemplate: message(1, PersistentVolumeClaimTemplate, 'The claim to make.'),
});
export type EphemeralVolumeSource = Infer<typeof EphemeralVolumeSource>;

export const CSIVolumeSource = struct('io.k8s.api.core.v1.CSIVolumeSource', 'A volume of a storage driver that lives with the pod.', {
  driver: str(1, 'Name of the driver.', { required: true }),
  readOnly: bool(2, 'True mounts it without the right to write.', { pointer: true }),
  fsType: str(3, 'File system type, such as ext4.', { pointer: true }),
  volumeAttributes: map(4, 'string', 'Attributes for the driver.'),
  nodePublishSecretRef: message(5, LocalObjectReference, 'Secret for the driver.'),
});
export type CSIVolumeSource = Infer<typeof CSIVolumeSource>;

export const ImageVolumeSource = struct('io.k8s.api.core.v1.ImageVolumeSource', 'The content of an image.', {
  reference: str(1, 'Name of the image.'),
  pullPolicy: str(2, 'Always, IfNotPresent or Never.', { enum: ['Always', 'IfNotPresent', 'Never'] }),
});
export type ImageVolumeSource = Infer<typeof ImageVolumeSource>;
