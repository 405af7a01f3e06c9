/** Volumes that tie a pod to one node. */
import type { Pod } from '#schema/core/pod.ts';
import type { Snapshot } from '../../controller-runtime/snapshot.ts';
import { CLAIMS, localNodeOf, VOLUMES } from '../../sync/view-entries.ts';

/** The first of the pod's claims whose data lies in a directory of this node. */
export const claimOnNode = (pod: Pod, node: string, snapshot: Snapshot): string | undefined => {
  const claims = (pod.spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) =>
    persistentVolumeClaim ? [persistentVolumeClaim.claimName] : ephemeral ? [`${pod.metadata.name}-${name}`] : [],
  );
  return claims.find((claim) => {
    const volume = claim && snapshot.get(CLAIMS, pod.metadata.namespace ?? '', claim)?.spec?.volumeName;
    return volume && localNodeOf(snapshot.get(VOLUMES, '', volume)) === node;
  });
};
