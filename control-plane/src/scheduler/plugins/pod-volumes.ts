/** The claims of a pod and what has become of them: bound to a volume, to be bound once a node is chosen, or in the way. */
import type { PersistentVolume } from '#schema/core/persistent-volume.ts';
import type { PersistentVolumeClaim } from '#schema/core/persistent-volume-claim.ts';
import type { StorageClass } from '#schema/storage/storage-class.ts';
import { SELECTED_NODE } from '../../controllers/volume-binder/provision.ts';
import { matchesSelector } from '../node-selector.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { NodeCheck } from '../state/node-checks.ts';
import type { PodInfo } from '../state/pod-info.ts';

export const CLAIMS = 'core/persistentvolumeclaims';
export const VOLUMES = 'core/persistentvolumes';
export const CLASSES = 'storage.k8s.io/storageclasses';
export const DRIVERS = 'storage.k8s.io/csinodes';
const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';

export interface PodVolumes {
  readonly bound: readonly { readonly claim: PersistentVolumeClaim; readonly volume: PersistentVolume | undefined }[];
  /** Wait for their first consumer. */
  readonly open: readonly { readonly claim: PersistentVolumeClaim; readonly storageClass: StorageClass }[];
  /** Why the pod can run nowhere now. */
  readonly rejected: string | undefined;
}

export const claimOf = (state: ClusterState, namespace: string, name: string): PersistentVolumeClaim | undefined =>
  state.lookup.get<PersistentVolumeClaim>(CLAIMS, namespace, name);

const isBound = ({ metadata, spec }: PersistentVolumeClaim): boolean =>
  Boolean(spec.volumeName) && metadata.annotations?.[BIND_COMPLETED] !== undefined;

export const classOf = (state: ClusterState, { spec }: PersistentVolumeClaim): StorageClass | undefined =>
  state.lookup.get<StorageClass>(CLASSES, '', spec.storageClassName ?? '');

export const selectedNode = ({ metadata }: PersistentVolumeClaim): string | undefined => metadata.annotations?.[SELECTED_NODE];

const missing = (pod: PodInfo, name: string): string =>
  pod.pod.spec.volumes?.some((volume) => volume.ephemeral && `${pod.name}-${volume.name}` === name)
    ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`
    : `persistentvolumeclaim "${name}" not found`;

export const podVolumesOf = (pod: PodInfo, state: ClusterState): PodVolumes => {
  const bound: PodVolumes['bound'][number][] = [];
  const open: PodVolumes['open'][number][] = [];
  let immediate = false;
  for (const name of pod.claims) {
    const claim = claimOf(state, pod.namespace, name);
    if (!claim) return { bound, open, rejected: missing(pod, name) };
    if (claim.metadata.deletionTimestamp) return { bound, open, rejected: `persistentvolumeclaim "${name}" is being deleted` };
    if (claim.status?.phase === 'Lost') {
      return { bound, open, rejected: `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec.volumeName}"` };
    }
    if (isBound(claim)) {
      bound.push({ claim, volume: state.lookup.get<PersistentVolume>(VOLUMES, '', claim.spec.volumeName!) });
      continue;
    }
    const storageClass = classOf(state, claim);
    if (storageClass?.volumeBindingMode === 'WaitForFirstConsumer' && !claim.spec.volumeName) open.push({ claim, storageClass });
    else immediate = true;
  }
  return { bound, open, rejected: immediate ? 'pod has unbound immediate PersistentVolumeClaims' : undefined };
};

/** Nodes a volume can be reached from; undefined when it is all of them. */
export const reachOf = (volume: PersistentVolume, state: ClusterState): NodeCheck | undefined => {
  const required = volume.spec.nodeAffinity?.required;
  if (!required) return undefined;
  return state.checks.get(`volume${JSON.stringify(required)}`, (node) => matchesSelector(required, node));
};

/** Nodes a class may make volumes for; undefined when it is all of them. */
export const makesOn = (storageClass: StorageClass, state: ClusterState): NodeCheck | undefined => {
  const terms = storageClass.allowedTopologies;
  if (!terms?.length) return undefined;
  return state.checks.get(`class${JSON.stringify(terms)}`, ({ labels }) =>
    terms.some(({ matchLabelExpressions = [] }) =>
      matchLabelExpressions.every(({ key, values }) => Object.hasOwn(labels, key) && values.includes(labels[key]!)),
    ),
  );
};
