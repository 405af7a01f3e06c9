/** What the contract's tests write: short forms of writes, and assertions on their outcomes. */
import { expect } from 'vitest';
import type { Derived, Guards, ListQuery, ObjectKey, Store, StoredChange, StoredObject, Write, WriteOutcome } from '../store.ts';

export const configMaps = 'core/configmaps';
export const pods = 'core/pods';

export function key(name: string, namespace = 'default', resource = configMaps): ObjectKey {
  return { resource, namespace, name };
}

export function namespaceKey(name: string): ObjectKey {
  return { resource: 'core/namespaces', namespace: '', name };
}

export interface Extra extends Partial<Derived> {
  readonly guards?: Guards;
  readonly body?: string;
}

function split(extra: Extra, fallbackBody: string) {
  const { guards, body = fallbackBody, ...derived } = extra;
  const all: Derived = { owners: [], claims: [], node: '', deleting: false, finalized: false, ...derived };
  return { body, derived: all, ...(guards ? { guards } : {}) };
}

/** Its uid is `uid-<name>` unless given. */
export function create(at: ObjectKey, extra: Extra & { readonly uid?: string } = {}): Write {
  const { uid = `uid-${at.name}`, ...rest } = extra;
  return { op: 'create', key: at, uid, ...split(rest, `{"name":"${at.name}"}`) };
}

export function update(object: StoredObject, extra: Extra = {}): Write {
  return { op: 'update', key: keyOf(object), uid: object.uid, revision: object.revision, ...split(extra, `${object.body} `) };
}

export function remove(object: StoredObject, options: { readonly guards?: Guards; readonly anyRevision?: boolean } = {}): Write {
  const { uid, body, revision } = object;
  const write = { op: 'delete' as const, key: keyOf(object), uid, body, ...(options.guards ? { guards: options.guards } : {}) };
  return options.anyRevision ? write : { ...write, revision };
}

export function keyOf({ resource, namespace, name }: ObjectKey): ObjectKey {
  return { resource, namespace, name };
}

/** Writes one and expects it to pass. */
export async function commit(store: Store, write: Write): Promise<StoredObject> {
  return ok((await store.write([write]))[0]);
}

export function ok(outcome: WriteOutcome | undefined): StoredObject {
  expect(outcome).toMatchObject({ status: 'ok' });
  return (outcome as Extract<WriteOutcome, { status: 'ok' }>).object;
}

export function statuses(outcomes: readonly WriteOutcome[]): string[] {
  return outcomes.map((outcome) => outcome.status);
}

/** All pages of a list, each after the first at the revision of the first. `between` runs after each page. */
export async function listAll(store: Store, query: ListQuery, between: () => Promise<unknown> = async () => {}): Promise<StoredObject[]> {
  const items: StoredObject[] = [];
  for (let next = query; ; ) {
    const page = await store.list(next);
    items.push(...page.items);
    if (!page.more) return items;
    expect(page.items.length).toBeGreaterThan(0);
    await between();
    const last = page.items.at(-1)!;
    next = { ...query, atRevision: page.revision, after: { namespace: last.namespace, name: last.name } };
  }
}

/** All pages of changes. */
export async function changesSince(store: Store, after: number, resources?: readonly string[], limit?: number): Promise<StoredChange[]> {
  const changes: StoredChange[] = [];
  for (let through = after; ; ) {
    const page = await store.changes({ after: through, ...(resources ? { resources } : {}), ...(limit ? { limit } : {}) });
    changes.push(...page.changes);
    if (!page.more) return changes;
    expect(page.through).toBeGreaterThan(through);
    through = page.through;
  }
}

/** What a watcher holds who had `objects` and applied `changes`; sorted by key. */
export function replay(objects: readonly StoredObject[], changes: readonly StoredChange[]): StoredObject[] {
  const text = (object: ObjectKey) => `${object.resource}\n${object.namespace}\n${object.name}`;
  const held = new Map(objects.map((object) => [text(object), object]));
  for (const { type, previousBody: _, ...object } of changes) {
    if (type === 'DELETED') held.delete(text(object));
    else held.set(text(object), object);
  }
  return [...held.values()].sort((a, b) => (text(a) < text(b) ? -1 : 1));
}
