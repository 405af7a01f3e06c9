/** One served version of a kind: its type, and the way between it and the version a request speaks. */
import type { JsonObject } from '../dsl/own.ts';
import type { Comparison } from './compare.ts';
import { compare } from './compare.ts';
import { type FieldSet, recursiveDifference } from './field-set.ts';
import type { TypeSchema } from './type-schema.ts';

export interface VersionView {
  readonly type: TypeSchema;
  /** Never mutates; may return its argument. */
  readonly fromRequest: (object: JsonObject) => JsonObject;
  readonly toRequest: (object: JsonObject) => JsonObject;
}

/** Undefined for a version that is not served any more: what was owned in it is forgotten. */
export type VersionOf = (apiVersion: string) => VersionView | undefined;

/** An object that is not there yet is nothing in every version. */
const inVersion = (view: VersionView, object: JsonObject): JsonObject =>
  Object.keys(object).length === 0 ? object : view.fromRequest(object);

/** What changed between two objects of the request's version, in each version once. Fields in `ignored`, with all below them, do not count. */
export const comparisons = (
  versionOf: VersionOf,
  { before, after, ignored }: { readonly before: JsonObject; readonly after: JsonObject; readonly ignored: FieldSet },
): ((apiVersion: string) => Comparison | undefined) => {
  const known = new Map<string, Comparison | undefined>();
  return (apiVersion) => {
    if (!known.has(apiVersion)) {
      const view = versionOf(apiVersion);
      const found = view && compare(view.type, inVersion(view, before), inVersion(view, after));
      known.set(
        apiVersion,
        found && {
          added: recursiveDifference(found.added, ignored),
          modified: recursiveDifference(found.modified, ignored),
          removed: recursiveDifference(found.removed, ignored),
        },
      );
    }
    return known.get(apiVersion);
  };
};
