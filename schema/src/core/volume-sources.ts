/**
 * Volumes a node makes by itself or from API objects.
 * @see https://kubernetes.io/docs/concepts/storage/volumes/
 */

import { bool, type Infer, inline, int32, int64, list, map, message, quantity, str, struct } from '../dsl/field.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import { ObjectFieldSelector, ResourceFieldSelector } from './env.ts';
import { PersistentVolumeClaimTemplate } from './persistent-volume-claim.ts';
import { LocalObjectReference } from './reference.ts';

export const HostPathVolumeSource = struct('io.k8s.api.core.v1.HostPathVolumeSource', '@core.HostPathVolumeSource', {
  path: str(1, '@core.HostPathVolumeSource.path', { required: true }),
  type: str(2, '@core.HostPathVolumeSource.type', {
    pointer: true,
    enum: ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'],
  }),
});
export type HostPathVolumeSource = Infer<typeof HostPathVolumeSource>;

export const EmptyDirVolumeSource = struct('io.k8s.api.core.v1.EmptyDirVolumeSource', '@core.EmptyDirVolumeSource', {
  medium: str(1, '@core.EmptyDirVolumeSource.medium'),
  sizeLimit: quantity(2, '@core.EmptyDirVolumeSource.sizeLimit', { pointer: true }),
});
export type EmptyDirVolumeSource = Infer<typeof EmptyDirVolumeSource>;

export const KeyToPath = struct('io.k8s.api.core.v1.KeyToPath', '@core.KeyToPath', {
  key: str(1, '@core.KeyToPath.key', { required: true }),
  path: str(2, '@core.KeyToPath.path', { required: true }),
  mode: int32(3, '@core.KeyToPath.mode', { pointer: true }),
});
export type KeyToPath = Infer<typeof KeyToPath>;

export const SecretVolumeSource = struct('io.k8s.api.core.v1.SecretVolumeSource', '@core.SecretVolumeSource', {
  secretName: str(1, '@core.SecretVolumeSource.secretName'),
  items: list(2, KeyToPath, '@core.SecretVolumeSource.items'),
  defaultMode: int32(3, '@core.SecretVolumeSource.defaultMode', { pointer: true }),
  optional: bool(4, '@core.SecretVolumeSource.optional', { pointer: true }),
});
export type SecretVolumeSource = Infer<typeof SecretVolumeSource>;

export const ConfigMapVolumeSource = struct('io.k8s.api.core.v1.ConfigMapVolumeSource', '@core.ConfigMapVolumeSource', {
  'inline:localObjectReference': inline(1, LocalObjectReference),
  items: list(2, KeyToPath, '@core.ConfigMapVolumeSource.items'),
  defaultMode: int32(3, '@core.ConfigMapVolumeSource.defaultMode', { pointer: true }),
  optional: bool(4, '@core.ConfigMapVolumeSource.optional', { pointer: true }),
});
export type ConfigMapVolumeSource = Infer<typeof ConfigMapVolumeSource>;

export const DownwardAPIVolumeFile = struct('io.k8s.api.core.v1.DownwardAPIVolumeFile', '@core.DownwardAPIVolumeFile', {
  path: str(1, '@core.DownwardAPIVolumeFile.path', { required: true }),
  fieldRef: message(2, ObjectFieldSelector, '@core.DownwardAPIVolumeFile.fieldRef'),
  resourceFieldRef: message(3, ResourceFieldSelector, '@core.DownwardAPIVolumeFile.resourceFieldRef'),
  mode: int32(4, '@core.DownwardAPIVolumeFile.mode', { pointer: true }),
});
export type DownwardAPIVolumeFile = Infer<typeof DownwardAPIVolumeFile>;

export const DownwardAPIVolumeSource = struct('io.k8s.api.core.v1.DownwardAPIVolumeSource', '@core.DownwardAPIVolumeSource', {
  items: list(1, DownwardAPIVolumeFile, '@core.DownwardAPIVolumeSource.items'),
  defaultMode: int32(2, '@core.DownwardAPIVolumeSource.defaultMode', { pointer: true }),
});
export type DownwardAPIVolumeSource = Infer<typeof DownwardAPIVolumeSource>;

export const SecretProjection = struct('io.k8s.api.core.v1.SecretProjection', '@core.SecretProjection', {
  'inline:localObjectReference': inline(1, LocalObjectReference),
  items: list(2, KeyToPath, '@core.SecretProjection.items'),
  optional: bool(4, '@core.SecretProjection.optional', { pointer: true }),
});
export type SecretProjection = Infer<typeof SecretProjection>;

export const ConfigMapProjection = struct('io.k8s.api.core.v1.ConfigMapProjection', '@core.ConfigMapProjection', {
  'inline:localObjectReference': inline(1, LocalObjectReference),
  items: list(2, KeyToPath, '@core.ConfigMapProjection.items'),
  optional: bool(4, '@core.ConfigMapProjection.optional', { pointer: true }),
});
export type ConfigMapProjection = Infer<typeof ConfigMapProjection>;

export const DownwardAPIProjection = struct('io.k8s.api.core.v1.DownwardAPIProjection', '@core.DownwardAPIProjection', {
  items: list(1, DownwardAPIVolumeFile, '@core.DownwardAPIProjection.items'),
});
export type DownwardAPIProjection = Infer<typeof DownwardAPIProjection>;

