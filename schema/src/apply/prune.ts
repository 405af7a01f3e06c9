/**
 * What a manager applied last time and no longer states goes, unless another manager owns it. Items nobody owned are only taken along when what
 * holds them goes.
 */
import type { JsonObject } from '../dsl/own.ts';
import { fieldSetOf } from './extract.ts';
import { difference, emptySet, type FieldSet, intersection, isEmpty, union } from './field-set.ts';
import type { ManagedEntry } from './managed-fields.ts';
import { withNamedFields } from './named.ts';
import { removeItems } from './remove.ts';
import type { VersionView } from './version-view.ts';

export interface Pruning {
  /** In the version of the request. */
  readonly merged: JsonObject;
  /** What the manager owned before. */
  readonly last: ManagedEntry;
  /** All entries as they will be, the manager's new one among them. */
  readonly owners: readonly ManagedEntry[];
  readonly versionOf: (apiVersion: string) => VersionView | undefined;
}

export const prune = ({ merged, last, owners, versionOf }: Pruning): JsonObject => {
  const lastView = versionOf(last.apiVersion);
  if (!lastView || isEmpty(last.fieldsV1)) return merged;
  const before = lastView.fromRequest(merged);
  const lastSet = withNamedFields(lastView.type, last.fieldsV1);
  let pruned = lastView.toRequest(removeItems(lastView.type, before, lastSet));
  const owned = new Map<string, FieldSet>([[last.apiVersion, emptySet]]);
  for (const { apiVersion, fieldsV1 } of owners) owned.set(apiVersion, union(owned.get(apiVersion) ?? emptySet, fieldsV1));
  for (const [apiVersion, set] of owned) {
    const view = versionOf(apiVersion);
    if (!view) continue;
    const all = view.fromRequest(merged);
    const named = (object: JsonObject): FieldSet => withNamedFields(view.type, fieldSetOf(view.type, object));
    const kept = union(named(view.fromRequest(pruned)), withNamedFields(view.type, set));
    pruned = view.toRequest(removeItems(view.type, all, difference(named(all), kept)));
  }
  const named = (object: JsonObject): FieldSet => withNamedFields(lastView.type, fieldSetOf(lastView.type, object));
  const gone = difference(named(before), named(lastView.fromRequest(pruned)));
  return lastView.toRequest(removeItems(lastView.type, before, intersection(gone, lastSet)));
};
