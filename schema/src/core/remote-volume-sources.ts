/**
 * Volumes of storage systems outside the cluster; most are kept by Kubernetes for old manifests only.
 */

import { bool, type Infer, int32, list, map, message, str, struct } from '../dsl/field.ts';
import { LocalObjectReference } from './reference.ts';

export const GCEPersistentDiskVolumeSource = struct(
  'io.k8s.api.core.v1.GCEPersistentDiskVolumeSource',
  '@core.GCEPersistentDiskVolumeSource',
  {
    pdName: str(1, '@core.GCEPersistentDiskVolumeSource.pdName', { required: true, default: '' }),
    fsType: str(2, '@core.GCEPersistentDiskVolumeSource.fsType'),
    partition: int32(3, '@core.GCEPersistentDiskVolumeSource.partition'),
    readOnly: bool(4, '@core.GCEPersistentDiskVolumeSource.readOnly'),
  },
);
export type GCEPersistentDiskVolumeSource = Infer<typeof GCEPersistentDiskVolumeSource>;

export const AWSElasticBlockStoreVolumeSource = struct(
  'io.k8s.api.core.v1.AWSElasticBlockStoreVolumeSource',
  '@core.AWSElasticBlockStoreVolumeSource',
  {
    volumeID: str(1, '@core.AWSElasticBlockStoreVolumeSource.volumeID', { required: true, default: '' }),
    fsType: str(2, '@core.AWSElasticBlockStoreVolumeSource.fsType'),
    partition: int32(3, '@core.AWSElasticBlockStoreVolumeSource.partition'),
    readOnly: bool(4, '@core.AWSElasticBlockStoreVolumeSource.readOnly'),
  },
);
export type AWSElasticBlockStoreVolumeSource = Infer<typeof AWSElasticBlockStoreVolumeSource>;

export const GitRepoVolumeSource = struct('io.k8s.api.core.v1.GitRepoVolumeSource', '@core.GitRepoVolumeSource', {
  repository: str(1, '@core.GitRepoVolumeSource.repository', { required: true, default: '' }),
  revision: str(2, '@core.GitRepoVolumeSource.revision'),
  directory: str(3, '@core.GitRepoVolumeSource.directory'),
});
export type GitRepoVolumeSource = Infer<typeof GitRepoVolumeSource>;

export const NFSVolumeSource = struct('io.k8s.api.core.v1.NFSVolumeSource', '@core.NFSVolumeSource', {
  server: str(1, '@core.NFSVolumeSource.server', { required: true }),
  path: str(2, '@core.NFSVolumeSource.path', { required: true }),
  readOnly: bool(3, '@core.NFSVolumeSource.readOnly'),
});
export type NFSVolumeSource = Infer<typeof NFSVolumeSource>;

export const ISCSIVolumeSource = struct('io.k8s.api.core.v1.ISCSIVolumeSource', '@core.ISCSIVolumeSource', {
  targetPortal: str(1, '@core.ISCSIVolumeSource.targetPortal', { required: true, default: '' }),
  iqn: str(2, '@core.ISCSIVolumeSource.iqn', { required: true, default: '' }),
  lun: int32(3, '@core.ISCSIVolumeSource.lun', { required: true, default: 0 }),
  iscsiInterface: str(4, '@core.ISCSIVolumeSource.iscsiInterface', { default: 'default' }),
  fsType: str(5, '@core.ISCSIVolumeSource.fsType'),
  readOnly: bool(6, '@core.ISCSIVolumeSource.readOnly'),
  portals: list(7, 'string', '@core.ISCSIVolumeSource.portals'),
  chapAuthDiscovery: bool(8, '@core.ISCSIVolumeSource.chapAuthDiscovery'),
  chapAuthSession: bool(11, '@core.ISCSIVolumeSource.chapAuthSession'),
  secretRef: message(10, LocalObjectReference, '@core.ISCSIVolumeSource.secretRef'),
  initiatorName: str(12, '@core.ISCSIVolumeSource.initiatorName', { pointer: true }),
});
export type ISCSIVolumeSource = Infer<typeof ISCSIVolumeSource>;

export const GlusterfsVolumeSource = struct('io.k8s.api.core.v1.GlusterfsVolumeSource', '@core.GlusterfsVolumeSource', {
  endpoints: str(1, '@core.GlusterfsVolumeSource.endpoints', { required: true, default: '' }),
  path: str(2, '@core.GlusterfsVolumeSource.path', { required: true, default: '' }),
  readOnly: bool(3, '@core.GlusterfsVolumeSource.readOnly'),
});
export type GlusterfsVolumeSource = Infer<typeof GlusterfsVolumeSource>;

