/**
 * What was made of the objects (by identity) or texts that were asked about last. Not a WeakMap, although keys go soon: V8's frequent collections keep the
 * values of a WeakMap whose keys they have once seen alive, so what is short-lived would pile up until a full collection, and bring that about.
 */
export class LastMade<K extends object | string, V> {
  readonly #keys: (K | undefined)[];
  readonly #values: (V | undefined)[];
  #last = 0;

  /** `size`: how many are kept. */
  constructor(size: number) {
    this.#keys = new Array<K | undefined>(size).fill(undefined);
    this.#values = new Array<V | undefined>(size).fill(undefined);
  }

  of(key: K, make: (key: K) => V): V {
    if (this.#keys[this.#last] === key) return this.#values[this.#last] as V;
    const known = this.#keys.indexOf(key);
    if (known >= 0) return this.#values[known] as V;
    const value = make(key);
    this.#last = (this.#last + 1) % this.#keys.length;
    this.#keys[this.#last] = key;
    this.#values[this.#last] = value;
    return value;
  }
}
