/**
 * The life of a PersistentVolume by itself: Available, Bound, and, once its claim is gone, Released: kept, or deleted as its reclaim policy says.
 * A directory whose node is gone has nobody to remove it: its finalizer is taken away.
 */
import type { PersistentVolume } from '#schema/core/persistent-volume.ts';
import { persistentVolumes } from '#schema/core/persistent-volume.ts';
import { storageKey } from '#schema/resource.ts';
import { type Change, type Controller, nothing, type Outcome } from '../../controller-runtime/controller.ts';
import type { ConditionalNote } from '../../controller-runtime/engine.ts';
import { DIRECTORY_FINALIZER, LOCAL_DIRECTORY } from './provision.ts';

const VOLUMES = storageKey(persistentVolumes);

const withPhase = (volume: PersistentVolume, phase: string): Change[] =>
  volume.status?.phase === phase
    ? []
    : [
        {
          op: 'update',
          subresource: 'status',
          definition: persistentVolumes,
          object: { ...volume, status: { phase } } as PersistentVolume,
        },
      ];

const nodeOf = (volume: PersistentVolume): string =>
  volume.spec?.nodeAffinity?.required?.nodeSelectorTerms?.[0]?.matchExpressions?.[0]?.values?.[0] ?? '';

const reconcile: Controller['reconcile'] = ({ name }, { snapshot }): Outcome => {
  const volume = snapshot.get<PersistentVolume>(VOLUMES, '', name);
  if (!volume) return nothing;
  const { finalizers = [], deletionTimestamp } = volume.metadata;
  if (deletionTimestamp) {
    if (!finalizers.includes(DIRECTORY_FINALIZER) || snapshot.get('core/nodes', '', nodeOf(volume))) return nothing;
    const rest = finalizers.filter((finalizer) => finalizer !== DIRECTORY_FINALIZER);
    return {
      changes: [{ op: 'update', definition: persistentVolumes, object: { ...volume, metadata: { ...volume.metadata, finalizers: rest } } }],
    };
  }
  const reference = volume.spec?.claimRef;
  if (!reference) return { changes: withPhase(volume, 'Available') };
  if (!reference.uid) return { changes: withPhase(volume, 'Available') };
  const claim = snapshot.get('core/persistentvolumeclaims', reference.namespace ?? '', reference.name ?? '');
  // while it is bound the binder keeps the phase
  if (claim?.metadata.uid === reference.uid) return nothing;
  const released = withPhase(volume, 'Released');
  if (released.length > 0 || volume.spec?.persistentVolumeReclaimPolicy !== 'Delete') return { changes: released };
  if (volume.metadata.annotations?.['pv.kubernetes.io/provisioned-by'] !== LOCAL_DIRECTORY) return nothing;
  const after: Change = {
    op: 'delete',
    definition: persistentVolumes,
    object: volume,
    request: { preconditions: { uid: volume.metadata.uid! } },
  };
  const note: ConditionalNote = {
    about: volume,
    type: 'Normal',
    reason: 'VolumeDelete',
    message: 'the claim is gone; its directory will be removed',
    after,
  };
  return { changes: [after], events: [note] };
};

export const volumeReclaimer: Controller = {
  name: 'persistentvolume-reclaimer-controller',
  primary: VOLUMES,
  watches: [
    {
      resource: 'core/persistentvolumeclaims',
      keys: (claim) => (claim.spec?.volumeName ? [{ namespace: '', name: String(claim.spec.volumeName) }] : []),
    },
    {
      resource: 'core/nodes',
      keys: (node, _previous, snapshot) =>
        snapshot.get('core/nodes', '', node.metadata.name!)
          ? []
          : snapshot
              .all<PersistentVolume>(VOLUMES)
              .flatMap((volume) => (nodeOf(volume) === node.metadata.name ? [{ namespace: '', name: volume.metadata.name! }] : [])),
    },
  ],
  reconcile,
};
