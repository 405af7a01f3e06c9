/**
 * The objects a control loop decides from, with every index of Snapshot kept in step on each put and remove. Pure memory: informer-cache.ts
 * fills it from the store, goldens and tests from lists. Invariant: the indexes equal a rebuild from the objects (property test).
 */
import type { KubeObject } from '#schema/resource.ts';
import { type ChangeFeed, PendingChanges } from './change-feed.ts';
import { CUSTOM_RESOURCE_DEFINITIONS, KnownDefinitions } from './definitions.ts';
import { ObjectIndex } from './object-index.ts';
import { keepParts, SharedParts } from './shared-parts.ts';
import type { Snapshot, StorageKey } from './snapshot.ts';

/** Values an object is indexed under. Absent metadata is an empty list. */
interface IndexValues {
  readonly owners: readonly string[];
  readonly labels: readonly string[];
  readonly node: string;
  readonly unscheduled: boolean;
}

const PODS = 'core/pods';
const finished = new Set(['Succeeded', 'Failed']);

const indexValues = (resource: StorageKey, object: KubeObject): IndexValues => {
  const { metadata } = object;
  const pod = resource === PODS;
  const node: string = pod ? (object.spec?.nodeName ?? '') : '';
  return {
    owners: [...new Set((metadata.ownerReferences ?? []).map((owner) => owner.uid))],
    labels: Object.entries(metadata.labels ?? {}).map(([key, value]) => labelValue(resource, metadata.namespace ?? '', key, value)),
    node,
    unscheduled: pod && node === '' && !metadata.deletionTimestamp && !finished.has(object.status?.phase ?? ''),
  };
};

/** Cheap, and mostly so: equal parts of the old and the new object are the same. False: who knows. */
const isIndexedAs = ({ metadata: a, spec, status }: KubeObject, { metadata: b, ...next }: KubeObject): boolean =>
  a.uid === b.uid &&
  a.labels === b.labels &&
  a.ownerReferences === b.ownerReferences &&
  a.deletionTimestamp === b.deletionTimestamp &&
  spec === next.spec &&
  status?.phase === next.status?.phase;

const labelValue = (resource: StorageKey, namespace: string, key: string, value: string): string =>
  `${resource}\n${namespace}\n${key}\n${value}`;

export const objectKey = (resource: StorageKey, namespace: string, name: string): string => `${resource}\n${namespace}\n${name}`;

/** Freezes a JSON value and all it holds. Stops at what is frozen already. */
export const deepFreeze = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const child of Object.values(value)) deepFreeze(child);
  return value;
};

interface Entry {
  readonly resource: StorageKey;
  readonly object: KubeObject;
}

export class ObjectCache implements Snapshot {
  revision = 0;
  readonly definitions = new KnownDefinitions();
  /** Custom kinds that became known and whose objects may be missing here. */
  readonly unlisted = new Set<StorageKey>();
  readonly #objects = new Map<string, Entry>();
  readonly #uids = new Map<string, Entry>();
  readonly #byResource = new ObjectIndex();
  readonly #byNamespace = new ObjectIndex();
  readonly #byOwner = new ObjectIndex();
  readonly #byLabel = new ObjectIndex();
  readonly #byNode = new ObjectIndex();
  readonly #unscheduled = new ObjectIndex();
  /** owner uid -> object key -> entry, over all resources. */
  readonly #dependents = new Map<string, Map<string, Entry>>();
  readonly #feeds = new Set<PendingChanges>();
  readonly #parts = new SharedParts();

