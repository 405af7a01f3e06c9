/**
 * One Store of two: kinds that are durable and kinds that are volatile, each with its own sequence of revisions. Calls go by the resource they name;
 * calls that name none (head, loop state, epochs, compaction, changes of all) go to the durable store.
 */
import type { Clock } from '../platform/platform.ts';
import { type Stamps, stampedStore } from './stamped.ts';
import type { Guards, ObjectKey, Store, Wanted, Write, WriteOutcome } from './store.ts';
import { namespaceResource } from './write-sql.ts';

/** What is asked about a write that is committed elsewhere: its guards, seen from its namespace. */
export interface GuardQuestion {
  readonly guards: Guards;
  readonly namespace: string;
}

/** A store that can say how guards stand for writes it does not commit itself: all of a batch in one round trip. */
export interface GuardOracle {
  failingGuards(questions: readonly GuardQuestion[]): Promise<(keyof Guards | undefined)[]>;
}

export interface ComposeOptions {
  readonly durable: Store & Partial<GuardOracle>;
  readonly volatile: Store;
  /** By storage key. */
  readonly isVolatile: (resource: string) => boolean;
  /** With it, a namespace found alive is taken for alive for 5 s, so that an event storm does not become a storm of reads. */
  readonly clock?: Clock;
  /** With it, bodies of an earlier schema are brought up to date as they are read. */
  readonly stamps?: Stamps;
}

const namespaceAliveMs = 5_000;

/**
 * Guards of volatile writes speak of durable objects (namespaces, owners), so they are asked of the durable store just before the write: not one
 * transaction, which leases and events can bear. `write` with both kinds commits the durable ones first.
 * @throws RangeError when one `changes` query names both kinds.
 */
export function composeStores({ stamps, ...options }: ComposeOptions): Store {
  const store = composed(options);
  return stamps ? stampedStore(store, stamps) : store;
}

function composed({ durable, volatile, isVolatile, clock }: Omit<ComposeOptions, 'stamps'>): Store {
  const storeOf = (resource: string): Store => (isVolatile(resource) ? volatile : durable);
  const aliveUntil = new Map<string, number>();

  /** The first guard of each write that does not hold. One round trip for a batch; none for namespaces lately found alive. */
  async function failingGuards(writes: readonly Write[]): Promise<(keyof Guards | undefined)[]> {
    const now = clock?.now() ?? 0;
    const questions = new Map<string, GuardQuestion>();
    const asked = writes.map(({ guards = {}, key: { namespace } }): string => {
      const { namespaceAlive, ...others } = guards;
      const known = namespaceAlive && clock !== undefined && (aliveUntil.get(namespace) ?? 0) > now;
      const open: Guards = known ? others : guards;
      const text = JSON.stringify([namespace, open]);
      if (Object.keys(open).length > 0) questions.set(text, { guards: open, namespace });
      return text;
    });
    if (!durable.failingGuards || questions.size === 0) return writes.map(() => undefined);
    const answers = await durable.failingGuards([...questions.values()]);
    const failing = new Map([...questions.keys()].map((text, i) => [text, answers[i]]));
    for (const [text, { guards, namespace }] of questions) {
      if (failing.get(text) || !guards.namespaceAlive || !clock) continue;
      if (aliveUntil.size >= 1_000) aliveUntil.clear();
      aliveUntil.set(namespace, now + namespaceAliveMs);
    }
    return asked.map((text) => failing.get(text));
  }

  async function writeVolatile(writes: readonly Write[], options?: { readonly epoch?: number }): Promise<WriteOutcome[]> {
    if (options?.epoch !== undefined) {
      const { epoch } = await durable.loopState();
      if (epoch !== options.epoch) return writes.map(() => ({ status: 'fenced', epoch }));
    }
    const failing = await failingGuards(writes);
    const passed = writes.flatMap((write, index) => (failing[index] ? [] : [withoutGuards(write)]));
    const outcomes = await volatile.write(passed);
    return failing.map((guard) => (guard ? { status: 'guard', guard } : outcomes.shift()!));
  }

  return {
    identity: () => durable.identity(),
    head: () => durable.head(),
    get: (key) => storeOf(key.resource).get(key),

    async getMany(keys: readonly ObjectKey[]) {
      const [fromDurable, fromVolatile] = await Promise.all([
        durable.getMany(keys.filter((key) => !isVolatile(key.resource))),
        volatile.getMany(keys.filter((key) => isVolatile(key.resource))),
      ]);
      return keys.map((key) => (isVolatile(key.resource) ? fromVolatile : fromDurable).shift());
    },

    async gather({ keys, lists }) {
      const part = (ofVolatile: boolean) => ({
        keys: keys.filter(({ resource }) => isVolatile(resource) === ofVolatile),
        lists: lists.filter(({ resource }) => isVolatile(resource) === ofVolatile),
      });
      const [one, other] = await Promise.all([gatherFrom(durable, part(false)), gatherFrom(volatile, part(true))]);
      return {
        objects: keys.map(({ resource }) => (isVolatile(resource) ? other : one).objects.shift()),
        lists: lists.map(({ resource }) => (isVolatile(resource) ? other : one).lists.shift()!),
      };
    },

    async list(query) {
      if (!isVolatile(query.resource)) return durable.list(query);
      const [page, { incarnation }] = [await volatile.list(query), await durable.identity()];
      // One incarnation for all: the volatile store may not have heard of a new one.
      return { ...page, head: { ...page.head, incarnation } };
    },

    async changes(query) {
      const kinds = new Set(query.resources?.map(isVolatile));
      if (kinds.size > 1) throw new RangeError('changes of durable and of volatile kinds have separate revisions: ask for them apart');
      return (kinds.has(true) ? volatile : durable).changes(query);
    },

    async write(writes, options) {
      const volatileAt = writes.map((write) => isVolatile(write.key.resource));
      if (!volatileAt.includes(true)) {
        for (const { key } of writes) if (key.resource === namespaceResource) aliveUntil.delete(key.name);
        return durable.write(writes, options);
      }
      if (!volatileAt.includes(false)) return writeVolatile(writes, options);
      const fromDurable = await durable.write(
        writes.filter((_, index) => !volatileAt[index]),
        options,
      );
      const fromVolatile = await writeVolatile(
        writes.filter((_, index) => volatileAt[index]),
        options,
      );
      return volatileAt.map((isOne) => (isOne ? fromVolatile : fromDurable).shift()!);
    },

    loopState: () => durable.loopState(),
    acquireEpoch: () => durable.acquireEpoch(),
    saveLoopState: (state) => durable.saveLoopState(state),
    compact: (revision) => durable.compact(revision),
    usage: (namespace, counters) => durable.usage(namespace, counters),
    newIncarnation: (options) => durable.newIncarnation(options),
    history: durable.history,
    dump: durable.dump,
    sealedRows: durable.sealedRows,

    async close() {
      await Promise.all([durable.close(), volatile.close()]);
    },
  };
}

async function gatherFrom(store: Store, wanted: Wanted) {
  if (wanted.keys.length + wanted.lists.length === 0) return { objects: [], lists: [] };
  const { objects, lists } = await store.gather(wanted);
  return { objects: [...objects], lists: [...lists] };
}

function withoutGuards(write: Write): Write {
  const { guards: _, ...rest } = write;
  return rest as Write;
}
