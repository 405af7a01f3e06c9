/**
 * The claims of a StatefulSet's pods: made before the pod, and owned by the set or the pod as far as persistentVolumeClaimRetentionPolicy lets
 * them die with it.
 */
import type { StatefulSet } from '#schema/apps/stateful-set.ts';
import { type PersistentVolumeClaim, persistentVolumeClaims } from '#schema/core/persistent-volume-claim.ts';
import type { Pod } from '#schema/core/pod.ts';
import { equalJson } from '#schema/dsl/own.ts';
import type { OwnerReference } from '#schema/meta/object-meta.ts';
import type { Change } from '../../controller-runtime/controller.ts';
import type { ConditionalNote } from '../../controller-runtime/engine.ts';

import type { Snapshot } from '../../controller-runtime/snapshot.ts';
import { controllerReference } from '../ownership.ts';
import { claimsOf, isInRange, ordinalOf } from './identity.ts';

const CLAIMS = 'core/persistentvolumeclaims';

/** Creates of the claims an ordinal lacks. */
export const missingClaims = (
  set: StatefulSet,
  ordinal: number,
  podName: string,
  snapshot: Snapshot,
): { readonly changes: Change[]; readonly events: ConditionalNote[]; readonly blocked: boolean } => {
  const changes: Change[] = [];
  const events: ConditionalNote[] = [];
  let blocked = false;
  for (const claim of claimsOf(set, ordinal).values()) {
    const { name = '', namespace = '' } = claim.metadata;
    const present = snapshot.get<PersistentVolumeClaim>(CLAIMS, namespace, name);
    if (present?.metadata.deletionTimestamp) blocked = true;
    if (present) continue;
    const change: Change = { op: 'create', definition: persistentVolumeClaims, object: claim, ownerUid: set.metadata.uid! };
    changes.push(change);
    const message = `create Claim ${name} Pod ${podName} in StatefulSet ${set.metadata.name} success`;
    events.push({ about: set, type: 'Normal', reason: 'SuccessfulCreate', message, after: change });
  }
  return { changes, events, blocked };
};

const plainReference = (owner: StatefulSet | Pod): OwnerReference => {
  const { controller: _, blockOwnerDeletion: __, ...reference } = controllerReference(owner);
  return reference;
};

/** Updates of the pod's claims whose owners are not what the policy says. */
export const claimOwnership = (set: StatefulSet, pod: Pod, snapshot: Snapshot): Change[] => {
  const policy = set.spec.persistentVolumeClaimRetentionPolicy;
  const deletedWithSet = policy?.whenDeleted === 'Delete';
  const condemned = policy?.whenScaled === 'Delete' && !isInRange(set, ordinalOf(set, pod));
  const ours = new Set([set.metadata.uid, pod.metadata.uid]);
  const wanted = condemned ? [plainReference(pod)] : deletedWithSet ? [plainReference(set)] : [];
  return [...claimsOf(set, ordinalOf(set, pod)).values()].flatMap(({ metadata }): Change[] => {
    const claim = snapshot.get<PersistentVolumeClaim>(CLAIMS, metadata.namespace ?? '', metadata.name ?? '');
    if (!claim || claim.metadata.deletionTimestamp) return [];
    const present = claim.metadata.ownerReferences ?? [];
    // a controller of somebody else decides for itself
    if (present.some((owner) => owner.controller && !ours.has(owner.uid))) return [];
    const foreign = present.filter(({ uid, kind }) => !ours.has(uid) && kind !== 'Pod');
    const next = [...foreign, ...wanted];
    if (equalJson(next, present)) return [];
    const { ownerReferences: _, ...rest } = claim.metadata;
    const object = { ...claim, metadata: next.length > 0 ? { ...rest, ownerReferences: next } : rest };
    return [{ op: 'update', definition: persistentVolumeClaims, object }];
  });
};
