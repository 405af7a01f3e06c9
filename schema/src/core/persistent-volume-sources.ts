/**
 * What a persistent volume is made of. Secrets are named with their namespace, as a volume has none of its own.
 */
import { bool, type Infer, int32, list, map, message, str, struct } from '../dsl/field.ts';
import { ObjectReference, SecretReference } from './reference.ts';
import {
  AWSElasticBlockStoreVolumeSource,
  AzureDiskVolumeSource,
  FCVolumeSource,
  FlockerVolumeSource,
  GCEPersistentDiskVolumeSource,
  NFSVolumeSource,
  PhotonPersistentDiskVolumeSource,
  PortworxVolumeSource,
  QuobyteVolumeSource,
  VsphereVirtualDiskVolumeSource,
} from './remote-volume-sources.ts';
import { HostPathVolumeSource } from './volume-sources.ts';

const zeroText = { required: true, default: '' } as const;
const FS_TYPE = 'File system type, such as ext4.';
const READ_ONLY = 'True mounts it without the right to write.';

export const LocalVolumeSource = struct('io.k8s.api.core.v1.LocalVolumeSource', 'A directory or disk of one node.', {
  path: str(1, 'Path on the node.', { required: true }),
  fsType: str(2, FS_TYPE, { pointer: true }),
});
export type LocalVolumeSource = Infer<typeof LocalVolumeSource>;

export const CSIPersistentVolumeSource = struct('io.k8s.api.core.v1.CSIPersistentVolumeSource', 'A volume of a storage driver.', {
  driver: str(1, 'Name of the driver.', zeroText),
  volumeHandle: str(2, "The driver's name for the volume.", zeroText),
  readOnly: bool(3, READ_ONLY),
  fsType: str(4, FS_TYPE),
  volumeAttributes: map(5, 'string', 'Attributes for the driver.'),
  controllerPublishSecretRef: message(6, SecretReference, 'Secret for attaching it.'),
  nodeStageSecretRef: message(7, SecretReference, 'Secret for making it ready on a node.'),
  nodePublishSecretRef: message(8, SecretReference, 'Secret for mounting it.'),
  controllerExpandSecretRef: message(9, SecretReference, 'Secret for making it larger.'),
  nodeExpandSecretRef: message(10, SecretReference, 'Secret for making it larger on a node.'),
});
export type CSIPersistentVolumeSource = Infer<typeof CSIPersistentVolumeSource>;

export const ISCSIPersistentVolumeSource = struct('io.k8s.api.core.v1.ISCSIPersistentVolumeSource', 'An iSCSI disk.', {
  targetPortal: str(1, 'Portal, as address and port.', zeroText),
  iqn: str(2, 'Name of the target.', zeroText),
  lun: int32(3, 'Number of the unit.', { required: true, default: 0 }),
  iscsiInterface: str(4, 'Interface that is used.', { default: 'default' }),
  fsType: str(5, FS_TYPE),
  readOnly: bool(6, READ_ONLY),
  portals: list(7, 'string', 'Further portals.'),
  chapAuthDiscovery: bool(8, 'Discovery uses CHAP.'),
  chapAuthSession: bool(11, 'Sessions use CHAP.'),
  secretRef: message(10, SecretReference, 'Secret for CHAP.'),
  initiatorName: str(12, 'Name of the initiator.', { pointer: true }),
});
export type ISCSIPersistentVolumeSource = Infer<typeof ISCSIPersistentVolumeSource>;

export const GlusterfsPersistentVolumeSource = struct('io.k8s.api.core.v1.GlusterfsPersistentVolumeSource', 'A Glusterfs volume.', {
  endpoints: str(1, 'Endpoints object that names the servers.', zeroText),
  path: str(2, 'Name of the volume.', zeroText),
  readOnly: bool(3, READ_ONLY),
  endpointsNamespace: str(4, "Namespace of the endpoints; the claim's when absent.", { pointer: true }),
});
export type GlusterfsPersistentVolumeSource = Infer<typeof GlusterfsPersistentVolumeSource>;

export const RBDPersistentVolumeSource = struct('io.k8s.api.core.v1.RBDPersistentVolumeSource', 'A Ceph block device.', {
  monitors: list(1, 'string', 'Ceph monitors.', { required: true, default: [] }),
  image: str(2, 'Name of the image.', zeroText),
  fsType: str(3, FS_TYPE),
  pool: str(4, 'Pool it is in.', { default: 'rbd' }),
  user: str(5, 'User to connect as.', { default: 'admin' }),
  keyring: str(6, 'Path of the key ring.', { default: '/etc/ceph/keyring' }),
  secretRef: message(7, SecretReference, 'Secret instead of the key ring.'),
  readOnly: bool(8, READ_ONLY),
});
export type RBDPersistentVolumeSource = Infer<typeof RBDPersistentVolumeSource>;

export const CephFSPersistentVolumeSource = struct('io.k8s.api.core.v1.CephFSPersistentVolumeSource', 'A Ceph file system.', {
  monitors: list(1, 'string', 'Ceph monitors.', { required: true, default: [] }),
  path: str(2, 'Directory to mount; / by default.'),
  user: str(3, 'User to connect as.'),
  secretFile: str(4, 'Path of the key ring.'),
  secretRef: message(5, SecretReference, 'Secret instead of the key ring.'),
  readOnly: bool(6, READ_ONLY),
});
export type CephFSPersistentVolumeSource = Infer<typeof CephFSPersistentVolumeSource>;

