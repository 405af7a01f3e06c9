/**
 * Keeps a claim that a pod uses, and a volume that a claim is bound to, from going while they are in use: their protection finalizer is taken
 * away only when they are deleted and nobody uses them.
 */
import { persistentVolumes } from '#schema/core/persistent-volume.ts';
import { persistentVolumeClaims } from '#schema/core/persistent-volume-claim.ts';
import type { Pod } from '#schema/core/pod.ts';
import { type KubeObject, type ResourceDefinition, storageKey } from '#schema/resource.ts';
import { type Change, type Controller, nothing } from '../../controller-runtime/controller.ts';
import type { Snapshot } from '../../controller-runtime/snapshot.ts';
import { isFinished } from '../pod-state.ts';

const CLAIM_FINALIZER = 'kubernetes.io/pvc-protection';
const VOLUME_FINALIZER = 'kubernetes.io/pv-protection';

/** Names of the claims a pod uses, those of its ephemeral volumes too. */
const claimNames = (pod: Pod): string[] =>
  (pod.spec.volumes ?? []).flatMap((volume) => {
    if (volume.persistentVolumeClaim) return [volume.persistentVolumeClaim.claimName];
    return volume.ephemeral ? [`${pod.metadata.name}-${volume.name}`] : [];
  });

const isUsed = (snapshot: Snapshot, { metadata: { namespace = '', name = '' } }: KubeObject): boolean =>
  snapshot.inNamespace<Pod>('core/pods', namespace).some((pod) => !isFinished(pod) && pod.spec.nodeName && claimNames(pod).includes(name));

const released = (definition: ResourceDefinition, object: KubeObject, finalizer: string): Change[] => {
  const finalizers = object.metadata.finalizers ?? [];
  if (!object.metadata.deletionTimestamp || !finalizers.includes(finalizer)) return [];
  const { finalizers: _, ...metadata } = object.metadata;
  const rest = finalizers.filter((name) => name !== finalizer);
  return [{ op: 'update', definition, object: { ...object, metadata: rest.length > 0 ? { ...metadata, finalizers: rest } : metadata } }];
};

export const claimProtection: Controller = {
  name: 'pvc-protection-controller',
  primary: storageKey(persistentVolumeClaims),
  watches: [
    {
      resource: 'core/pods',
      keys: (pod, previous, snapshot) => {
        const gone = !snapshot.get('core/pods', pod.metadata.namespace ?? '', pod.metadata.name ?? '');
        const ended = gone || (previous && isFinished(pod as Pod) && !isFinished(previous as Pod));
        return ended ? claimNames(pod as Pod).map((name) => ({ namespace: pod.metadata.namespace ?? '', name })) : [];
      },
    },
  ],
  reconcile: ({ namespace, name }, { snapshot }) => {
    const claim = snapshot.get(storageKey(persistentVolumeClaims), namespace, name);
    if (!claim || (claim.metadata.deletionTimestamp && isUsed(snapshot, claim))) return nothing;
    return { changes: released(persistentVolumeClaims, claim, CLAIM_FINALIZER) };
  },
};

export const volumeProtection: Controller = {
  name: 'pv-protection-controller',
  primary: storageKey(persistentVolumes),
  watches: [],
  reconcile: ({ name }, { snapshot }) => {
    const volume = snapshot.get(storageKey(persistentVolumes), '', name);
    if (!volume || volume.status?.phase === 'Bound') return nothing;
    return { changes: released(persistentVolumes, volume, VOLUME_FINALIZER) };
  },
};
