/**
 * metadata.managedFields of a write. A client may send the list it read, a reset (`[{}]`) or nothing; what it then changed is added. Server-side
 * apply has found the new list itself. The cost grows with what differs between the two objects.
 */
import { emptySet, type FieldSet, setOfPaths } from '#schema/apply/field-set.ts';
import { isReset, type ManagedEntry, readManagedFields, sameOwnership } from '#schema/apply/managed-fields.ts';
import { trackUpdate } from '#schema/apply/track.ts';
import { equalJson, getOwn } from '#schema/dsl/own.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import { type KubeObject, type ResourceDefinition, storedApiVersion } from '#schema/resource.ts';
import type { Intent } from './intent.ts';
import { versionViews } from './version-views.ts';

/** How a write is recorded. */
export interface Tracking {
  /** Version the client spoke. Default: the stored one. */
  readonly apiVersion?: string;
  /** Subresource to name, where it is not the one of the intent (`scale` changes the main resource). */
  readonly subresource?: string;
  /** The object carries its final managedFields. */
  readonly applied?: boolean;
}

/** Subresources whose writes belong to nobody. */
const untracked: ReadonlySet<string> = new Set(['binding']);

const statusSet = setOfPaths([['f:status']]);

/** Fields a write through `subresource` leaves alone, given the names of the top level. */
export const ignoredFields = (definition: ResourceDefinition, subresource: string, names: readonly string[]): FieldSet => {
  if (subresource === 'status') return setOfPaths(names.filter((name) => name !== 'status').map((name) => [`f:${name}`]));
  return definition.hasStatus ? statusSet : emptySet;
};

/** Entries of an object that was read from the store. */
export const storedEntries = (object: KubeObject | undefined): readonly ManagedEntry[] =>
  (object?.metadata.managedFields as readonly ManagedEntry[] | undefined) ?? [];

const startingFrom = (sent: unknown, current: KubeObject | undefined): readonly ManagedEntry[] => {
  const stored = storedEntries(current);
  if (sent === undefined || sent === current?.metadata.managedFields) return stored;
  if (isReset(sent)) return [];
  const read = readManagedFields(sent);
  if (!read || read.length === 0) return stored;
  return equalJson(read, stored) ? stored : read;
};

const setEntries = (object: KubeObject, entries: readonly ManagedEntry[]): void => {
  if (entries.length > 0) object.metadata.managedFields = entries as KubeObject['metadata']['managedFields'] & object;
  else delete object.metadata.managedFields;
};

type Members = Readonly<Record<string, unknown>>;

/** Whether a write changed anything is cheap to find out, and what it changed is not: members that are equal are left out of both. */
const differing = (a: Members, b: Members): { readonly before: Record<string, unknown>; readonly after: Record<string, unknown> } => {
  const names = Object.keys({ ...a, ...b }).filter((name) => !equalJson(getOwn(a, name), getOwn(b, name)));
  const of = (object: Members) =>
    Object.fromEntries(names.flatMap((name) => (getOwn(object, name) === undefined ? [] : [[name, object[name]]])));
  return { before: of(a), after: of(b) };
};

const withoutOwners = ({ metadata: { managedFields: _, ...metadata }, ...rest }: KubeObject) => ({ ...rest, metadata });

/** The parts of an object before and after the write in which it can have changed anything that is owned. */
const compared = (
  { definition, ...intent }: Extract<Intent, { op: 'create' | 'update' }>,
  current: KubeObject | undefined,
  next: KubeObject,
): { readonly before: Record<string, unknown>; readonly after: Record<string, unknown> } => {
  const after = withoutOwners(next);
  if (!current) return { before: {}, after };
  const before = withoutOwners(current);
  // other versions are made of whole objects
  if (definition.versions.length > 1) return { before, after };
  if (intent.op === 'update' && intent.subresource === 'status')
    return { before: { status: current.status }, after: { status: next.status } };
  const metadata = differing(before.metadata, after.metadata);
  const { name } = current.metadata;
  // what has no member at all would be an object that is not there
  return differing({ ...before, metadata: { ...metadata.before, name } }, { ...after, metadata: { ...metadata.after, name } });
};

/** Sets managedFields of `next`, the prepared object; `sent` is what the client gave. Mutates `next`. */
export const recordOwnership = (
  intent: Extract<Intent, { op: 'create' | 'update' }>,
  {
    next,
    current,
    sent,
    nowMs,
  }: { readonly next: KubeObject; readonly current?: KubeObject; readonly sent: unknown; readonly nowMs: number },
): void => {
  const { definition, tracking = {} } = intent;
  const subresource = tracking.subresource ?? (intent.op === 'update' ? intent.subresource : '');
  const inMain = intent.op === 'create' || intent.subresource === '';
  if (tracking.applied) {
    setEntries(next, (sent ?? []) as readonly ManagedEntry[]);
    return;
  }
  const entries = inMain ? startingFrom(sent, current) : storedEntries(current);
  if (untracked.has(subresource)) {
    setEntries(next, entries);
    return;
  }
  setEntries(
    next,
    trackUpdate({
      ...compared(intent, current, next),
      entries,
      owner: {
        manager: intent.actor.fieldManager || 'unknown',
        apiVersion: tracking.apiVersion ?? storedApiVersion(definition),
        ...(subresource ? { subresource } : {}),
      },
      now: toRfc3339(nowMs),
      ...(current ? {} : { ignored: ignoredFields(definition, '', []) }),
      versionOf: versionViews(definition),
    }),
  );
};

/** Whether writing `next` would change nothing but times of managers. */
export const isUnchanged = (next: KubeObject, current: KubeObject): boolean => {
  const { managedFields: mine, ...meta } = next.metadata;
  const { managedFields: stored, ...storedMeta } = current.metadata;
  if (!equalJson({ ...next, metadata: meta }, { ...current, metadata: storedMeta })) return false;
  return mine === stored || sameOwnership((mine ?? []) as readonly ManagedEntry[], (stored ?? []) as readonly ManagedEntry[]);
};