export const RBDVolumeSource = struct('io.k8s.api.core.v1.RBDVolumeSource', '@core.RBDVolumeSource', {
  monitors: list(1, 'string', '@core.RBDVolumeSource.monitors', { required: true, default: [] }),
  image: str(2, '@core.RBDVolumeSource.image', { required: true, default: '' }),
  fsType: str(3, '@core.RBDVolumeSource.fsType'),
  pool: str(4, '@core.RBDVolumeSource.pool', { default: 'rbd' }),
  user: str(5, '@core.RBDVolumeSource.user', { default: 'admin' }),
  keyring: str(6, '@core.RBDVolumeSource.keyring', { default: '/etc/ceph/keyring' }),
  secretRef: message(7, LocalObjectReference, '@core.RBDVolumeSource.secretRef'),
  readOnly: bool(8, '@core.RBDVolumeSource.readOnly'),
});
export type RBDVolumeSource = Infer<typeof RBDVolumeSource>;

export const FlexVolumeSource = struct('io.k8s.api.core.v1.FlexVolumeSource', '@core.FlexVolumeSource', {
  driver: str(1, '@core.FlexVolumeSource.driver', { required: true, default: '' }),
  fsType: str(2, '@core.FlexVolumeSource.fsType'),
  secretRef: message(3, LocalObjectReference, '@core.FlexVolumeSource.secretRef'),
  readOnly: bool(4, '@core.FlexVolumeSource.readOnly'),
  options: map(5, 'string', '@core.FlexVolumeSource.options'),
});
export type FlexVolumeSource = Infer<typeof FlexVolumeSource>;

export const CinderVolumeSource = struct('io.k8s.api.core.v1.CinderVolumeSource', '@core.CinderVolumeSource', {
  volumeID: str(1, '@core.CinderVolumeSource.volumeID', { required: true, default: '' }),
  fsType: str(2, '@core.CinderVolumeSource.fsType'),
  readOnly: bool(3, '@core.CinderVolumeSource.readOnly'),
  secretRef: message(4, LocalObjectReference, '@core.CinderVolumeSource.secretRef'),
});
export type CinderVolumeSource = Infer<typeof CinderVolumeSource>;

export const CephFSVolumeSource = struct('io.k8s.api.core.v1.CephFSVolumeSource', '@core.CephFSVolumeSource', {
  monitors: list(1, 'string', '@core.CephFSVolumeSource.monitors', { required: true, default: [] }),
  path: str(2, '@core.CephFSVolumeSource.path'),
  user: str(3, '@core.CephFSVolumeSource.user'),
  secretFile: str(4, '@core.CephFSVolumeSource.secretFile'),
  secretRef: message(5, LocalObjectReference, '@core.CephFSVolumeSource.secretRef'),
  readOnly: bool(6, '@core.CephFSVolumeSource.readOnly'),
});
export type CephFSVolumeSource = Infer<typeof CephFSVolumeSource>;

export const FlockerVolumeSource = struct('io.k8s.api.core.v1.FlockerVolumeSource', '@core.FlockerVolumeSource', {
  datasetName: str(1, '@core.FlockerVolumeSource.datasetName'),
  datasetUUID: str(2, '@core.FlockerVolumeSource.datasetUUID'),
});
export type FlockerVolumeSource = Infer<typeof FlockerVolumeSource>;

export const FCVolumeSource = struct('io.k8s.api.core.v1.FCVolumeSource', '@core.FCVolumeSource', {
  targetWWNs: list(1, 'string', '@core.FCVolumeSource.targetWWNs'),
  lun: int32(2, '@core.FCVolumeSource.lun', { pointer: true }),
  fsType: str(3, '@core.FCVolumeSource.fsType'),
  readOnly: bool(4, '@core.FCVolumeSource.readOnly'),
  wwids: list(5, 'string', '@core.FCVolumeSource.wwids'),
});
export type FCVolumeSource = Infer<typeof FCVolumeSource>;

export const AzureFileVolumeSource = struct('io.k8s.api.core.v1.AzureFileVolumeSource', '@core.AzureFileVolumeSource', {
  secretName: str(1, '@core.AzureFileVolumeSource.secretName', { required: true, default: '' }),
  shareName: str(2, '@core.AzureFileVolumeSource.shareName', { required: true, default: '' }),
  readOnly: bool(3, '@core.AzureFileVolumeSource.readOnly'),
});
export type AzureFileVolumeSource = Infer<typeof AzureFileVolumeSource>;

export const VsphereVirtualDiskVolumeSource = struct(
  'io.k8s.api.core.v1.VsphereVirtualDiskVolumeSource',
  '@core.VsphereVirtualDiskVolumeSource',
  {
    volumePath: str(1, '@core.VsphereVirtualDiskVolumeSource.volumePath', { required: true, default: '' }),
    fsType: str(2, '@core.VsphereVirtualDiskVolumeSource.fsType'),
    storagePolicyName: str(3, '@core.VsphereVirtualDiskVolumeSource.storagePolicyName'),
    storagePolicyID: str(4, '@core.VsphereVirtualDiskVolumeSource.storagePolicyID'),
  },
);
export type VsphereVirtualDiskVolumeSource = Infer<typeof VsphereVirtualDiskVolumeSource>;

