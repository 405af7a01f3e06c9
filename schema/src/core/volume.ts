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

export const VolumeSource = struct('io.k8s.api.core.v1.VolumeSource', '@core.VolumeSource', {
  hostPath: message(1, HostPathVolumeSource, '@core.VolumeSource.hostPath'),
  emptyDir: message(2, EmptyDirVolumeSource, '@core.VolumeSource.emptyDir'),
  gcePersistentDisk: message(3, GCEPersistentDiskVolumeSource, '@core.VolumeSource.gcePersistentDisk'),
  awsElasticBlockStore: message(4, AWSElasticBlockStoreVolumeSource, '@core.VolumeSource.awsElasticBlockStore'),
  gitRepo: message(5, GitRepoVolumeSource, '@core.VolumeSource.gitRepo'),
  secret: message(6, SecretVolumeSource, '@core.VolumeSource.secret'),
  nfs: message(7, NFSVolumeSource, '@core.VolumeSource.nfs'),
  iscsi: message(8, ISCSIVolumeSource, '@core.VolumeSource.iscsi'),
  glusterfs: message(9, GlusterfsVolumeSource, '@core.VolumeSource.glusterfs'),
  persistentVolumeClaim: message(10, PersistentVolumeClaimVolumeSource, '@core.VolumeSource.persistentVolumeClaim'),
  rbd: message(11, RBDVolumeSource, '@core.VolumeSource.rbd'),
  flexVolume: message(12, FlexVolumeSource, '@core.VolumeSource.flexVolume'),
  cinder: message(13, CinderVolumeSource, '@core.VolumeSource.cinder'),
  cephfs: message(14, CephFSVolumeSource, '@core.VolumeSource.cephfs'),
  flocker: message(15, FlockerVolumeSource, '@core.VolumeSource.flocker'),
  downwardAPI: message(16, DownwardAPIVolumeSource, '@core.VolumeSource.downwardAPI'),
  fc: message(17, FCVolumeSource, '@core.VolumeSource.fc'),
  azureFile: message(18, AzureFileVolumeSource, '@core.VolumeSource.azureFile'),
  configMap: message(19, ConfigMapVolumeSource, '@core.VolumeSource.configMap'),
  vsphereVolume: message(20, VsphereVirtualDiskVolumeSource, '@core.VolumeSource.vsphereVolume'),
  quobyte: message(21, QuobyteVolumeSource, '@core.VolumeSource.quobyte'),
  azureDisk: message(22, AzureDiskVolumeSource, '@core.VolumeSource.azureDisk'),
  photonPersistentDisk: message(23, PhotonPersistentDiskVolumeSource, '@core.VolumeSource.photonPersistentDisk'),
  projected: message(26, ProjectedVolumeSource, '@core.VolumeSource.projected'),
  portworxVolume: message(24, PortworxVolumeSource, '@core.VolumeSource.portworxVolume'),
  scaleIO: message(25, ScaleIOVolumeSource, '@core.VolumeSource.scaleIO'),
  storageos: message(27, StorageOSVolumeSource, '@core.VolumeSource.storageos'),
  csi: message(28, CSIVolumeSource, '@core.VolumeSource.csi'),
  ephemeral: message(29, EphemeralVolumeSource, '@core.VolumeSource.ephemeral'),
  image: message(30, ImageVolumeSource, '@core.VolumeSource.image'),
});
export type VolumeSource = Infer<typeof VolumeSource>;

export const Volume = struct('io.k8s.api.core.v1.Volume', '@core.Volume', {
  name: str(1, '@core.Volume.name', { required: true }),
  'inline:volumeSource': inline(2, VolumeSource),
});
export type Volume = Infer<typeof Volume>;
