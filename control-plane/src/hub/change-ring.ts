/**
 * The newest changes of one sequence of revisions, gap-free. Notifications may be lost, repeated or out of order: what does not continue the run waits
 * aside, and a run that stays broken is mended from the store. Bounded by count and bytes; who is behind its start pages the store.
 */
import type { StoredChange } from '../store/store.ts';

const MAX_CHANGES = 8_192;
const MAX_BYTES = 8 * 1024 * 1024;

export class ChangeRing {
  /** Holes before `#first`: what left the ring is nobody's any more. */
  #changes: (StoredChange | undefined)[] = [];
  #first = 0;
  #bytes = 0;
  readonly #ahead = new Map<number, StoredChange>();
  /** Everything in (base, last] is here. Both undefined before the first change. */
  base: number | undefined;
  last: number | undefined;

  /** Takes changes in any order. Returns those that now continue the run, in order. */
  add(changes: readonly StoredChange[]): readonly StoredChange[] {
    if (changes.length === 0) return changes;
    for (const change of changes) {
      if (this.last === undefined || change.revision > this.last) this.#ahead.set(change.revision, change);
    }
    if (this.last === undefined) this.start(Math.min(...changes.map((c) => c.revision)) - 1);
    const added: StoredChange[] = [];
    for (let next = this.#ahead.get(this.last! + 1); next; next = this.#ahead.get(this.last! + 1)) {
      this.#ahead.delete(next.revision);
      this.#append(next);
      added.push(next);
    }
    return added;
  }

  /** Begins an empty run after `revision`. */
  start(revision: number): void {
    this.#changes = [];
    this.#first = 0;
    this.#bytes = 0;
    this.base = revision;
    this.last = revision;
    for (const ahead of this.#ahead.keys()) if (ahead <= revision) this.#ahead.delete(ahead);
  }

  /** As before the first change. */
  forget(): void {
    this.start(0);
    this.#ahead.clear();
    this.base = undefined;
    this.last = undefined;
  }

  /** Changes are known that do not continue the run. */
  get broken(): boolean {
    return this.#ahead.size > 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Changes held, for tests. */
  get held(): number {
    return this.#changes.filter(Boolean).length;
  }

  covers(after: number): boolean {
    return this.base !== undefined && after >= this.base && after <= this.last!;
  }

  /** Changes after `after`, which must be covered; at most `limit` and, beyond the first, at most `maxBytes`. */
  after(after: number, limit: number, maxBytes: number): readonly StoredChange[] {
    const from = this.#first + (after - this.base!);
    let to = from;
    for (let bytes = 0; to < this.#changes.length && to - from < limit; to++) {
      bytes += this.#changes[to]!.body.length;
      if (bytes > maxBytes && to > from) break;
    }
    return this.#changes.slice(from, to) as StoredChange[];
  }

  /** Lets go of the oldest beyond `maxBytes`: nobody is behind them. */
  trim(maxBytes: number): void {
    this.#cut(maxBytes);
    this.#changes = this.#changes.slice(this.#first);
    this.#first = 0;
  }

  #append(change: StoredChange): void {
    this.#changes.push(change);
    this.#bytes += size(change);
    this.last = change.revision;
    this.#cut(MAX_BYTES);
  }

  #cut(maxBytes: number): void {
    while (this.#changes.length - this.#first > MAX_CHANGES || (this.#bytes > maxBytes && this.#changes.length - this.#first > 1)) {
      this.#bytes -= size(this.#changes[this.#first]!);
      this.#changes[this.#first] = undefined;
      this.#first++;
      this.base!++;
    }
    if (this.#first > MAX_CHANGES) {
      this.#changes = this.#changes.slice(this.#first);
      this.#first = 0;
    }
  }
}

const size = (change: StoredChange): number => 200 + change.body.length + (change.previousBody?.length ?? 0);