  follow(resources: readonly StorageKey[]): ChangeFeed {
    const feed = new PendingChanges(resources, (closed) => this.#feeds.delete(closed));
    for (const [key, { resource, object }] of this.#objects) feed.note(resource, key, object, undefined);
    this.#feeds.add(feed);
    return feed;
  }

  /** Takes over and freezes `object`. Returns what it replaced. */
  put(resource: StorageKey, object: KubeObject): KubeObject | undefined {
    const namespace = object.metadata.namespace ?? '';
    const key = objectKey(resource, namespace, object.metadata.name ?? '');
    const previous = this.#objects.get(key);
    if (!Object.isFrozen(object)) {
      if (previous) keepParts(previous.object, object);
      this.#parts.share(object);
    }
    deepFreeze(object);
    const entry: Entry = { resource, object };
    const values = indexValues(resource, object);
    if (previous && !isIndexedAs(previous.object, object)) this.#unindex(key, previous, values);
    this.#objects.set(key, entry);
    this.#index(key, entry, values);
    if (resource === CUSTOM_RESOURCE_DEFINITIONS) {
      const learned = this.definitions.learn(object.metadata.name ?? '', object);
      if (learned) this.unlisted.add(learned);
    }
    for (const feed of this.#feeds) feed.note(resource, key, object, previous?.object);
    return previous?.object;
  }

  /** Returns what stood there. */
  remove(resource: StorageKey, namespace: string, name: string): KubeObject | undefined {
    const key = objectKey(resource, namespace, name);
    const previous = this.#objects.get(key);
    if (!previous) return undefined;
    this.#unindex(key, previous, undefined);
    this.#objects.delete(key);
    if (resource === CUSTOM_RESOURCE_DEFINITIONS) this.definitions.learn(name, undefined);
    for (const feed of this.#feeds) feed.note(resource, key, undefined, previous.object);
    return previous.object;
  }

  #index(key: string, entry: Entry, values: IndexValues): void {
    const { resource, object } = entry;
    if (object.metadata.uid) this.#uids.set(object.metadata.uid, entry);
    this.#byResource.put(resource, key, object);
    this.#byNamespace.put(`${resource}\n${object.metadata.namespace ?? ''}`, key, object);
    for (const label of values.labels) this.#byLabel.put(label, key, object);
    for (const owner of values.owners) {
      this.#byOwner.put(`${resource}\n${owner}`, key, object);
      let dependents = this.#dependents.get(owner);
      if (!dependents) {
        dependents = new Map();
        this.#dependents.set(owner, dependents);
      }
      dependents.set(key, entry);
    }
    if (values.node) this.#byNode.put(values.node, key, object);
    if (values.unscheduled) this.#unscheduled.put('', key, object);
  }

  /** Takes an entry out of the indexes that `next` will not put it into again, so that places in lists are kept. */
  #unindex(key: string, entry: Entry, next: IndexValues | undefined): void {
    const { resource, object } = entry;
    const values = indexValues(resource, object);
    const uid = object.metadata.uid;
    if (uid && this.#uids.get(uid)?.object === object) this.#uids.delete(uid);
    if (!next) {
      this.#byResource.remove(resource, key);
      this.#byNamespace.remove(`${resource}\n${object.metadata.namespace ?? ''}`, key);
    }
    const labels = new Set(next?.labels);
    for (const label of values.labels) if (!labels.has(label)) this.#byLabel.remove(label, key);
    const owners = new Set(next?.owners);
    for (const owner of values.owners) {
      if (owners.has(owner)) continue;
      this.#byOwner.remove(`${resource}\n${owner}`, key);
      const dependents = this.#dependents.get(owner);
      dependents?.delete(key);
      if (dependents?.size === 0) this.#dependents.delete(owner);
    }
    if (values.node && values.node !== next?.node) this.#byNode.remove(values.node, key);
    if (values.unscheduled && !next?.unscheduled) this.#unscheduled.remove('', key);
  }

  get<T extends KubeObject = KubeObject>(resource: StorageKey, namespace: string, name: string): T | undefined {
    return this.#objects.get(objectKey(resource, namespace, name))?.object as T | undefined;
  }

  byUid(uid: string): KubeObject | undefined {
    return this.#uids.get(uid)?.object;
  }

  ownedBy<T extends KubeObject = KubeObject>(resource: StorageKey, ownerUid: string): readonly T[] {
    return this.#byOwner.get(`${resource}\n${ownerUid}`) as readonly T[];
  }

  dependents(ownerUid: string): readonly { readonly resource: StorageKey; readonly object: KubeObject }[] {
    return [...(this.#dependents.get(ownerUid)?.values() ?? [])];
  }

  onNode<T extends KubeObject = KubeObject>(node: string): readonly T[] {
    return this.#byNode.get(node) as readonly T[];
  }

  withLabel<T extends KubeObject = KubeObject>(resource: StorageKey, namespace: string, key: string, value: string): readonly T[] {
    return this.#byLabel.get(labelValue(resource, namespace, key, value)) as readonly T[];
  }

  inNamespace<T extends KubeObject = KubeObject>(resource: StorageKey, namespace: string): readonly T[] {
    return this.#byNamespace.get(`${resource}\n${namespace}`) as readonly T[];
  }

  all<T extends KubeObject = KubeObject>(resource: StorageKey): readonly T[] {
    return this.#byResource.get(resource) as readonly T[];
  }

  unscheduledPods<T extends KubeObject = KubeObject>(): readonly T[] {
    return this.#unscheduled.get('') as readonly T[];
  }

  /** Every object with its resource, in order of first insertion. */
  entries(): Iterable<{ readonly resource: StorageKey; readonly object: KubeObject }> {
    return this.#objects.values();
  }

  get size(): number {
    return this.#objects.size;
  }
}
