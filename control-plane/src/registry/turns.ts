/**
 * Writers of one object come one after the other, first come, first served. Otherwise each of many makes its plan for nothing as often as another is faster, and
 * who has lost often waits longer and longer while those who come later win. For platforms where a request may wait for another one, which Workers' may not;
 * races are decided by the store in any case.
 */

/** Who is before may wait for a store that does not answer: after so many ms a writer goes on without its turn. */
const longestWaitMs = 2_000;

export class Turns {
  /** Who waits, by what for; an object that is being written has an entry. */
  readonly #queues = new Map<string, Set<() => void>>();

  /** Resolves with what ends the turn, to be called when the object is written, or not going to be soon; calling it again does nothing. */
  async take(key: string): Promise<() => void> {
    const queue = this.#queues.get(key);
    if (!queue) {
      this.#queues.set(key, new Set());
      return this.#endOf(key);
    }
    return new Promise((resolve) => {
      const go = (): void => {
        clearTimeout(timer);
        resolve(this.#endOf(key));
      };
      const timer = setTimeout(() => {
        queue.delete(go);
        resolve(() => undefined);
      }, longestWaitMs);
      queue.add(go);
    });
  }

  /** Objects that are being written. For tests. */
  get size(): number {
    return this.#queues.size;
  }

  #endOf(key: string): () => void {
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      const queue = this.#queues.get(key)!;
      const [next] = queue;
      if (!next) {
        this.#queues.delete(key);
        return;
      }
      queue.delete(next);
      next();
    };
  }
}
