/**
 * Server-side apply on `/scale`. Whoever owns spec.replicas of the parent owns it in the Scale too, and the other way round; nothing else of
 * the parent is in sight.
 */
import { type Applied, applyConfiguration } from '#schema/apply/apply.ts';
import { difference, isEmpty, setOfPaths } from '#schema/apply/field-set.ts';
import { entryOf, inOrder, type ManagedEntry, sameOwner } from '#schema/apply/managed-fields.ts';
import { typeSchemaOf } from '#schema/apply/struct-schema.ts';
import { Scale } from '#schema/autoscaling/scale.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import type { KubeObject } from '#schema/resource.ts';
import { storedEntries } from '../../registry/ownership.ts';
import { soleView, versionViews } from '../../registry/version-views.ts';
import { type Application, applyConflict, comparable } from '../applying.ts';
import { decodeValue, type Expected } from '../body.ts';
import type { Call } from '../call.ts';

const replicas = setOfPaths([['f:spec', 'f:replicas']]);
const notOurs = setOfPaths([['f:metadata'], ['f:status']]);

export const scaleType = typeSchemaOf(Scale);

const ownsReplicas = ({ fieldsV1 }: ManagedEntry): boolean => fieldsV1['f:spec']?.['f:replicas'] !== undefined;

const inScale = (entry: ManagedEntry): ManagedEntry => ({ ...entry, apiVersion: 'autoscaling/v1', fieldsV1: replicas });

/** The Scale to write, and managedFields of the parent. @throws ApiError Conflict */
export const appliedScale = (
  call: Call,
  { config, options, force }: Application,
  { current, scale, expected }: { readonly current: KubeObject; readonly scale: KubeObject; readonly expected: Expected },
): { readonly scale: KubeObject; readonly entries: readonly ManagedEntry[] } => {
  const versionOf = versionViews(call.target.definition);
  // what was owned in a version that is not served any more is forgotten
  const parents = storedEntries(current).filter(({ apiVersion }) => versionOf(apiVersion));
  const owner = { manager: options.fieldManager, apiVersion: 'autoscaling/v1', subresource: 'scale' };
  const now = toRfc3339(call.nowMs);
  const applied: Applied = applyConfiguration({
    live: comparable(scale),
    config,
    entries: parents.filter(ownsReplicas).map(inScale),
    owner,
    force,
    now,
    ignored: notOurs,
    versionOf: soleView(scaleType),
    complete: (object) => decodeValue(object, expected, { fieldValidation: 'Ignore', warnings: [] }),
  });
  if ('conflicts' in applied) throw applyConflict(applied.conflicts);
  const self = { ...owner, apiVersion: call.target.groupVersion, operation: 'Apply' as const };
  const kept = parents.flatMap((entry) => {
    if (sameOwner(entry, self)) return [];
    if (!ownsReplicas(entry) || applied.entries.some((e) => sameOwner(e, inScale(entry)))) return [entry];
    const rest = difference(entry.fieldsV1, replicas);
    return isEmpty(rest) ? [] : [entryOf(entry, rest, entry.time)];
  });
  const mine = applied.entries.find((entry) => sameOwner(entry, { ...owner, operation: 'Apply' }));
  return {
    scale: applied.object as KubeObject,
    entries: inOrder([...kept, ...(mine ? [entryOf(self, replicas, mine.time)] : [])]),
  };
};
