/**
 * Ownership after an update: who changed a field owns it, nobody owns what is gone. Pure.
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
import type { JsonObject } from '../dsl/own.ts';
import type { Comparison } from './compare.ts';
import { difference, emptySet, type FieldSet, isEmpty, setOfPaths, union } from './field-set.ts';
import { capUpdates, entryOf, inOrder, type ManagedEntry, type Owner, sameOwner } from './managed-fields.ts';
import { comparisons, type VersionOf } from './version-view.ts';

const metadata = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
];

/** Fields nobody owns: they identify the object or are the server's. */
export const unowned: FieldSet = setOfPaths([
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...metadata.map((name) => ['f:metadata', `f:${name}`]),
]);

export interface Update {
  /** In the version of the request; `{}` for a create. */
  readonly before: JsonObject;
  readonly after: JsonObject;
  readonly entries: readonly ManagedEntry[];
  readonly owner: Omit<Owner, 'operation'>;
  /** RFC 3339. */
  readonly now: string;
  readonly ignored?: FieldSet;
  readonly versionOf: VersionOf;
}

/** Entries without what changed under them; an entry of a version that is not served goes. */
export const withoutChanged = (entries: readonly ManagedEntry[], changes: (apiVersion: string) => Comparison | undefined): ManagedEntry[] =>
  entries.flatMap((entry) => {
    const change = changes(entry.apiVersion);
    if (!change) return [];
    const set = difference(difference(difference(entry.fieldsV1, change.added), change.modified), change.removed);
    if (isEmpty(set)) return [];
    return [set === entry.fieldsV1 ? entry : entryOf(entry, set, entry.time)];
  });

/** The ordered entries after the update; the same list when nothing that can be owned changed. */
export const trackUpdate = ({ before, after, entries, owner, now, ignored = emptySet, versionOf }: Update): readonly ManagedEntry[] => {
  const changes = comparisons(versionOf, { before, after, ignored });
  const own = changes(owner.apiVersion);
  if (!own) return entries;
  const gained = difference(union(own.added, own.modified), unowned);
  if (isEmpty(gained) && isEmpty(difference(own.removed, unowned))) return entries;
  const rest = withoutChanged(entries, changes);
  if (isEmpty(gained)) return inOrder(rest);
  const self: Owner = { ...owner, operation: 'Update' };
  const previous = rest.find((entry) => sameOwner(entry, self));
  const entry = entryOf(self, previous ? union(previous.fieldsV1, gained) : gained, now);
  return inOrder(capUpdates([...rest.filter((e) => e !== previous), entry]));
};
