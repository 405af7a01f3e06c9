/**
 * Owner references, and how a controller claims the objects its selector names: it adopts matching orphans and releases its own that no longer
 * match. Claims are changes like any other: an adopted object counts once the adoption is committed.
 */
import type { OwnerReference } from '#schema/meta/object-meta.ts';
import { type KubeObject, type ResourceDefinition, storageKey } from '#schema/resource.ts';
import { type LabelSelection, matches } from '#schema/selectors/label.ts';
import type { Change, ObjectRef } from '../controller-runtime/controller.ts';
import type { Snapshot, StorageKey } from '../controller-runtime/snapshot.ts';

/** The owner that manages the object, if any. */
export const controllerOf = (object: KubeObject): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((owner) => owner.controller === true);

export const controllerReference = (owner: KubeObject): OwnerReference => ({
  apiVersion: owner.apiVersion!,
  kind: owner.kind!,
  name: owner.metadata.name!,
  uid: owner.metadata.uid!,
  controller: true,
  blockOwnerDeletion: true,
});

/** A copy without these owners; the field goes with its last entry. */
export const withoutOwners = <T extends KubeObject>(object: T, uids: ReadonlySet<string>): T => {
  const left = (object.metadata.ownerReferences ?? []).filter((owner) => !uids.has(owner.uid));
  const { ownerReferences: _, ...metadata } = object.metadata;
  return { ...object, metadata: left.length > 0 ? { ...metadata, ownerReferences: left } : metadata };
};

const withOwner = <T extends KubeObject>(object: T, owner: OwnerReference): T => ({
  ...object,
  metadata: { ...object.metadata, ownerReferences: [...(object.metadata.ownerReferences ?? []), owner] },
});

/** Objects of a namespace among which are all that a selection names: those of its cheapest label index. */
const candidates = <T extends KubeObject>(
  snapshot: Snapshot,
  resource: StorageKey,
  namespace: string,
  selection: LabelSelection,
): readonly T[] => {
  let best: readonly KubeObject[] | undefined;
  for (const { key, operator, values } of selection.requirements) {
    if (operator !== '=' && operator !== '==' && operator !== 'in') continue;
    const found = values.flatMap((value) => snapshot.withLabel(resource, namespace, key, value));
    if (!best || found.length < best.length) best = found;
  }
  return (best ?? snapshot.inNamespace(resource, namespace)) as readonly T[];
};

/** As `matches`; pods of one template share their labels in memory, and then one look does for all of them. */
const matcherOf = (selection: LabelSelection): ((object: KubeObject) => boolean) => {
  let last: { readonly labels: KubeObject['metadata']['labels']; readonly verdict: boolean } | undefined;
  return ({ metadata: { labels } }) => {
    if (!last || last.labels !== labels) last = { labels, verdict: matches(selection, labels) };
    return last.verdict;
  };
};

/** Objects of a namespace that a selection names. A selection without requirements reads the whole namespace. */
export const selected = <T extends KubeObject>(
  snapshot: Snapshot,
  resource: StorageKey,
  namespace: string,
  selection: LabelSelection,
): readonly T[] => (selection.nothing ? [] : candidates<T>(snapshot, resource, namespace, selection).filter(matcherOf(selection)));

export interface Claimed<T> {
  /** Controlled by the owner and matching, as committed. Order is unspecified. */
  readonly owned: readonly T[];
  /** Adoptions and releases to commit first. */
  readonly changes: readonly Change[];
}

/** `isMember` narrows the selection: others are neither adopted, released nor counted. */
export const claim = <T extends KubeObject>(
  snapshot: Snapshot,
  definition: ResourceDefinition,
  owner: KubeObject,
  selection: LabelSelection,
  isMember: (object: T) => boolean = () => true,
): Claimed<T> => {
  const resource = storageKey(definition);
  const { namespace = '', uid = '', deletionTimestamp } = owner.metadata;
  const owned: T[] = [];
  const changes: Change[] = [];
  const fits = matcherOf(selection);
  for (const object of snapshot.ownedBy<T>(resource, uid)) {
    if (controllerOf(object)?.uid !== uid || !isMember(object)) continue;
    if (fits(object)) owned.push(object);
    else if (!deletionTimestamp) changes.push({ op: 'update', definition, object: withoutOwners(object, new Set([uid])) });
  }
  if (deletionTimestamp || selection.nothing) return { owned, changes };
  for (const object of candidates<T>(snapshot, resource, namespace, selection)) {
    if (controllerOf(object) || object.metadata.deletionTimestamp || !isMember(object) || !fits(object)) continue;
    changes.push({ op: 'update', definition, object: withOwner(object, controllerReference(owner)) });
  }
  return { owned, changes };
};

/** Watch keys for a controlled kind: the owners of kind `ownerKind` before and after, and for orphans the owners that would adopt them. */
export const ownerKeys =
  (
    ownerKind: string,
    ownerResource: StorageKey,
    selectionOf: (owner: any) => LabelSelection,
  ): ((object: KubeObject, previous: KubeObject | undefined, snapshot: Snapshot) => readonly ObjectRef[]) =>
  (object, previous, snapshot) => {
    const namespace = object.metadata.namespace ?? '';
    const names = new Set<string>();
    for (const state of [object, previous]) {
      const controller = state && controllerOf(state);
      if (controller?.kind === ownerKind) names.add(controller.name);
    }
    if (!controllerOf(object) && !object.metadata.deletionTimestamp) {
      for (const owner of snapshot.inNamespace(ownerResource, namespace)) {
        if (matches(selectionOf(owner), object.metadata.labels)) names.add(owner.metadata.name!);
      }
    }
    return [...names].map((name) => ({ namespace, name }));
  };
