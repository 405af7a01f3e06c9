/**
 * A Store whose bodies are always of the present schema. Every write carries the stamp of the schema its body was made with; what comes back with another one
 * (an earlier release wrote it) is brought up to date on the way out: defaulted and pruned, as decoding does. Its next write stores it so. What has the present
 * stamp passes untouched. Sealed bodies cannot be read here: whoever opens them looks at `stamp`.
 */
import type { Store, StoredChange, StoredObject, WriteOutcome } from './store.ts';

export interface Stamps {
  /** The present stamp of a resource; undefined for resources that are left as they are. */
  stampOf(resource: string): string | undefined;
  /** The body in the present schema. */
  refresh(resource: string, body: string): string;
}

export function stampedStore(store: Store, { stampOf, refresh }: Stamps): Store {
  function isOld({ resource, stamp }: StoredObject): boolean {
    const present = stampOf(resource);
    return present !== undefined && stamp !== present;
  }

  const brought = (resource: string, body: string): string => (body.startsWith('{') ? refresh(resource, body) : body);

  function present<T extends StoredObject>(object: T): T {
    if (!isOld(object)) return object;
    const body = brought(object.resource, object.body);
    if (body === object.body && !body.startsWith('{')) return object;
    return { ...object, body };
  }

  const change = (one: StoredChange): StoredChange => {
    const now = present(one);
    // What was replaced may be older than what replaced it; its stamp is not told.
    return now === one || one.previousBody === undefined ? now : { ...now, previousBody: brought(one.resource, one.previousBody) };
  };

  const outcome = (one: WriteOutcome): WriteOutcome => ('current' in one ? { ...one, current: present(one.current) } : one);

  return {
    identity: () => store.identity(),
    head: () => store.head(),
    async get(key) {
      const found = await store.get(key);
      return found && present(found);
    },
    getMany: async (keys) => (await store.getMany(keys)).map((found) => found && present(found)),
    async gather(wanted) {
      const { objects, lists } = await store.gather(wanted);
      return { objects: objects.map((found) => found && present(found)), lists: lists.map((list) => list.map(present)) };
    },
    async list(query) {
      const page = await store.list(query);
      return { ...page, items: page.items.map(present) };
    },
    async changes(query) {
      const page = await store.changes(query);
      return { ...page, changes: page.changes.map(change) };
    },
    async write(writes, options) {
      const stamped = writes.map((write) => {
        const stamp = write.stamp ?? stampOf(write.key.resource);
        return stamp === undefined ? write : { ...write, stamp };
      });
      return (await store.write(stamped, options)).map(outcome);
    },
    loopState: () => store.loopState(),
    acquireEpoch: () => store.acquireEpoch(),
    saveLoopState: (state) => store.saveLoopState(state),
    compact: (revision) => store.compact(revision),
    usage: (namespace, counters) => store.usage(namespace, counters),
    newIncarnation: (options) => store.newIncarnation(options),
    history: store.history,
    dump: store.dump,
    sealedRows: store.sealedRows,
    close: () => store.close(),
  };
}
