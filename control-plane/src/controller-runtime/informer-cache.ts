/**
 * The informer cache: the present state of every durable resource in memory, loaded by paged lists and advanced by the store's changes.
 * A change may arrive twice, late or out of order (own results, the hub, a catch-up): each object keeps its newest revision, a removal
 * leaves a tombstone until everything before it was seen, and `snapshot.revision` rises only over a gap-free run or a read of the log.
 */
import { type KubeObject, type ResourceDefinition, storageKey, storedApiVersion } from '#schema/resource.ts';
import type { Clock } from '../platform/platform.ts';
import { type Head, type Store, type StoredChange, type StoredObject, StoreError } from '../store/store.ts';
import { Listing } from './listing.ts';
import { ObjectCache, objectKey } from './object-cache.ts';
import type { Snapshot, StorageKey } from './snapshot.ts';

/** Opens sealed bodies; see store/sealing.ts. */
export interface Opener {
  open(resource: string, namespace: string, name: string, uid: string, stored: string): Promise<string>;
}

/** A change as controllers see it. */
export interface DirtyEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: StorageKey;
  /** The new state; of a deletion the last one. */
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
}

/** An object that a write returned; folded before the hub tells of it. */
export interface WrittenObject {
  readonly resource: StorageKey;
  readonly object: KubeObject;
  readonly deleted: boolean;
}

export interface InformerCache {
  readonly snapshot: Snapshot;
  /** Exactly this version of an object, frozen, if it is the present one. Of a sealed kind: sealed. */
  parsed(stored: StoredObject): KubeObject | undefined;
  readonly loaded: boolean;
  /** The incarnation the content is from, '' before the first load. */
  readonly incarnation: string;
  /** Reads everything; concurrent calls share one load, and one that failed goes on where it was. Once loaded: lists again and emits the differences. */
  load(): Promise<void>;
  /** Synchronous. Changes of resources that are not cached are skipped. */
  fold(changes: readonly StoredChange[]): void;
  /** Folds what a write returned. */
  foldWritten(written: readonly WrittenObject[]): void;
  /** Reads the change log up to the head; loads anew when it was compacted or the incarnation changed. */
  catchUp(): Promise<void>;
  /** True when everything up to `revision` is in; reads the store when it is not. False after `timeoutMs` or when the head is below. */
  waitFor(revision: number, timeoutMs: number): Promise<boolean>;
  /** Resolves when the metadata of every sealed object folded so far is known. Decisions wait for it: owners and finalizers may hide there. */
  unsealed(): Promise<void>;
  /** Listeners run synchronously inside fold and load. */
  onFold(listener: (events: readonly DirtyEvent[]) => void): () => void;
  /** How many objects are cached. */
  readonly size: number;
  /** Every cached object. */
  entries(): Iterable<{ readonly resource: StorageKey; readonly object: KubeObject }>;
}

export interface InformerCacheOptions {
  readonly store: Pick<Store, 'list' | 'gather' | 'changes' | 'head'>;
  /** Absent: metadata of sealed objects beyond identity stays unknown. */
  readonly sealer?: Opener;
  /** Durable ones are cached, others ignored. */
  readonly resources: readonly ResourceDefinition[];
  readonly clock: Clock;
}

/** The sealed text of an object of a sealed kind; only the sync edge and the API open it. */
export const sealedBody = (object: KubeObject): string | undefined => object.sealed as string | undefined;

const isSealed = (definition: ResourceDefinition, { body }: StoredObject): boolean => definition.sealed === true && !body.startsWith('{');

const parse = (definition: ResourceDefinition, stored: StoredObject): KubeObject => {
  if (isSealed(definition, stored)) {
    return {
      apiVersion: storedApiVersion(definition),
      kind: definition.kind,
      metadata: {
        name: stored.name,
        ...(stored.namespace ? { namespace: stored.namespace } : {}),
        uid: stored.uid,
        resourceVersion: String(stored.revision),
      },
      sealed: stored.body,
    };
  }
  const object = JSON.parse(stored.body) as KubeObject;
  object.metadata.resourceVersion = String(stored.revision);
  return object;
};

