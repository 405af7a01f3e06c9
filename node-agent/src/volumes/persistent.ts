/**
 * Claims of a pod: the claim leads to its PersistentVolume, and that to a path of this node. Three sources are known: a path of the node (`hostPath`,
 * `local`), and a directory of the built-in provisioner, which outlives pods and goes with its PersistentVolume (local-directories.ts).
 */
import { chmod, mkdir, stat } from 'node:fs/promises';
import type { PersistentVolume } from '#schema/core/persistent-volume.ts';
import type { PersistentVolumeClaim } from '#schema/core/persistent-volume-claim.ts';
import type { Volume } from '#schema/core/pod.ts';
import { hostPathVolume } from './host-path.ts';
import { directoryOf, LOCAL_DIRECTORY_DRIVER } from './local-directories.ts';
import { giveToGroup } from './ownership.ts';
import { type PreparedVolume, type VolumeContext, VolumeError, type VolumeType } from './volume.ts';

/** The claim that this volume of the pod stands for. */
export const claimNameOf = (volume: Volume, podName: string): string | undefined =>
  volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral ? `${podName}-${volume.name}` : undefined);

const boundVolume = (name: string, volume: Volume, context: VolumeContext): PersistentVolume => {
  const { namespace, uid } = context.pod.metadata;
  const claim = context.object<PersistentVolumeClaim>('core/persistentvolumeclaims', name);
  if (!claim) throw new VolumeError(`persistentvolumeclaim "${name}" not found`);
  if (volume.ephemeral && !claim.metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.controller))
    throw new VolumeError(`PVC ${namespace}/${name} was not created for pod ${namespace}/${context.pod.metadata.name} (pod is not owner)`);
  if (claim.metadata.deletionTimestamp) throw new VolumeError('PVC is being deleted');
  const volumeName = claim.spec.volumeName;
  if (claim.status?.phase !== 'Bound' || !volumeName) throw new VolumeError('PVC is not bound');
  const found = context.clusterObject<PersistentVolume>('core/persistentvolumes', volumeName);
  if (!found) throw new VolumeError(`failed to fetch PV ${volumeName} from API server: persistentvolumes "${volumeName}" not found`);
  if (found.spec.claimRef?.uid !== claim.metadata.uid)
    throw new VolumeError(`failed to get volume for PVC ${namespace}/${name}: PV ${volumeName} is bound to another claim`);
  if (found.spec.volumeMode === 'Block') throw new VolumeError(`volume ${volumeName} has volumeMode Block, which this node does not offer`);
  return found;
};

const localPath = async (path: string): Promise<string> => {
  if (!(await stat(path).catch(() => undefined))) throw new VolumeError(`path "${path}" does not exist`);
  return path;
};

const ownDirectory = async (handle: string, context: VolumeContext): Promise<string> => {
  const path = directoryOf(context.volumesDir, handle);
  if (!path) throw new VolumeError(`${JSON.stringify(handle)} is no volume handle of ${LOCAL_DIRECTORY_DRIVER}`);
  // Whatever user a pod runs as may write it, as in an emptyDir.
  if ((await mkdir(path, { recursive: true, mode: 0o777 })) !== undefined) await chmod(path, 0o777);
  return path;
};

const pathOf = async ({ spec }: PersistentVolume, context: VolumeContext): Promise<{ path: string; owned: boolean }> => {
  if (spec.hostPath) {
    const { hostPath } = await hostPathVolume.prepare({ name: 'host-path', hostPath: spec.hostPath }, context);
    return { path: hostPath, owned: false };
  }
  if (spec.local) return { path: await localPath(spec.local.path), owned: true };
  if (spec.csi?.driver === LOCAL_DIRECTORY_DRIVER) return { path: await ownDirectory(spec.csi.volumeHandle, context), owned: true };
  if (spec.csi) throw new VolumeError(`driver name ${spec.csi.driver} not found in the list of registered CSI drivers`);
  throw new VolumeError('no volume plugin matched');
};

const prepareClaim = async (name: string, volume: Volume, context: VolumeContext): Promise<PreparedVolume> => {
  const found = boundVolume(name, volume, context);
  const { path, owned } = await pathOf(found, context);
  const { fsGroup, fsGroupChangePolicy } = context.pod.spec.securityContext ?? {};
  const readOnly = volume.persistentVolumeClaim?.readOnly ?? found.spec.csi?.readOnly ?? false;
  // Once for a pod: what its containers change afterwards is theirs.
  if (owned && fsGroup !== undefined && !readOnly && context.first) await giveToGroup(path, fsGroup, fsGroupChangePolicy);
  return { hostPath: path, readOnly };
};

export const claimVolume: VolumeType = {
  field: 'persistentVolumeClaim',
  plugin: 'persistent-claim',
  prepare: (volume, context) => prepareClaim(volume.persistentVolumeClaim!.claimName, volume, context),
};

export const ephemeralVolume: VolumeType = {
  field: 'ephemeral',
  plugin: 'ephemeral',
  prepare: (volume, context) => prepareClaim(claimNameOf(volume, context.pod.metadata.name!)!, volume, context),
};
