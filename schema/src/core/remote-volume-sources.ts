/**
 * Volumes of storage systems outside the cluster; most are kept by Kubernetes for old manifests only.
 */

import { bool, type Infer, int32, list, map, message, str, struct } from '../dsl/field.ts';
import { LocalObjectReference } from './reference.ts';

export const GCEPersistentDiskVolumeSource = struct('io.k8s.api.core.v1.GCEPersistentDiskVolumeSource', 'A Google Compute Engine disk.', {
  pdName: str(1, 'Name of the disk.', { required: true, default: '' }),
  fsType: str(2, 'File system type, such as ext4.'),
  partition: int32(3, 'Partition to mount; 0 for the whole disk.'),
  readOnly: bool(4, 'True mounts it without the right to write.'),
});
export type GCEPersistentDiskVolumeSource = Infer<typeof GCEPersistentDiskVolumeSource>;

export const AWSElasticBlockStoreVolumeSource = struct('io.k8s.api.core.v1.AWSElasticBlockStoreVolumeSource', 'An Amazon EBS disk.', {
  volumeID: str(1, 'Id of the disk.', { required: true, default: '' }),
  fsType: str(2, 'File system type, such as ext4.'),
  partition: int32(3, 'Partition to mount; 0 for the whole disk.'),
  readOnly: bool(4, 'True mounts it without the right to write.'),
});
export type AWSElasticBlockStoreVolumeSource = Infer<typeof AWSElasticBlockStoreVolumeSource>;

export const GitRepoVolumeSource = struct(
  'io.k8s.api.core.v1.GitRepoVolumeSource',
  'A directory with a clone of a Git repository; not supported any more.',
  {
    repository: str(1, 'URL of the repository.', { required: true, default: '' }),
    revision: str(2, 'Commit to check out.'),
    directory: str(3, 'Directory to clone into.'),
  },
);
export type GitRepoVolumeSource = Infer<typeof GitRepoVolumeSource>;

export const NFSVolumeSource = struct('io.k8s.api.core.v1.NFSVolumeSource', 'A directory of an NFS server.', {
  server: str(1, 'Name or address of the server.', { required: true }),
  path: str(2, 'Path the server exports.', { required: true }),
  readOnly: bool(3, 'True mounts it without the right to write.'),
});
export type NFSVolumeSource = Infer<typeof NFSVolumeSource>;

export const ISCSIVolumeSource = struct('io.k8s.api.core.v1.ISCSIVolumeSource', 'An iSCSI disk.', {
  targetPortal: str(1, 'Portal, as address and port.', { required: true, default: '' }),
  iqn: str(2, 'Name of the target.', { required: true, default: '' }),
  lun: int32(3, 'Number of the unit.', { required: true, default: 0 }),
  iscsiInterface: str(4, 'Interface that is used.', { default: 'default' }),
  fsType: str(5, 'File system type, such as ext4.'),
  readOnly: bool(6, 'True mounts it without the right to write.'),
  portals: list(7, 'string', 'Further portals.'),
  chapAuthDiscovery: bool(8, 'Discovery uses CHAP.'),
  chapAuthSession: bool(11, 'Sessions use CHAP.'),
  secretRef: message(10, LocalObjectReference, 'Secret for CHAP.'),
  initiatorName: str(12, 'Name of the initiator.', { pointer: true }),
});
export type ISCSIVolumeSource = Infer<typeof ISCSIVolumeSource>;

export const GlusterfsVolumeSource = struct('io.k8s.api.core.v1.GlusterfsVolumeSource', 'A Glusterfs volume.', {
  endpoints: str(1, 'Endpoints object that names the servers.', { required: true, default: '' }),
  path: str(2, 'Name of the volume.', { required: true, default: '' }),
  readOnly: bool(3, 'True mounts it without the right to write.'),
});
export type GlusterfsVolumeSource = Infer<typeof GlusterfsVolumeSource>;

