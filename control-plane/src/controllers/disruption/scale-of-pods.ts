/** How many replicas the owners of some pods ask for in sum: what percentages of a PodDisruptionBudget are of. */
import type { Pod } from '#schema/core/pod.ts';
import type { KubeObject } from '#schema/resource.ts';
import type { Snapshot } from '../../controller-runtime/snapshot.ts';
import { controllerOf } from '../ownership.ts';

/** The topmost controller above the pod that has a scale. */
const scaledOwner = (snapshot: Snapshot, pod: Pod): { owner: KubeObject; replicas: number } | undefined => {
  let found: { owner: KubeObject; replicas: number } | undefined;
  let object: KubeObject = pod;
  for (let depth = 0; depth < 4; depth++) {
    const reference = controllerOf(object);
    const owner = reference && snapshot.byUid(reference.uid);
    if (!owner) break;
    const scale = snapshot.definitions.of(owner)?.scale;
    if (scale) found = { owner, replicas: scale.replicas(owner) };
    object = owner;
  }
  return found;
};

/** @returns the sum, and the first pod without such an owner, if there is one */
export const expectedOf = (snapshot: Snapshot, pods: readonly Pod[]): { readonly expected: number; readonly unmanaged?: Pod } => {
  const owners = new Map<string, number>();
  for (const pod of pods) {
    const found = scaledOwner(snapshot, pod);
    if (!found) return { expected: 0, unmanaged: pod };
    owners.set(found.owner.metadata.uid!, found.replicas);
  }
  return { expected: [...owners.values()].reduce((sum, replicas) => sum + replicas, 0) };
};
