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

  /** Slots from `cursor` on, each once; undefined when the cursor is too old or there are more than `most`. */
  since(cursor: number, most: number): readonly number[] | undefined {
    if (cursor < this.#base) return undefined;
    const changes = this.end - cursor;
    if (changes === 0) return none;
    const from = cursor - this.#base;
    if (changes === 1) return [this.#entries[from]!];
    // pods come to and leave a node in rows: repeats are cheaper to find than to redo
    const slots = [...new Set(this.#entries.slice(from))];
    return slots.length > most ? undefined : slots;
  }
}

const none: readonly number[] = [];