export const QuobyteVolumeSource = struct('io.k8s.api.core.v1.QuobyteVolumeSource', '@core.QuobyteVolumeSource', {
  registry: str(1, '@core.QuobyteVolumeSource.registry', { required: true, default: '' }),
  volume: str(2, '@core.QuobyteVolumeSource.volume', { required: true, default: '' }),
  readOnly: bool(3, '@core.QuobyteVolumeSource.readOnly'),
  user: str(4, '@core.QuobyteVolumeSource.user'),
  group: str(5, '@core.QuobyteVolumeSource.group'),
  tenant: str(6, '@core.QuobyteVolumeSource.tenant'),
});
export type QuobyteVolumeSource = Infer<typeof QuobyteVolumeSource>;

export const AzureDiskVolumeSource = struct('io.k8s.api.core.v1.AzureDiskVolumeSource', '@core.AzureDiskVolumeSource', {
  diskName: str(1, '@core.AzureDiskVolumeSource.diskName', { required: true, default: '' }),
  diskURI: str(2, '@core.AzureDiskVolumeSource.diskURI', { required: true, default: '' }),
  cachingMode: str(3, '@core.AzureDiskVolumeSource.cachingMode', { default: 'ReadWrite', pointer: true }),
  fsType: str(4, '@core.AzureDiskVolumeSource.fsType', { default: 'ext4', pointer: true }),
  readOnly: bool(5, '@core.AzureDiskVolumeSource.readOnly', { default: false, pointer: true }),
  kind: str(6, '@core.AzureDiskVolumeSource.kind', { default: 'Shared', pointer: true }),
});
export type AzureDiskVolumeSource = Infer<typeof AzureDiskVolumeSource>;

export const PhotonPersistentDiskVolumeSource = struct(
  'io.k8s.api.core.v1.PhotonPersistentDiskVolumeSource',
  '@core.PhotonPersistentDiskVolumeSource',
  {
    pdID: str(1, '@core.PhotonPersistentDiskVolumeSource.pdID', { required: true, default: '' }),
    fsType: str(2, '@core.PhotonPersistentDiskVolumeSource.fsType'),
  },
);
export type PhotonPersistentDiskVolumeSource = Infer<typeof PhotonPersistentDiskVolumeSource>;

export const PortworxVolumeSource = struct('io.k8s.api.core.v1.PortworxVolumeSource', '@core.PortworxVolumeSource', {
  volumeID: str(1, '@core.PortworxVolumeSource.volumeID', { required: true, default: '' }),
  fsType: str(2, '@core.PortworxVolumeSource.fsType'),
  readOnly: bool(3, '@core.PortworxVolumeSource.readOnly'),
});
export type PortworxVolumeSource = Infer<typeof PortworxVolumeSource>;

export const ScaleIOVolumeSource = struct('io.k8s.api.core.v1.ScaleIOVolumeSource', '@core.ScaleIOVolumeSource', {
  gateway: str(1, '@core.ScaleIOVolumeSource.gateway', { required: true, default: '' }),
  system: str(2, '@core.ScaleIOVolumeSource.system', { required: true, default: '' }),
  secretRef: message(3, LocalObjectReference, '@core.ScaleIOVolumeSource.secretRef', { required: true }),
  sslEnabled: bool(4, '@core.ScaleIOVolumeSource.sslEnabled'),
  protectionDomain: str(5, '@core.ScaleIOVolumeSource.protectionDomain'),
  storagePool: str(6, '@core.ScaleIOVolumeSource.storagePool'),
  storageMode: str(7, '@core.ScaleIOVolumeSource.storageMode', { default: 'ThinProvisioned' }),
  volumeName: str(8, '@core.ScaleIOVolumeSource.volumeName'),
  fsType: str(9, '@core.ScaleIOVolumeSource.fsType', { default: 'xfs' }),
  readOnly: bool(10, '@core.ScaleIOVolumeSource.readOnly'),
});
export type ScaleIOVolumeSource = Infer<typeof ScaleIOVolumeSource>;

export const StorageOSVolumeSource = struct('io.k8s.api.core.v1.StorageOSVolumeSource', '@core.StorageOSVolumeSource', {
  volumeName: str(1, '@core.StorageOSVolumeSource.volumeName'),
  volumeNamespace: str(2, '@core.StorageOSVolumeSource.volumeNamespace'),
  fsType: str(3, '@core.StorageOSVolumeSource.fsType'),
  readOnly: bool(4, '@core.StorageOSVolumeSource.readOnly'),
  secretRef: message(5, LocalObjectReference, '@core.StorageOSVolumeSource.secretRef'),
});
export type StorageOSVolumeSource = Infer<typeof StorageOSVolumeSource>;
