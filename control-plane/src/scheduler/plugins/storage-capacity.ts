/**
 * Whether a driver has room on a node for a volume that is still to be made: drivers that say so (CSIDriver) publish what is left by part of the cluster
 * (CSIStorageCapacity).
 * @see https://kubernetes.io/docs/concepts/storage/storage-capacity/
 */
import type { PersistentVolumeClaim } from '#schema/core/persistent-volume-claim.ts';
import { compare } from '#schema/quantity/quantity.ts';
import { labelSelectorOf, matches } from '#schema/selectors/label.ts';
import type { CSIDriver } from '#schema/storage/csi-driver.ts';
import type { CSIStorageCapacity } from '#schema/storage/csi-storage-capacity.ts';
import type { StorageClass } from '#schema/storage/storage-class.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { NodeCheck } from '../state/node-checks.ts';
import { selectedNode } from './pod-volumes.ts';

export const CAPACITIES = 'storage.k8s.io/csistoragecapacities';
export const CSI_DRIVERS = 'storage.k8s.io/csidrivers';

/** The largest volume counts where it is known, else what is left. */
const holds = ({ capacity, maximumVolumeSize }: CSIStorageCapacity, size: string): boolean => {
  const most = maximumVolumeSize ?? capacity;
  return most !== undefined && compare(String(most), size) >= 0;
};

/** Nodes with room; undefined when nobody counts, or the node was told to the driver already: then the driver judges. */
export const roomFor = (
  claim: PersistentVolumeClaim,
  { metadata, provisioner }: StorageClass,
  state: ClusterState,
): NodeCheck | undefined => {
  const size = claim.spec.resources?.requests?.storage;
  if (size === undefined || selectedNode(claim) !== undefined) return undefined;
  if (!state.lookup.get<CSIDriver>(CSI_DRIVERS, '', provisioner)?.spec.storageCapacity) return undefined;
  const enough = state.lookup
    .all<CSIStorageCapacity>(CAPACITIES)
    .filter((room) => room.storageClassName === metadata.name && room.nodeTopology && holds(room, String(size)))
    .map(({ nodeTopology }) => nodeTopology);
  const selections = enough.map((topology) => labelSelectorOf(topology));
  return state.checks.get(`room${JSON.stringify(enough)}`, ({ labels }) => selections.some((selection) => matches(selection, labels)));
};