export const CinderPersistentVolumeSource = struct('io.k8s.api.core.v1.CinderPersistentVolumeSource', 'An OpenStack disk.', {
  volumeID: str(1, 'Id of the disk.', zeroText),
  fsType: str(2, FS_TYPE),
  readOnly: bool(3, READ_ONLY),
  secretRef: message(4, SecretReference, 'Secret for OpenStack.'),
});
export type CinderPersistentVolumeSource = Infer<typeof CinderPersistentVolumeSource>;

export const FlexPersistentVolumeSource = struct('io.k8s.api.core.v1.FlexPersistentVolumeSource', 'A volume of a plug-in on the node.', {
  driver: str(1, 'Name of the plug-in.', zeroText),
  fsType: str(2, FS_TYPE),
  secretRef: message(3, SecretReference, 'Secret for the plug-in.'),
  readOnly: bool(4, READ_ONLY),
  options: map(5, 'string', 'Options for the plug-in.'),
});
export type FlexPersistentVolumeSource = Infer<typeof FlexPersistentVolumeSource>;

export const AzureFilePersistentVolumeSource = struct('io.k8s.api.core.v1.AzureFilePersistentVolumeSource', 'An Azure file share.', {
  secretName: str(1, 'Secret with account and key.', zeroText),
  shareName: str(2, 'Name of the share.', zeroText),
  readOnly: bool(3, READ_ONLY),
  secretNamespace: str(4, "Namespace of the secret; the claim's when absent.", { pointer: true }),
});
export type AzureFilePersistentVolumeSource = Infer<typeof AzureFilePersistentVolumeSource>;

export const ScaleIOPersistentVolumeSource = struct(
  'io.k8s.api.core.v1.ScaleIOPersistentVolumeSource',
  'A ScaleIO volume; not supported any more.',
  {
    gateway: str(1, 'Address of the gateway.', zeroText),
    system: str(2, 'Name of the storage system.', zeroText),
    secretRef: message(3, SecretReference, 'Secret with user and password.', { required: true }),
    sslEnabled: bool(4, 'Talks to the gateway over TLS.'),
    protectionDomain: str(5, 'Protection domain.'),
    storagePool: str(6, 'Storage pool.'),
    storageMode: str(7, 'ThickProvisioned or ThinProvisioned.', { default: 'ThinProvisioned' }),
    volumeName: str(8, 'Name of the volume.'),
    fsType: str(9, FS_TYPE, { default: 'xfs' }),
    readOnly: bool(10, READ_ONLY),
  },
);
export type ScaleIOPersistentVolumeSource = Infer<typeof ScaleIOPersistentVolumeSource>;

export const StorageOSPersistentVolumeSource = struct(
  'io.k8s.api.core.v1.StorageOSPersistentVolumeSource',
  'A StorageOS volume; not supported any more.',
  {
    volumeName: str(1, 'Name of the volume.'),
    volumeNamespace: str(2, 'Namespace of the volume in StorageOS.'),
    fsType: str(3, FS_TYPE),
    readOnly: bool(4, READ_ONLY),
    secretRef: message(5, ObjectReference, 'Secret for its API.'),
  },
);
export type StorageOSPersistentVolumeSource = Infer<typeof StorageOSPersistentVolumeSource>;

export const PersistentVolumeSource = struct('io.k8s.api.core.v1.PersistentVolumeSource', 'What a volume is made of; exactly one.', {
  gcePersistentDisk: message(1, GCEPersistentDiskVolumeSource, 'A Google Compute Engine disk.'),
  awsElasticBlockStore: message(2, AWSElasticBlockStoreVolumeSource, 'An Amazon EBS disk.'),
  hostPath: message(3, HostPathVolumeSource, 'A directory of whatever node the pod is on.'),
  glusterfs: message(4, GlusterfsPersistentVolumeSource, 'A Glusterfs volume.'),
  nfs: message(5, NFSVolumeSource, 'A directory of an NFS server.'),
  rbd: message(6, RBDPersistentVolumeSource, 'A Ceph block device.'),
  iscsi: message(7, ISCSIPersistentVolumeSource, 'An iSCSI disk.'),
  cinder: message(8, CinderPersistentVolumeSource, 'An OpenStack disk.'),
  cephfs: message(9, CephFSPersistentVolumeSource, 'A Ceph file system.'),
  fc: message(10, FCVolumeSource, 'A Fibre Channel disk.'),
  flocker: message(11, FlockerVolumeSource, 'A Flocker dataset; not supported any more.'),
  flexVolume: message(12, FlexPersistentVolumeSource, 'A volume of a plug-in on the node.'),
  azureFile: message(13, AzureFilePersistentVolumeSource, 'An Azure file share.'),
  vsphereVolume: message(14, VsphereVirtualDiskVolumeSource, 'A vSphere disk.'),
  quobyte: message(15, QuobyteVolumeSource, 'A Quobyte volume; not supported any more.'),
  azureDisk: message(16, AzureDiskVolumeSource, 'An Azure disk.'),
  photonPersistentDisk: message(17, PhotonPersistentDiskVolumeSource, 'A Photon disk; not supported any more.'),
  portworxVolume: message(18, PortworxVolumeSource, 'A Portworx volume.'),
  scaleIO: message(19, ScaleIOPersistentVolumeSource, 'A ScaleIO volume; not supported any more.'),
  local: message(20, LocalVolumeSource, 'A directory or disk of one node.'),
  storageos: message(21, StorageOSPersistentVolumeSource, 'A StorageOS volume; not supported any more.'),
  csi: message(22, CSIPersistentVolumeSource, 'A volume of a storage driver.'),
});
export type PersistentVolumeSource = Infer<typeof PersistentVolumeSource>;
