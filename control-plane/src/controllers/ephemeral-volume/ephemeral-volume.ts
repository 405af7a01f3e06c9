/**
 * Makes the claims of generic ephemeral volumes: one a volume, named after pod and volume, owned by the pod and so gone with it. A claim of that name which is
 * another's is left alone; the node then says why it does not mount it.
 * @see https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#generic-ephemeral-volumes
 */
import { persistentVolumeClaims } from '#schema/core/persistent-volume-claim.ts';
import type { Pod } from '#schema/core/pod.ts';
import { storageKey } from '#schema/resource.ts';
import { type Change, type Controller, nothing } from '../../controller-runtime/controller.ts';
import { controllerOf, controllerReference } from '../ownership.ts';
import { isFinished } from '../pod-state.ts';

const CLAIMS = storageKey(persistentVolumeClaims);

export const ephemeralVolume: Controller = {
  name: 'ephemeral-volume-controller',
  primary: 'core/pods',
  watches: [
    {
      resource: CLAIMS,
      keys: (claim) => {
        const owner = controllerOf(claim);
        return owner?.kind === 'Pod' ? [{ namespace: claim.metadata.namespace ?? '', name: owner.name }] : [];
      },
    },
  ],
  reconcile: ({ namespace, name }, { snapshot }) => {
    const pod = snapshot.get<Pod>('core/pods', namespace, name);
    const volumes = pod?.spec.volumes?.filter(({ ephemeral }) => ephemeral?.volumeClaimTemplate);
    if (!pod || !volumes?.length || pod.metadata.deletionTimestamp || isFinished(pod)) return nothing;
    const changes = volumes.flatMap((volume): Change[] => {
      const claimName = `${name}-${volume.name}`;
      if (snapshot.get(CLAIMS, namespace, claimName)) return [];
      const { metadata, spec } = volume.ephemeral!.volumeClaimTemplate!;
      const { labels, annotations } = metadata ?? {};
      const object = {
        ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
        metadata: {
          ...{ name: claimName, namespace },
          ...(labels ? { labels } : {}),
          ...(annotations ? { annotations } : {}),
          ownerReferences: [controllerReference({ ...pod, apiVersion: 'v1', kind: 'Pod' })],
        },
        spec,
      };
      return [{ op: 'create', definition: persistentVolumeClaims, object, ownerUid: pod.metadata.uid! }];
    });
    return { changes };
  },
};