export const RBDVolumeSource = struct('io.k8s.api.core.v1.RBDVolumeSource', 'A Ceph block device.', {
  monitors: list(1, 'string', 'Ceph monitors.', { required: true, default: [] }),
  image: str(2, 'Name of the image.', { required: true, default: '' }),
  fsType: str(3, 'File system type, such as ext4.'),
  pool: str(4, 'Pool it is in.', { default: 'rbd' }),
  user: str(5, 'User to connect as.', { default: 'admin' }),
  keyring: str(6, 'Path of the key ring.', { default: '/etc/ceph/keyring' }),
  secretRef: message(7, LocalObjectReference, 'Secret instead of the key ring.'),
  readOnly: bool(8, 'True mounts it without the right to write.'),
});
export type RBDVolumeSource = Infer<typeof RBDVolumeSource>;

export const FlexVolumeSource = struct('io.k8s.api.core.v1.FlexVolumeSource', 'A volume of a plug-in on the node.', {
  driver: str(1, 'Name of the plug-in.', { required: true, default: '' }),
  fsType: str(2, 'File system type, such as ext4.'),
  secretRef: message(3, LocalObjectReference, 'Secret for the plug-in.'),
  readOnly: bool(4, 'True mounts it without the right to write.'),
  options: map(5, 'string', 'Options for the plug-in.'),
});
export type FlexVolumeSource = Infer<typeof FlexVolumeSource>;

export const CinderVolumeSource = struct('io.k8s.api.core.v1.CinderVolumeSource', 'An OpenStack disk.', {
  volumeID: str(1, 'Id of the disk.', { required: true, default: '' }),
  fsType: str(2, 'File system type, such as ext4.'),
  readOnly: bool(3, 'True mounts it without the right to write.'),
  secretRef: message(4, LocalObjectReference, 'Secret for OpenStack.'),
});
export type CinderVolumeSource = Infer<typeof CinderVolumeSource>;

export const CephFSVolumeSource = struct('io.k8s.api.core.v1.CephFSVolumeSource', 'A Ceph file system.', {
  monitors: list(1, 'string', 'Ceph monitors.', { required: true, default: [] }),
  path: str(2, 'Directory to mount; / by default.'),
  user: str(3, 'User to connect as.'),
  secretFile: str(4, 'Path of the key ring.'),
  secretRef: message(5, LocalObjectReference, 'Secret instead of the key ring.'),
  readOnly: bool(6, 'True mounts it without the right to write.'),
});
export type CephFSVolumeSource = Infer<typeof CephFSVolumeSource>;

export const FlockerVolumeSource = struct('io.k8s.api.core.v1.FlockerVolumeSource', 'A Flocker dataset; not supported any more.', {
  datasetName: str(1, 'Name of the dataset.'),
  datasetUUID: str(2, 'UUID of the dataset.'),
});
export type FlockerVolumeSource = Infer<typeof FlockerVolumeSource>;

export const FCVolumeSource = struct('io.k8s.api.core.v1.FCVolumeSource', 'A Fibre Channel disk.', {
  targetWWNs: list(1, 'string', 'World wide names of the targets.'),
  lun: int32(2, 'Number of the unit.', { pointer: true }),
  fsType: str(3, 'File system type, such as ext4.'),
  readOnly: bool(4, 'True mounts it without the right to write.'),
  wwids: list(5, 'string', 'World wide ids, instead of targets and unit.'),
});
export type FCVolumeSource = Infer<typeof FCVolumeSource>;

export const AzureFileVolumeSource = struct('io.k8s.api.core.v1.AzureFileVolumeSource', 'An Azure file share.', {
  secretName: str(1, 'Secret with account and key.', { required: true, default: '' }),
  shareName: str(2, 'Name of the share.', { required: true, default: '' }),
  readOnly: bool(3, 'True mounts it without the right to write.'),
});
export type AzureFileVolumeSource = Infer<typeof AzureFileVolumeSource>;

export const VsphereVirtualDiskVolumeSource = struct('io.k8s.api.core.v1.VsphereVirtualDiskVolumeSource', 'A vSphere disk.', {
  volumePath: str(1, 'Path of the disk.', { required: true, default: '' }),
  fsType: str(2, 'File system type, such as ext4.'),
  storagePolicyName: str(3, 'Name of the storage policy.'),
  storagePolicyID: str(4, 'Id of the storage policy.'),
});
export type VsphereVirtualDiskVolumeSource = Infer<typeof VsphereVirtualDiskVolumeSource>;

