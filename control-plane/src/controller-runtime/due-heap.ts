/** A binary heap of (key, due time), earliest first; ties in order of insertion. Keys may stand in it several times: the queue knows which one counts. */
export interface Due {
  readonly key: string;
  readonly atMs: number;
}

export class DueHeap {
  readonly #items: { key: string; atMs: number; order: number }[] = [];
  #order = 0;

  get size(): number {
    return this.#items.length;
  }

  peek(): Due | undefined {
    return this.#items[0];
  }

  push(key: string, atMs: number): void {
    const items = this.#items;
    items.push({ key, atMs, order: this.#order++ });
    let at = items.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  pop(): Due | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (!first || !last || items.length === 0) return first;
    items[0] = last;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      let least = at;
      if (left < items.length && this.#before(left, least)) least = left;
      if (left + 1 < items.length && this.#before(left + 1, least)) least = left + 1;
      if (least === at) return first;
      this.#swap(at, least);
      at = least;
    }
  }

  #before(a: number, b: number): boolean {
    const left = this.#items[a]!;
    const right = this.#items[b]!;
    return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order);
  }

  #swap(a: number, b: number): void {
    const item = this.#items[a]!;
    this.#items[a] = this.#items[b]!;
    this.#items[b] = item;
  }
}