export const ServiceAccountTokenProjection = struct(
  'io.k8s.api.core.v1.ServiceAccountTokenProjection',
  '@core.ServiceAccountTokenProjection',
  {
    audience: str(1, '@core.ServiceAccountTokenProjection.audience'),
    expirationSeconds: int64(2, '@core.ServiceAccountTokenProjection.expirationSeconds', { pointer: true }),
    path: str(3, '@core.ServiceAccountTokenProjection.path', { required: true }),
  },
);
export type ServiceAccountTokenProjection = Infer<typeof ServiceAccountTokenProjection>;

export const ClusterTrustBundleProjection = struct(
  'io.k8s.api.core.v1.ClusterTrustBundleProjection',
  '@core.ClusterTrustBundleProjection',
  {
    name: str(1, '@core.ClusterTrustBundleProjection.name', { pointer: true }),
    signerName: str(2, '@core.ClusterTrustBundleProjection.signerName', { pointer: true }),
    labelSelector: message(3, LabelSelector, '@core.ClusterTrustBundleProjection.labelSelector'),
    optional: bool(5, '@core.ClusterTrustBundleProjection.optional', { pointer: true }),
    path: str(4, '@core.ClusterTrustBundleProjection.path', { required: true, default: '' }),
  },
);
export type ClusterTrustBundleProjection = Infer<typeof ClusterTrustBundleProjection>;

export const PodCertificateProjection = struct('io.k8s.api.core.v1.PodCertificateProjection', '@core.PodCertificateProjection', {
  signerName: str(1, '@core.PodCertificateProjection.signerName'),
  keyType: str(2, '@core.PodCertificateProjection.keyType'),
  maxExpirationSeconds: int32(3, '@core.PodCertificateProjection.maxExpirationSeconds', { pointer: true }),
  credentialBundlePath: str(4, '@core.PodCertificateProjection.credentialBundlePath'),
  keyPath: str(5, '@core.PodCertificateProjection.keyPath'),
  certificateChainPath: str(6, '@core.PodCertificateProjection.certificateChainPath'),
  userAnnotations: map(7, 'string', '@core.PodCertificateProjection.userAnnotations'),
});
export type PodCertificateProjection = Infer<typeof PodCertificateProjection>;

export const VolumeProjection = struct('io.k8s.api.core.v1.VolumeProjection', '@core.VolumeProjection', {
  secret: message(1, SecretProjection, '@core.VolumeProjection.secret'),
  downwardAPI: message(2, DownwardAPIProjection, '@core.VolumeProjection.downwardAPI'),
  configMap: message(3, ConfigMapProjection, '@core.VolumeProjection.configMap'),
  serviceAccountToken: message(4, ServiceAccountTokenProjection, '@core.VolumeProjection.serviceAccountToken'),
  clusterTrustBundle: message(5, ClusterTrustBundleProjection, '@core.VolumeProjection.clusterTrustBundle'),
  podCertificate: message(6, PodCertificateProjection, '@core.VolumeProjection.podCertificate'),
});
export type VolumeProjection = Infer<typeof VolumeProjection>;

export const ProjectedVolumeSource = struct('io.k8s.api.core.v1.ProjectedVolumeSource', '@core.ProjectedVolumeSource', {
  sources: list(1, VolumeProjection, '@core.ProjectedVolumeSource.sources'),
  defaultMode: int32(2, '@core.ProjectedVolumeSource.defaultMode', { pointer: true }),
});
export type ProjectedVolumeSource = Infer<typeof ProjectedVolumeSource>;

export const PersistentVolumeClaimVolumeSource = struct(
  'io.k8s.api.core.v1.PersistentVolumeClaimVolumeSource',
  '@core.PersistentVolumeClaimVolumeSource',
  {
    claimName: str(1, '@core.PersistentVolumeClaimVolumeSource.claimName', { required: true }),
    readOnly: bool(2, '@core.PersistentVolumeClaimVolumeSource.readOnly'),
  },
);
export type PersistentVolumeClaimVolumeSource = Infer<typeof PersistentVolumeClaimVolumeSource>;

export const EphemeralVolumeSource = struct('io.k8s.api.core.v1.EphemeralVolumeSource', '@core.EphemeralVolumeSource', {
  volumeClaimTemplate: message(1, PersistentVolumeClaimTemplate, '@core.EphemeralVolumeSource.volumeClaimTemplate'),
});
export type EphemeralVolumeSource = Infer<typeof EphemeralVolumeSource>;

export const CSIVolumeSource = struct('io.k8s.api.core.v1.CSIVolumeSource', '@core.CSIVolumeSource', {
  driver: str(1, '@core.CSIVolumeSource.driver', { required: true }),
  readOnly: bool(2, '@core.CSIVolumeSource.readOnly', { pointer: true }),
  fsType: str(3, '@core.CSIVolumeSource.fsType', { pointer: true }),
  volumeAttributes: map(4, 'string', '@core.CSIVolumeSource.volumeAttributes'),
  nodePublishSecretRef: message(5, LocalObjectReference, '@core.CSIVolumeSource.nodePublishSecretRef'),
});
export type CSIVolumeSource = Infer<typeof CSIVolumeSource>;

export const ImageVolumeSource = struct('io.k8s.api.core.v1.ImageVolumeSource', '@core.ImageVolumeSource', {
  reference: str(1, '@core.ImageVolumeSource.reference'),
  pullPolicy: str(2, '@core.ImageVolumeSource.pullPolicy', { enum: ['Always', 'IfNotPresent', 'Never'] }),
});
export type ImageVolumeSource = Infer<typeof ImageVolumeSource>;