export const QuobyteVolumeSource = struct('io.k8s.api.core.v1.QuobyteVolumeSource', 'A Quobyte volume; not supported any more.', {
  registry: str(1, 'Registry services, as host:port.', { required: true, default: '' }),
  volume: str(2, 'Name of the volume.', { required: true, default: '' }),
  readOnly: bool(3, 'True mounts it without the right to write.'),
  user: str(4, 'User to map to.'),
  group: str(5, 'Group to map to.'),
  tenant: str(6, 'Tenant that owns it.'),
});
export type QuobyteVolumeSource = Infer<typeof QuobyteVolumeSource>;

export const AzureDiskVolumeSource = struct('io.k8s.api.core.v1.AzureDiskVolumeSource', 'An Azure disk.', {
  diskName: str(1, 'Name of the disk.', { required: true, default: '' }),
  diskURI: str(2, 'URI of the disk.', { required: true, default: '' }),
  cachingMode: str(3, 'None, ReadOnly or ReadWrite.', { default: 'ReadWrite', pointer: true }),
  fsType: str(4, 'File system type, such as ext4.', { default: 'ext4', pointer: true }),
  readOnly: bool(5, 'True mounts it without the right to write.', { default: false, pointer: true }),
  kind: str(6, 'Shared, Dedicated or Managed.', { default: 'Shared', pointer: true }),
});
export type AzureDiskVolumeSource = Infer<typeof AzureDiskVolumeSource>;

export const PhotonPersistentDiskVolumeSource = struct(
  'io.k8s.api.core.v1.PhotonPersistentDiskVolumeSource',
  'A Photon disk; not supported any more.',
  {
    pdID: str(1, 'Id of the disk.', { required: true, default: '' }),
    fsType: str(2, 'File system type, such as ext4.'),
  },
);
export type PhotonPersistentDiskVolumeSource = Infer<typeof PhotonPersistentDiskVolumeSource>;

export const PortworxVolumeSource = struct('io.k8s.api.core.v1.PortworxVolumeSource', 'A Portworx volume.', {
  volumeID: str(1, 'Id of the volume.', { required: true, default: '' }),
  fsType: str(2, 'File system type, such as ext4.'),
  readOnly: bool(3, 'True mounts it without the right to write.'),
});
export type PortworxVolumeSource = Infer<typeof PortworxVolumeSource>;

export const ScaleIOVolumeSource = struct('io.k8s.api.core.v1.ScaleIOVolumeSource', 'A ScaleIO volume; not supported any more.', {
  gateway: str(1, 'Address of the gateway.', { required: true, default: '' }),
  system: str(2, 'Name of the storage system.', { required: true, default: '' }),
  secretRef: message(3, LocalObjectReference, 'Secret with user and password.', { required: true }),
  sslEnabled: bool(4, 'Talks to the gateway over TLS.'),
  protectionDomain: str(5, 'Protection domain.'),
  storagePool: str(6, 'Storage pool.'),
  storageMode: str(7, 'ThickProvisioned or ThinProvisioned.', { default: 'ThinProvisioned' }),
  volumeName: str(8, 'Name of the volume.'),
  fsType: str(9, 'File system type, such as ext4.', { default: 'xfs' }),
  readOnly: bool(10, 'True mounts it without the right to write.'),
});
export type ScaleIOVolumeSource = Infer<typeof ScaleIOVolumeSource>;

export const StorageOSVolumeSource = struct('io.k8s.api.core.v1.StorageOSVolumeSource', 'A StorageOS volume; not supported any more.', {
  volumeName: str(1, 'Name of the volume.'),
  volumeNamespace: str(2, 'Namespace of the volume in StorageOS.'),
  fsType: str(3, 'File system type, such as ext4.'),
  readOnly: bool(4, 'True mounts it without the right to write.'),
  secretRef: message(5, LocalObjectReference, 'Secret for its API.'),
});
export type StorageOSVolumeSource = Infer<typeof StorageOSVolumeSource>;
