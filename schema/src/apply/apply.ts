/**
 * Server-side apply: the configuration of one manager merged into the live object, what it dropped removed, conflicts found, ownership kept.
 * Pure; decoding and defaulting of the result are the caller's, in `complete`, so that values are compared in their stored form.
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
import type { JsonObject } from '../dsl/own.ts';
import { isSame } from './compare.ts';
import { type Conflict, conflictsIn } from './conflict.ts';
import { fieldSetOf } from './extract.ts';
import { difference, emptySet, equalSets, type FieldSet, intersection, isEmpty, recursiveDifference, sorted, union } from './field-set.ts';
import { entryOf, inOrder, type ManagedEntry, type Owner, sameOwner } from './managed-fields.ts';
import { mergeApplied } from './merge.ts';
import { asOfToday } from './named.ts';
import { prune } from './prune.ts';
import { unowned, withoutChanged } from './track.ts';
import { comparisons, type VersionOf } from './version-view.ts';

export interface Application {
  /** In the version of the request; `{}` when there is no object yet. */
  readonly live: JsonObject;
  readonly config: JsonObject;
  readonly entries: readonly ManagedEntry[];
  readonly owner: Omit<Owner, 'operation'>;
  readonly force: boolean;
  /** RFC 3339. */
  readonly now: string;
  /** Fields this endpoint does not write. */
  readonly ignored?: FieldSet;
  readonly versionOf: VersionOf;
  /** Decodes and defaults a merged object. */
  readonly complete: (object: JsonObject) => JsonObject;
}

export type Applied =
  | { readonly object: JsonObject; readonly entries: readonly ManagedEntry[]; readonly changed: boolean }
  | { readonly conflicts: readonly Conflict[] };

export const applyConfiguration = (application: Application): Applied => {
  const { live, config, force, now, ignored = emptySet, versionOf, complete } = application;
  const self: Owner = { ...application.owner, operation: 'Apply' };
  const view = versionOf(self.apiVersion);
  if (!view) throw new Error(`${self.apiVersion} is not served`);
  const entries = application.entries.map((entry) => {
    const known = versionOf(entry.apiVersion);
    const set = known ? asOfToday(known.type, entry.fieldsV1) : entry.fieldsV1;
    return set === entry.fieldsV1 ? entry : entryOf(entry, set, entry.time);
  });
  const last = entries.find((entry) => sameOwner(entry, self));
  const others = entries.filter((entry) => entry !== last);
  const set = difference(recursiveDifference(fieldSetOf(view.type, config), ignored), unowned);
  const mine = entryOf(self, set, last?.time);
  const merged = mergeApplied(view.type, live, config) as JsonObject;
  const dropsNothing = !last || (last.apiVersion === self.apiVersion && isEmpty(difference(last.fieldsV1, set)));
  const object = complete(dropsNothing ? merged : prune({ merged, last, owners: [...others, mine], versionOf }));

  const changes = comparisons(versionOf, { before: live, after: object, ignored });
  const conflicts = others.flatMap((entry) => {
    const change = changes(entry.apiVersion);
    return change ? conflictsIn(entry, intersection(entry.fieldsV1, union(change.added, change.modified))) : [];
  });
  if (conflicts.length > 0 && !force) return { conflicts };
  const rest = withoutChanged(others, changes);
  const changed =
    !isSame(changes(self.apiVersion)!) || rest.length !== others.length || !last || !equalSets(sorted(last.fieldsV1), mine.fieldsV1);
  const own = isEmpty(set) ? [] : [changed ? entryOf(self, set, now) : last!];
  return { object, entries: inOrder([...rest, ...own]), changed };
};
