/**
 * The Store of kinds that need no disk (Leases, Events): in memory, with the semantics of the libSQL one and its own revisions. Bounded in bytes: the
 * oldest Events go first, by size or age; Leases stay. Alone it starts empty, and its revisions
 * start at the clock, so they do not go back over a restart; `kept-store.ts` makes it outlast one.
 */
import type { Clock, Random } from '../../platform/platform.ts';
import { maxPageBytes, pageLimit } from '../read-sql.ts';
import {
  type ChangeType,
  type Head,
  type Identity,
  type ListQuery,
  type LoopState,
  type SmallList,
  type Store,
  type StoredChange,
  type StoredObject,
  StoreError,
  type Write,
  type WriteOutcome,
} from '../store.ts';
import { maxBodyBytes } from '../write-batch.ts';
import { compareKeys, type Entry, isWanted, keyText, Present } from './present.ts';
import { Ring } from './ring.ts';

export interface VolatileStoreOptions {
  readonly identity: Identity;
  readonly clock: Clock;
  readonly random: Random;
  /** Half for objects, half for their changes. Default 64 MiB. */
  readonly maxBytes?: number;
  /** May this resource lose its oldest objects? Default: Events. */
  readonly isExpendable?: (resource: string) => boolean;
  /** Age at which expendable objects go. Default one hour, as upstream's events. */
  readonly maxAgeMs?: number;
  /** What is there already, and the newest revision that was given out. Default: nothing, and the clock. */
  readonly begin?: { readonly revision: number; readonly entries: readonly Entry[] };
  /** Told of each change before it is made; if it throws, nothing is. */
  readonly onCommit?: (before: Entry | undefined, after: Entry | undefined, revision: number) => void;
}

const changeType: Record<Write['op'], ChangeType> = { create: 'ADDED', update: 'MODIFIED', delete: 'DELETED' };
const noDerived = { owners: [], claims: [], node: '', deleting: false, finalized: false };