export const createInformerCache = ({ store, sealer, resources }: InformerCacheOptions): InformerCache => {
  const builtIn = new Map(resources.filter((r) => r.storage === 'durable').map((r) => [storageKey(r), r]));
  const cache = new ObjectCache();
  const definitionAt = (resource: StorageKey): ResourceDefinition | undefined =>
    builtIn.get(resource) ?? cache.definitions.custom.get(resource);
  const names = (): StorageKey[] => [...builtIn.keys(), ...cache.definitions.custom.keys()];
  /** Objects that went while a kind was listed; undefined when none is. */
  let goneWhileListing: Set<string> | undefined;
  const listeners = new Set<(events: readonly DirtyEvent[]) => void>();
  /** Removed objects whose predecessors may still arrive. */
  const tombstones = new Map<string, number>();
  /** Revisions above `cache.revision` that are in already. */
  const ahead = new Set<number>();
  const unsealing = new Set<Promise<void>>();
  let loaded = false;
  let incarnation = '';
  /** A pass that has not ended, be it that it broke off. */
  let listing: Listing | undefined;
  /** What it found so far. */
  let untold: DirtyEvent[] = [];
  let loading: Promise<void> | undefined;
  let catching: Promise<void> | undefined;

  const revisionOf = (object: KubeObject | undefined): number => Number(object?.metadata.resourceVersion ?? 0);

  /** Metadata of a sealed object (labels, owners, finalizers) is known once it is opened; its data never enters the cache. */
  const unseal = async (resource: StorageKey, stored: StoredObject): Promise<void> => {
    if (!sealer) return;
    const opened = JSON.parse(await sealer.open(resource, stored.namespace, stored.name, stored.uid, stored.body)) as KubeObject;
    const current = cache.get(resource, stored.namespace, stored.name);
    if (!current || revisionOf(current) !== stored.revision) return;
    const { apiVersion, kind, metadata } = opened;
    const object = {
      apiVersion,
      kind,
      metadata: { ...metadata, resourceVersion: String(stored.revision) },
      sealed: stored.body,
    } as KubeObject;
    const previous = cache.put(resource, object);
    emit([{ type: 'MODIFIED', resource, object, previous }]);
  };

  const emit = (events: readonly DirtyEvent[]): void => {
    if (events.length > 0) for (const listener of listeners) listener(events);
  };

  const put = (resource: StorageKey, revision: number, read: () => KubeObject, sealed?: StoredObject): DirtyEvent | undefined => {
    const object = read();
    const { namespace = '', name = '' } = object.metadata;
    const key = objectKey(resource, namespace, name);
    const current = cache.get(resource, namespace, name);
    if (revisionOf(current) >= revision || (tombstones.get(key) ?? 0) >= revision) return undefined;
    const previous = cache.put(resource, object);
    if (sealed && sealer) {
      const work = unseal(resource, sealed).catch(() => undefined);
      unsealing.add(work);
      void work.then(() => unsealing.delete(work));
    }
    return { type: previous ? 'MODIFIED' : 'ADDED', resource, object, previous };
  };

  const putStored = (definition: ResourceDefinition, stored: StoredObject): DirtyEvent | undefined =>
    put(stored.resource, stored.revision, () => parse(definition, stored), isSealed(definition, stored) ? stored : undefined);

  const drop = (resource: StorageKey, namespace: string, name: string, revision: number): DirtyEvent | undefined => {
    const current = cache.get(resource, namespace, name);
    if (revisionOf(current) > revision) return undefined;
    const key = objectKey(resource, namespace, name);
    goneWhileListing?.add(key);
    // deletions, too, may arrive out of order
    if (revision > cache.revision) tombstones.set(key, Math.max(revision, tombstones.get(key) ?? 0));
    const removed = cache.remove(resource, namespace, name);
    return removed && { type: 'DELETED', resource, object: removed, previous: removed };
  };

  const advance = (to: number): void => {
    if (to > cache.revision) cache.revision = to;
    while (ahead.delete(cache.revision + 1)) cache.revision++;
    if (ahead.size > 0) for (const revision of ahead) if (revision <= cache.revision) ahead.delete(revision);
    if (tombstones.size > 0) for (const [key, revision] of tombstones) if (revision <= cache.revision) tombstones.delete(key);
  };

  const apply = (change: StoredChange): DirtyEvent | undefined => {
    const definition = definitionAt(change.resource);
    if (!definition) return undefined;
    if (change.type === 'DELETED') return drop(change.resource, change.namespace, change.name, change.revision);
    return putStored(definition, change);
  };

  const fold = (changes: readonly StoredChange[]): void => {
    const events: DirtyEvent[] = [];
    for (const change of changes) {
      if (!definitionAt(change.resource) || change.revision <= cache.revision) continue;
      const event = apply(change);
      if (event) events.push(event);
      ahead.add(change.revision);
    }
    advance(cache.revision);
    emit(events);
    // a revision that never comes must not hold the others in memory for ever
    if (ahead.size > 10_000 || (loaded && cache.unlisted.size > 0)) void catchUp().catch(() => undefined);
  };

  const foldWritten = (written: readonly WrittenObject[]): void => {
    const events: DirtyEvent[] = [];
    for (const { resource, object, deleted } of written) {
      const definition = definitionAt(resource);
      const revision = revisionOf(object);
      if (!definition || revision === 0) continue;
      const { namespace = '', name = '' } = object.metadata;
      // a sealed kind is cached sealed: the change log brings it
      if (definition.sealed && !deleted) continue;
      const event = deleted ? drop(resource, namespace, name, revision) : put(resource, revision, () => object);
      if (event) events.push(event);
      if (revision > cache.revision) ahead.add(revision);
    }
    advance(cache.revision);
    emit(events);
    if (loaded && cache.unlisted.size > 0) void catchUp().catch(() => undefined);
  };

  /** Objects of kinds that became known after they were made; later ones come as changes. */
  const listUnlisted = async (): Promise<void> => {
    for (const resource of [...cache.unlisted]) {
      const through = cache.revision;
      goneWhileListing = new Set();
      try {
        let after: { readonly namespace: string; readonly name: string } | undefined;
        do {
          const page = await store.list({ resource, ...(after ? { after } : {}) });
          const definition = definitionAt(resource);
          const events: DirtyEvent[] = [];
          for (const item of definition ? page.items : []) {
            if (item.revision > through || goneWhileListing.has(objectKey(resource, item.namespace, item.name))) continue;
            const event = put(resource, item.revision, () => parse(definition!, item));
            if (event) events.push(event);
          }
          emit(events);
          const last = page.more ? page.items.at(-1) : undefined;
          after = last && { namespace: last.namespace, name: last.name };
        } while (after);
        cache.unlisted.delete(resource);
      } finally {
        goneWhileListing = undefined;
      }
    }
  };

  const forget = (): void => {
    for (const { resource, object } of [...cache.entries()]) cache.remove(resource, object.metadata.namespace ?? '', object.metadata.name!);
    tombstones.clear();
    ahead.clear();
    cache.revision = 0;
  };

  const take = (resource: StorageKey, items: readonly StoredObject[]): void => {
    const definition = definitionAt(resource);
    if (!definition) return;
    for (const item of items) {
      const event = putStored(definition, item);
      if (event) untold.push(event);
    }
  };

  const begin = (head: Head): Listing => {
    // revisions of another incarnation say nothing about ours
    if (listing && listing.head.incarnation !== head.incarnation) {
      forget();
      untold = [];
    }
    return new Listing(store, head, take);
  };

  const listAll = async (): Promise<void> => {
    const now = await store.head();
    listing = listing?.goesOnAt(now) ? listing : begin(now);
    const { head, listed } = listing;
    // custom kinds become known while their definitions are read
    while (await listing.step(names()));
    for (const { resource, object } of [...cache.entries()]) {
      const { namespace = '', name = '' } = object.metadata;
      // what appeared while listing is newer than the head and is settled by the catch-up
      if (listing.saw(resource, namespace, name) || revisionOf(object) > head.revision) continue;
      const removed = cache.remove(resource, namespace, name)!;
      untold.push({ type: 'DELETED', resource, object: removed, previous: removed });
    }
    for (const name of listed) cache.unlisted.delete(name);
    incarnation = head.incarnation;
    advance(head.revision);
    loaded = true;
    listing = undefined;
    const events = untold;
    untold = [];
    emit(events);
  };

  const readChanges = async (): Promise<void> => {
    for (;;) {
      if (cache.unlisted.size > 0) await listUnlisted();
      const page = await store.changes({ after: cache.revision, resources: names() });
      if (page.head.incarnation !== incarnation) throw new StoreError('compacted', 'another incarnation');
      const events: DirtyEvent[] = [];
      for (const change of page.changes) {
        const event = change.revision > cache.revision ? apply(change) : undefined;
        if (event) events.push(event);
      }
      advance(page.through);
      emit(events);
      if (!page.more && cache.unlisted.size === 0) return;
    }
  };

  const load = (): Promise<void> => {
    loading ??= listAll()
      .then(readChanges)
      .finally(() => {
        loading = undefined;
      });
    return loading;
  };

  const catchUp = (): Promise<void> => {
    if (!loaded) return load();
    catching ??= readChanges()
      .catch(async (error: unknown) => {
        if (!(error instanceof StoreError) || (error.reason !== 'compacted' && error.reason !== 'future')) throw error;
        const head = await store.head();
        // revisions of another incarnation say nothing about ours
        if (head.incarnation !== incarnation) forget();
        await load();
      })
      .finally(() => {
        catching = undefined;
      });
    return catching;
  };

  const waitFor = async (revision: number, timeoutMs: number): Promise<boolean> => {
    if (loaded && cache.revision >= revision) return true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([catchUp(), timeout]).finally(() => clearTimeout(timer));
    return loaded && cache.revision >= revision;
  };

  return {
    snapshot: cache,
    parsed: ({ resource, namespace, name, uid, revision }) => {
      const object = cache.get(resource, namespace, name);
      return object?.metadata.uid === uid && revisionOf(object) === revision ? object : undefined;
    },
    get loaded() {
      return loaded;
    },
    get incarnation() {
      return incarnation;
    },
    load,
    fold,
    foldWritten,
    catchUp,
    waitFor,
    unsealed: async () => {
      while (unsealing.size > 0) await Promise.all(unsealing);
    },
    onFold: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    get size() {
      return cache.size;
    },
    entries: () => cache.entries(),
  };
};
