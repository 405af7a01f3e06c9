/**
 * One index of the cache: index value -> objects. Kept incrementally; the list handed out is rebuilt only after its members changed, so an
 * unchanged list keeps its identity and a reader may memoize on it (the scheduler does for what a node's pods use).
 */
import type { KubeObject } from '#schema/resource.ts';

const none: readonly KubeObject[] = Object.freeze([]);

interface Bucket {
  readonly members: Map<string, KubeObject>;
  list: readonly KubeObject[] | undefined;
}

export class ObjectIndex {
  readonly #buckets = new Map<string, Bucket>();

  put(value: string, member: string, object: KubeObject): void {
    let bucket = this.#buckets.get(value);
    if (!bucket) {
      bucket = { members: new Map(), list: undefined };
      this.#buckets.set(value, bucket);
    }
    bucket.members.set(member, object);
    bucket.list = undefined;
  }

  remove(value: string, member: string): void {
    const bucket = this.#buckets.get(value);
    if (!bucket?.members.delete(member)) return;
    if (bucket.members.size === 0) this.#buckets.delete(value);
    else bucket.list = undefined;
  }

  /** Frozen, in order of first insertion; the same array until a member changes. */
  get(value: string): readonly KubeObject[] {
    const bucket = this.#buckets.get(value);
    if (!bucket) return none;
    bucket.list ??= Object.freeze([...bucket.members.values()]);
    return bucket.list;
  }

  /** Index values that have members. For tests and counts. */
  values(): IterableIterator<string> {
    return this.#buckets.keys();
  }
}
