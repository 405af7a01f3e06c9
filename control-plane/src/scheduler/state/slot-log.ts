/** Which node slots changed, in order. Readers keep a cursor and redo only what came after it; one that fell too far behind redoes all. */
const KEEP = 65_536;

export class SlotLog {
  #entries: number[] = [];
  #base = 0;

  push(slot: number): void {
    this.#entries.push(slot);
    if (this.#entries.length < 2 * KEEP) return;
    this.#entries = this.#entries.slice(KEEP);
    this.#base += KEEP;
  }

  get end(): number {
    return this.#base + this.#entries.length;
  }

  /** Slots from `cursor` on, repeats included; undefined when the cursor is too old or there are more than `most`. */
  since(cursor: number, most: number): readonly number[] | undefined {
    if (cursor < this.#base || this.end - cursor > most) return undefined;
    return cursor === this.end ? none : this.#entries.slice(cursor - this.#base);
  }
}

const none: readonly number[] = [];