export function createVolatileStore(options: VolatileStoreOptions): Store {
  const { identity, clock } = options;
  const maxBytes = options.maxBytes ?? 64 * 1_048_576;
  const maxAgeMs = options.maxAgeMs ?? 3_600_000;
  const isExpendable = options.isExpendable ?? ((resource: string) => resource.endsWith('/events'));
  const present = new Present();
  const ring = new Ring({ maxBytes: maxBytes / 2, revision: options.begin?.revision ?? Math.max(1, Math.floor(clock.now())) });
  /** Oldest write first. */
  const expendable = new Map<string, Entry>();
  for (const entry of options.begin?.entries ?? []) {
    present.set(entry);
    if (isExpendable(entry.resource)) expendable.set(keyText(entry), entry);
  }
  let loop = { epoch: 0, processed: 0 } as Omit<LoopState, 'head'>;

  const headNow = (): Head => ({ revision: ring.revision, compacted: ring.compacted, incarnation: identity.incarnation });

  function assertKept(revision: number): void {
    if (revision < ring.compacted) throw new StoreError('compacted', `revision ${revision} is compacted (up to ${ring.compacted})`);
    if (revision > ring.revision)
      throw new StoreError('future', `revision ${revision} is above the current ${ring.revision}`, { head: ring.revision });
  }

  function commit(write: Pick<Write, 'op' | 'key' | 'uid' | 'body' | 'stamp'>, derived: Entry['derived']): StoredObject {
    const before = present.get(write.key);
    const { resource, namespace, name } = write.key;
    const object: StoredObject = {
      ...{ resource, namespace, name, uid: write.uid, revision: ring.revision + 1, body: write.body },
      ...(write.stamp === undefined ? {} : { stamp: write.stamp }),
    };
    const after = write.op === 'delete' ? undefined : { ...object, derived, writtenMs: clock.now() };
    options.onCommit?.(before, after, object.revision);
    const text = keyText(object);
    expendable.delete(text);
    if (before && !after) present.remove(before);
    if (after) {
      present.set(after);
      if (isExpendable(resource)) expendable.set(text, after);
    }
    const change: StoredChange = { ...object, type: changeType[write.op], ...(before ? { previousBody: before.body } : {}) };
    ring.push({ change, before });
    return object;
  }

  function outcomeOf(write: Write, epoch: number | undefined): WriteOutcome {
    if (epoch !== undefined && epoch !== loop.epoch) return { status: 'fenced', epoch: loop.epoch };
    const { resource, name } = write.key;
    if (resource === '' || name === '' || write.uid === '')
      return { status: 'rejected', message: 'resource, name and uid must not be empty' };
    if (write.body.length > maxBodyBytes) return { status: 'rejected', message: `the object has more than ${maxBodyBytes} bytes` };
    const entry = present.get(write.key);
    if (write.op === 'create') {
      if (entry) return { status: 'alreadyExists', current: toObject(entry) };
    } else {
      if (!entry) return { status: 'notFound' };
      const moved = write.revision !== undefined && write.revision !== entry.revision;
      if (entry.uid !== write.uid || moved) return { status: 'conflict', current: toObject(entry) };
    }
    const guard = present.failingGuard(write.guards, write.key.namespace);
    if (guard) return { status: 'guard', guard };
    if (write.op === 'delete') return { status: 'ok', object: commit(write, noDerived) };
    const held = present.heldClaim(write.derived.claims, write.uid);
    if (held) return { status: 'claimed', ...held };
    return { status: 'ok', object: commit(write, write.derived) };
  }

  function dropOldest(): void {
    for (const entry of expendable.values()) {
      if (present.bytes <= maxBytes / 2 && entry.writtenMs + maxAgeMs > clock.now()) return;
      commit({ op: 'delete', key: entry, uid: entry.uid, body: entry.body }, noDerived);
    }
  }

  /** All wanted entries of the state at a revision, ascending. */
  function at(query: ListQuery, revision: number): Iterable<Entry> {
    if (revision === ring.revision) return present.from(query);
    const then = new Map<string, Entry | undefined>();
    for (const { change, before } of ring.after(revision)) {
      if (change.resource !== query.resource) continue;
      const text = keyText(change);
      if (!then.has(text)) then.set(text, before);
    }
    const unmoved = [...present.from(query)].filter((entry) => !then.has(keyText(entry)));
    const moved = [...then.values()].filter((entry) => entry !== undefined && isWanted(entry, query)) as Entry[];
    return [...unmoved, ...moved].sort(compareKeys);
  }

  return {
    identity: async () => identity,
    head: async () => headNow(),

    async get(key) {
      const entry = present.get(key);
      return entry && toObject(entry);
    },

    async getMany(keys) {
      return keys.map((key) => {
        const entry = present.get(key);
        return entry && toObject(entry);
      });
    },

    async gather({ keys, lists }) {
      const first = ({ resource, namespace }: SmallList) => {
        const page = newPage<StoredObject>(undefined);
        for (const entry of present.from(namespace === '' ? { resource } : { resource, namespace })) if (!page.take(toObject(entry))) break;
        return page.items;
      };
      return { objects: keys.map((key) => present.get(key)).map((entry) => entry && toObject(entry)), lists: lists.map(first) };
    },

    async list(query) {
      const revision = query.atRevision ?? ring.revision;
      assertKept(revision);
      const page = newPage<StoredObject>(query.limit);
      let remaining = 0;
      for (const entry of at(query, revision)) if (!page.take(toObject(entry))) remaining++;
      return { items: page.items, revision, head: headNow(), more: remaining > 0, remaining };
    },

    async changes(query) {
      assertKept(query.after);
      const wanted = query.resources && new Set(query.resources);
      const page = newPage<StoredChange>(query.limit);
      let more = false;
      for (const { change } of ring.after(query.after)) {
        if (wanted && !wanted.has(change.resource)) continue;
        if (!page.take(change)) {
          more = true;
          break;
        }
      }
      return { changes: page.items, through: more ? page.items.at(-1)!.revision : ring.revision, head: headNow(), more };
    },

    async write(writes, { epoch } = {}) {
      const outcomes = writes.map((write) => outcomeOf(write, epoch));
      dropOldest();
      return outcomes;
    },

    loopState: async () => ({ ...loop, head: headNow() }),

    async acquireEpoch() {
      loop = { ...loop, epoch: loop.epoch + 1 };
      return loop.epoch;
    },

    async saveLoopState(state) {
      if (state.epoch !== loop.epoch) return false;
      loop = { epoch: state.epoch, processed: state.processed, ...(state.nextDueMs === undefined ? {} : { nextDueMs: state.nextDueMs }) };
      return true;
    },

    async compact(revision) {
      ring.compact(revision);
      return headNow();
    },

    async usage(_namespace, counters) {
      return Object.fromEntries(counters.map((counter) => [counter, 0]));
    },

    // Its cursors die with the process; the incarnation is the durable store's to change.
    newIncarnation: async () => headNow(),

    async close() {},
  };
}

function toObject({ resource, namespace, name, uid, revision, body, stamp }: Entry): StoredObject {
  const object = { resource, namespace, name, uid, revision, body };
  return stamp === undefined ? object : { ...object, stamp };
}

/** Takes items until the row limit or 1 MiB of bodies; from then on none. */
function newPage<T extends { readonly body: string }>(limit: number | undefined): { items: T[]; take(item: T): boolean } {
  const items: T[] = [];
  let bytes = 0;
  let full = false;
  return {
    items,
    take(item) {
      full ||= items.length >= pageLimit(limit) || bytes >= maxPageBytes;
      if (full) return false;
      items.push(item);
      bytes += item.body.length;
      return true;
    },
  };
}
