/** The latest changes of the volatile store, without gaps. What falls off the end is compacted. */
import type { StoredChange } from '../store.ts';
import type { Entry } from './present.ts';

export interface RingItem {
  readonly change: StoredChange;
  /** What stood under the key before. */
  readonly before: Entry | undefined;
}

const overheadBytes = 200;

export class Ring {
  readonly #maxBytes: number;
  #items: RingItem[] = [];
  /** Items before this place are dropped; the array is cut now and then. */
  #start = 0;
  #bytes = 0;
  /** Of the newest change. */
  revision: number;
  compacted: number;

  constructor(options: { readonly maxBytes: number; readonly revision: number }) {
    this.#maxBytes = options.maxBytes;
    this.revision = options.revision;
    this.compacted = options.revision;
  }

  /** `item.change.revision` is `revision + 1`. */
  push(item: RingItem): void {
    this.#items.push(item);
    this.revision = item.change.revision;
    this.#bytes += sizeOf(item);
    while (this.#bytes > this.#maxBytes) this.#dropOldest();
  }

  /** Ascending, after a revision that is not compacted. */
  *after(revision: number): Generator<RingItem> {
    for (let index = this.#start + revision - this.compacted; index < this.#items.length; index++) yield this.#items[index]!;
  }

  compact(revision: number): void {
    while (this.compacted < Math.min(revision, this.revision)) this.#dropOldest();
  }

  #dropOldest(): void {
    const item = this.#items[this.#start]!;
    this.#start++;
    this.#bytes -= sizeOf(item);
    this.compacted = item.change.revision;
    if (this.#start >= 1_024 && this.#start * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#start);
      this.#start = 0;
    }
  }
}

function sizeOf({ change }: RingItem): number {
  return change.body.length + (change.previousBody?.length ?? 0) + overheadBytes;
}
