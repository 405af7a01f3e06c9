/**
 * One pass over everything the store holds, page by page: the first pages of many kinds at once, then what was cut. Whoever may make only so many calls
 * (an invocation of a Worker) breaks off and later goes on where it was: what changes meanwhile is in the changes after `head`.
 */
import type { Head, ObjectKey, Store, StoredObject } from '../store/store.ts';
import { objectKey } from './object-cache.ts';
import type { StorageKey } from './snapshot.ts';

/** One request a kind would be more than a Worker may make. */
const KINDS_AT_ONCE = 25;

/** A first page ends at 500 objects or 1 MiB of what is stored, which is never eight times what is read. */
const mayBeCut = (items: readonly StoredObject[]): boolean =>
  items.length >= 500 || items.reduce((total, { body }) => total + body.length, 0) >= 131_072;

type Place = Pick<ObjectKey, 'namespace' | 'name'>;

/** Of the last. */
const placeOf = (items: readonly StoredObject[]): Place => {
  const { namespace, name } = items.at(-1)!;
  return { namespace, name };
};

interface Cut {
  readonly resource: StorageKey;
  after: Place;
}

export class Listing {
  /** Where the store stood when the pass began. */
  readonly head: Head;
  /** Kinds that were asked for. */
  readonly listed = new Set<StorageKey>();
  readonly #seen = new Set<string>();
  readonly #cut: Cut[] = [];
  readonly #store: Pick<Store, 'list' | 'gather'>;
  readonly #take: (resource: StorageKey, items: readonly StoredObject[]) => void;

  constructor(store: Pick<Store, 'list' | 'gather'>, head: Head, take: (resource: StorageKey, items: readonly StoredObject[]) => void) {
    this.#store = store;
    this.head = head;
    this.#take = take;
  }

  /** Whether the pass can go on when the store stands at `now`. */
  goesOnAt(now: Head): boolean {
    return this.head.incarnation === now.incarnation && this.head.revision >= now.compacted;
  }

  saw(resource: StorageKey, namespace: string, name: string): boolean {
    return this.#seen.has(objectKey(resource, namespace, name));
  }

  /** One request. `names`: all kinds known by now. Resolves with false when nothing is left; after an error it may be called again. */
  async step(names: readonly StorageKey[]): Promise<boolean> {
    const cut = this.#cut[0];
    if (cut) {
      const { items, more } = await this.#store.list(cut);
      this.#hand(cut.resource, items);
      if (more) cut.after = placeOf(items);
      else this.#cut.shift();
      return true;
    }
    const part = names.filter((name) => !this.listed.has(name)).slice(0, KINDS_AT_ONCE);
    if (part.length === 0) return false;
    const { lists } = await this.#store.gather({ keys: [], lists: part.map((resource) => ({ resource, namespace: '' })) });
    for (const [i, resource] of part.entries()) {
      const items = lists[i]!;
      this.listed.add(resource);
      this.#hand(resource, items);
      if (mayBeCut(items)) this.#cut.push({ resource, after: placeOf(items) });
    }
    return true;
  }

  #hand(resource: StorageKey, items: readonly StoredObject[]): void {
    for (const { namespace, name } of items) this.#seen.add(objectKey(resource, namespace, name));
    this.#take(resource, items);
  }
}
