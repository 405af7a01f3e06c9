/**
 * What changed in a cache since a reader last asked, one entry an object: readers that keep derived state (the scheduler) pay for changes only.
 * Bounded by the number of objects: later changes of an object fall together with its first one. A feed lives as long as its cache, or
 * until it is closed.
 */
import type { KubeObject } from '#schema/resource.ts';
import type { StorageKey } from './snapshot.ts';

export interface ObjectChange {
  readonly resource: StorageKey;
  /** As it is now; undefined when it is gone. */
  readonly object: KubeObject | undefined;
  /** As the reader last saw it; undefined when it is new to it. May be of another uid than `object`. */
  readonly previous: KubeObject | undefined;
}

export interface ChangeFeed {
  /** Everything since the last call, in order of each object's first change; of the first call everything there is. */
  take(): readonly ObjectChange[];
  /** Nothing is gathered any more. */
  close(): void;
}

interface Pending {
  readonly resource: StorageKey;
  object: KubeObject | undefined;
  readonly previous: KubeObject | undefined;
}

export class PendingChanges implements ChangeFeed {
  readonly #resources: ReadonlySet<StorageKey>;
  #pending = new Map<string, Pending>();

  readonly #closed: (feed: PendingChanges) => void;

  constructor(resources: readonly StorageKey[], closed: (feed: PendingChanges) => void) {
    this.#resources = new Set(resources);
    this.#closed = closed;
  }

  close(): void {
    this.#closed(this);
    this.#pending = new Map();
  }

  /** `key` names the object within the cache. */
  note(resource: StorageKey, key: string, object: KubeObject | undefined, previous: KubeObject | undefined): void {
    if (!this.#resources.has(resource)) return;
    const known = this.#pending.get(key);
    if (known) known.object = object;
    else this.#pending.set(key, { resource, object, previous });
  }

  take(): readonly ObjectChange[] {
    if (this.#pending.size === 0) return [];
    const changes: ObjectChange[] = [];
    for (const change of this.#pending.values()) if (change.object !== change.previous) changes.push(change);
    this.#pending = new Map();
    return changes;
  }
}
