/**
 * A named volume of a pod; its source is inlined beside the name.
 */

import { type Infer, inline, message, str, struct } from '../dsl/field.ts';
import {
  AWSElasticBlockStoreVolumeSource,
  AzureDiskVolumeSource,
  AzureFileVolumeSource,
  CephFSVolumeSource,
  CinderVolumeSource,
  FCVolumeSource,
  FlexVolumeSource,
  FlockerVolumeSource,
  GCEPersistentDiskVolumeSource,
  GitRepoVolumeSource,
  GlusterfsVolumeSource,
  ISCSIVolumeSource,
  NFSVolumeSource,
  PhotonPersistentDiskVolumeSource,
  PortworxVolumeSource,
  QuobyteVolumeSource,
  RBDVolumeSource,
  ScaleIOVolumeSource,
  StorageOSVolumeSource,
  VsphereVirtualDiskVolumeSource,
} from './remote-volume-sources.ts';
import {
  ConfigMapVolumeSource,
  CSIVolumeSource,
  DownwardAPIVolumeSource,
  EmptyDirVolumeSource,
  EphemeralVolumeSource,
  HostPathVolumeSource,
  ImageVolumeSource,
  PersistentVolumeClaimVolumeSource,
  ProjectedVolumeSource,
  SecretVolumeSource,
} from './volume-sources.ts';

export const VolumeSource = struct('io.k8s.api.core.v1.VolumeSource', 'Where a volume comes from; exactly one.', {
  hostPath: message(1, HostPathVolumeSource, 'A file or directory of the node.'),
  emptyDir: message(2, EmptyDirVolumeSource, 'An empty directory that lives as long as the pod.'),
  gcePersistentDisk: message(3, GCEPersistentDiskVolumeSource, 'A Google Compute Engine disk.'),
  awsElasticBlockStore: message(4, AWSElasticBlockStoreVolumeSource, 'An Amazon EBS disk.'),
  gitRepo: message(5, GitRepoVolumeSource, 'A clone of a Git repository; not supported any more.'),
  secret: message(6, SecretVolumeSource, 'Files from a Secret.'),
  nfs: message(7, NFSVolumeSource, 'A directory of an NFS server.'),
  iscsi: message(8, ISCSIVolumeSource, 'An iSCSI disk.'),
  glusterfs: message(9, GlusterfsVolumeSource, 'A Glusterfs volume.'),
  persistentVolumeClaim: message(10, PersistentVolumeClaimVolumeSource, 'A claim of the same namespace.'),
  rbd: message(11, RBDVolumeSource, 'A Ceph block device.'),
  flexVolume: message(12, FlexVolumeSource, 'A volume of a plug-in on the node.'),
  cinder: message(13, CinderVolumeSource, 'An OpenStack disk.'),
  cephfs: message(14, CephFSVolumeSource, 'A Ceph file system.'),
  flocker: message(15, FlockerVolumeSource, 'A Flocker dataset; not supported any more.'),
  downwardAPI: message(16, DownwardAPIVolumeSource, 'Files about the pod.'),
  fc: message(17, FCVolumeSource, 'A Fibre Channel disk.'),
  azureFile: message(18, AzureFileVolumeSource, 'An Azure file share.'),
  configMap: message(19, ConfigMapVolumeSource, 'Files from a ConfigMap.'),
  vsphereVolume: message(20, VsphereVirtualDiskVolumeSource, 'A vSphere disk.'),
  quobyte: message(21, QuobyteVolumeSource, 'A Quobyte volume; not supported any more.'),
  azureDisk: message(22, AzureDiskVolumeSource, 'An Azure disk.'),
  photonPersistentDisk: message(23, PhotonPersistentDiskVolumeSource, 'A Photon disk; not supported any more.'),
  projected: message(26, ProjectedVolumeSource, 'Several sources in one directory.'),
  portworxVolume: message(24, PortworxVolumeSource, 'A Portworx volume.'),
  scaleIO: message(25, ScaleIOVolumeSource, 'A ScaleIO volume; not supported any more.'),
  storageos: message(27, StorageOSVolumeSource, 'A StorageOS volume; not supported any more.'),
  csi: message(28, CSIVolumeSource, 'A volume of a storage driver that lives with the pod.'),
  ephemeral: message(29, EphemeralVolumeSource, 'A claim made for this pod.'),
  image: message(30, ImageVolumeSource, 'The content of an image.'),
});
export type VolumeSource = Infer<typeof VolumeSource>;

export const Volume = struct('io.k8s.api.core.v1.Volume', 'A volume of a pod.', {
  name: str(1, 'Name that mounts refer to; unique in the pod.', { required: true }),
  'inline:volumeSource': inline(2, VolumeSource),
});
export type Volume = Infer<typeof Volume>;
