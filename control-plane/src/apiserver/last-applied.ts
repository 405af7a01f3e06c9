/**
 * `kubectl apply` with and without --server-side on one object: the annotation of the client-side one is kept up to date, and fields it shows to
 * be kubectl's own are no conflict. Only for the manager `kubectl`, as upstream.
 */
import { compare } from '#schema/apply/compare.ts';
import { type Conflict, conflictSet } from '#schema/apply/conflict.ts';
import { fieldSetOf } from '#schema/apply/extract.ts';
import { difference, emptySet, type FieldSet, isEmpty, setOfPaths, union } from '#schema/apply/field-set.ts';
import type { TypeSchema } from '#schema/apply/type-schema.ts';
import { isObject, type JsonObject, setOwn } from '#schema/dsl/own.ts';
import type { KubeObject } from '#schema/resource.ts';

const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
const manager = 'kubectl';
const maxAnnotations = 256 * 1024;

const annotationsOf = (object: JsonObject): Record<string, string> =>
  isObject(object.metadata) ? ((object.metadata.annotations ?? {}) as any) : {};

const sortedKeys = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (!isObject(value)) return value;
  const out: JsonObject = {};
  for (const key of Object.keys(value).sort()) setOwn(out, key, sortedKeys(value[key]));
  return out;
};

/** Fields whose live value is still the one of the annotation. */
const unchangedSince = (type: TypeSchema, live: JsonObject): FieldSet => {
  try {
    const applied: unknown = JSON.parse(annotationsOf(live)[annotation] ?? '');
    if (!isObject(applied)) return emptySet;
    const { added, modified, removed } = compare(type, applied, live);
    return difference(fieldSetOf(type, applied), union(union(added, modified), removed));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return emptySet;
  }
};

/** The conflicts that are left; empty: the apply may be forced. */
export const foreignConflicts = (
  conflicts: readonly Conflict[],
  { type, live, fieldManager }: { readonly type: TypeSchema; readonly live: JsonObject; readonly fieldManager: string },
): readonly Conflict[] => {
  if (fieldManager !== manager || !annotationsOf(live)[annotation]) return conflicts;
  const allowed = unchangedSince(type, live);
  if (isEmpty(difference(conflictSet(conflicts), allowed))) return [];
  return conflicts.filter(({ path }) => !isEmpty(difference(setOfPaths([path]), allowed)));
};

/** Mutates `object`, the result: its annotation says what was applied now, where it has one. */
export const keepLastApplied = (object: KubeObject, config: KubeObject, fieldManager: string): void => {
  const annotations = object.metadata.annotations as Record<string, string> | undefined;
  if (fieldManager !== manager || !annotations?.[annotation]) return;
  const { annotations: stated, ...metadata } = config.metadata;
  const { [annotation]: _, ...others } = (stated ?? {}) as Record<string, string>;
  const applied = { ...config, metadata: { ...metadata, ...(stated ? { annotations: others } : {}) } };
  const text = `${JSON.stringify(sortedKeys(applied))}\n`;
  if (text.length > maxAnnotations) return;
  object.metadata.annotations = { ...annotations, [annotation]: text };
};
