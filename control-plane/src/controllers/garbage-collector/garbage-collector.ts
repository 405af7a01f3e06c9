/**
 * Garbage collector: an object whose owners are all gone goes too; a foreground deletion waits for what it owns; an orphaning one lets it be.
 * Keys are uids of any kind. Decisions come from the cache, but the store lets a delete pass only while every owner named is really gone.
 * An owner of a kind that is not served (or not kept durably) may exist elsewhere: then nothing is ever collected.
 * @see https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 */
import { equalJson } from '#schema/dsl/own.ts';
import type { OwnerReference } from '#schema/meta/object-meta.ts';
import type { KubeObject, ResourceDefinition } from '#schema/resource.ts';
import {
  type Change,
  type Controller,
  nothing,
  type ObjectRef,
  type Outcome,
  type ReconcileContext,
} from '../../controller-runtime/controller.ts';
import { ANY_RESOURCE, NO_PRIMARY } from '../../controller-runtime/engine.ts';

import type { Snapshot } from '../../controller-runtime/snapshot.ts';
import type { Propagation } from '../../registry/registry.ts';
import { withoutOwners } from '../ownership.ts';

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

const has = (object: KubeObject, finalizer: string): boolean => object.metadata.finalizers?.includes(finalizer) ?? false;

const isDeleting = (object: KubeObject): boolean => object.metadata.deletionTimestamp !== undefined;

const withoutFinalizer = (object: KubeObject, finalizer: string): KubeObject => {
  const { finalizers = [], ...metadata } = object.metadata;
  const left = finalizers.filter((name) => name !== finalizer);
  return { ...object, metadata: left.length > 0 ? { ...metadata, finalizers: left } : metadata };
};

/** What an owner reference stands for now. */
type Standing = 'alive' | 'waiting' | 'gone';

const standingOf = ({ uid, apiVersion, kind }: OwnerReference, snapshot: Snapshot): Standing => {
  const owner = snapshot.byUid(uid);
  if (owner) return isDeleting(owner) && has(owner, FOREGROUND) ? 'waiting' : 'alive';
  return snapshot.definitions.of({ apiVersion, kind })?.storage === 'durable' ? 'gone' : 'alive';
};

const propagationOf = (object: KubeObject): Propagation =>
  has(object, ORPHAN) ? 'Orphan' : has(object, FOREGROUND) ? 'Foreground' : 'Background';

/** An object that is not being deleted, judged by its owners. */
const collect = (object: KubeObject, definition: ResourceDefinition, snapshot: Snapshot): Change[] => {
  const owners = object.metadata.ownerReferences ?? [];
  if (owners.length === 0) return [];
  const standings = owners.map((owner) => standingOf(owner, snapshot));
  const uidsOf = (wanted: Standing): string[] => owners.filter((_, i) => standings[i] === wanted).map(({ uid }) => uid);
  const [gone, waiting] = [uidsOf('gone'), uidsOf('waiting')];
  if (standings.includes('alive')) {
    const done = new Set([...gone, ...waiting]);
    return done.size > 0 ? [{ op: 'update', definition, object: withoutOwners(object, done) }] : [];
  }
  // an owner that waits for this object wants what this object owns gone first, too
  const foreground = waiting.length > 0 && snapshot.dependents(object.metadata.uid!).length > 0;
  const propagation = foreground ? 'Foreground' : propagationOf(object);
  const { uid, resourceVersion } = object.metadata;
  return [
    {
      op: 'delete',
      definition,
      object,
      request: { propagation, preconditions: { uid: uid!, resourceVersion: resourceVersion! } },
      ...(gone.length > 0 ? { ownersGone: gone } : {}),
    },
  ];
};

/** A deletion in the foreground ends when nothing that blocks it is left. */
const finishForeground = (object: KubeObject, definition: ResourceDefinition, snapshot: Snapshot): Change[] => {
  const uid = object.metadata.uid!;
  const blocks = snapshot
    .dependents(uid)
    .some((dependent) => dependent.object.metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.blockOwnerDeletion));
  return blocks ? [] : [{ op: 'update', definition, object: withoutFinalizer(object, FOREGROUND) }];
};

/** An orphaning deletion first takes the object's uid from everything it owned. */
const orphan = (object: KubeObject, definition: ResourceDefinition, snapshot: Snapshot): Change[] => {
  const uid = object.metadata.uid!;
  const changes = snapshot.dependents(uid).flatMap((dependent): Change[] => {
    const known = snapshot.definitions.of(dependent.object);
    return known ? [{ op: 'update', definition: known, object: withoutOwners(dependent.object, new Set([uid])) }] : [];
  });
  return changes.length > 0 ? changes : [{ op: 'update', definition, object: withoutFinalizer(object, ORPHAN) }];
};

const reconcile = ({ name: uid }: ObjectRef, { snapshot }: ReconcileContext): Outcome => {
  const object = snapshot.byUid(uid);
  const definition = object && snapshot.definitions.of(object);
  if (!object || !definition) return nothing;
  if (!isDeleting(object)) return { changes: collect(object, definition, snapshot) };
  if (has(object, ORPHAN)) return { changes: orphan(object, definition, snapshot) };
  if (has(object, FOREGROUND)) return { changes: finishForeground(object, definition, snapshot) };
  return nothing;
};

const sameStanding = (a: KubeObject, b: KubeObject): boolean =>
  a.metadata.deletionTimestamp === b.metadata.deletionTimestamp &&
  equalJson(a.metadata.ownerReferences, b.metadata.ownerReferences) &&
  equalJson(a.metadata.finalizers, b.metadata.finalizers);

const keys = (object: KubeObject, previous: KubeObject | undefined, snapshot: Snapshot): readonly ObjectRef[] => {
  const { uid } = object.metadata;
  if (!uid) return [];
  const removed = snapshot.byUid(uid) === undefined;
  if (!removed && previous && sameStanding(object, previous)) return [];
  const uids = new Set<string>();
  if (!removed && (object.metadata.ownerReferences || isDeleting(object))) uids.add(uid);
  if (removed || isDeleting(object)) for (const dependent of snapshot.dependents(uid)) uids.add(dependent.object.metadata.uid!);
  // owners that wait for this object, and those it has just been cut from
  for (const state of [object, previous]) {
    for (const owner of state?.metadata.ownerReferences ?? []) {
      const found = snapshot.byUid(owner.uid);
      if (found && isDeleting(found)) uids.add(owner.uid);
    }
  }
  return [...uids].map((name) => ({ namespace: '', name }));
};

export const garbageCollector: Controller = {
  name: 'garbage-collector-controller',
  primary: NO_PRIMARY,
  watches: [{ resource: ANY_RESOURCE, keys }],
  reconcile,
};
