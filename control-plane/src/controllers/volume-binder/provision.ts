/**
 * The built-in provisioner: a directory on the node where the claim's first pod runs. The control plane only writes the volume down; the node's
 * agent makes the directory at the first mount and removes it when the volume is deleted, which the finalizer waits for.
 */
import type { PersistentVolume } from '#schema/core/persistent-volume.ts';
import type { PersistentVolumeClaim } from '#schema/core/persistent-volume-claim.ts';
import type { StorageClass } from '#schema/storage/storage-class.ts';

export const LOCAL_DIRECTORY = 'local-directory.kedge.dev';
export const DIRECTORY_FINALIZER = 'local-directory.kedge.dev/directory';
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
export const DEFAULT_CLASS = 'local-directory';

export const claimReference = (claim: PersistentVolumeClaim) => ({
  kind: 'PersistentVolumeClaim',
  namespace: claim.metadata.namespace!,
  name: claim.metadata.name!,
  uid: claim.metadata.uid!,
  apiVersion: 'v1',
  resourceVersion: claim.metadata.resourceVersion!,
});

export const directoryFor = (claim: PersistentVolumeClaim, storageClass: StorageClass, node: string): PersistentVolume => {
  const name = `pvc-${claim.metadata.uid}`;
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: {
      name,
      annotations: { 'pv.kubernetes.io/provisioned-by': LOCAL_DIRECTORY },
      finalizers: ['kubernetes.io/pv-protection', DIRECTORY_FINALIZER],
    },
    spec: {
      accessModes: [...(claim.spec?.accessModes ?? [])],
      capacity: { storage: String(claim.spec?.resources?.requests?.storage ?? '0') },
      claimRef: claimReference(claim),
      csi: { driver: LOCAL_DIRECTORY, volumeHandle: name },
      nodeAffinity: {
        required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] }] },
      },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      storageClassName: storageClass.metadata.name!,
      volumeMode: claim.spec?.volumeMode ?? 'Filesystem',
    },
  };
};

/** Named `local-directory`, default, waiting for the first pod so that the directory is where the pod fits. */
export const defaultClass: StorageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: DEFAULT_CLASS, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner: LOCAL_DIRECTORY,
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'WaitForFirstConsumer',
};
