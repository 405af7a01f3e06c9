/** Which nodes have which images, for ImageLocality. Names carry a tag or digest, as nodes report them. */
import type { Node } from '#schema/core/node.ts';

interface ImageState {
  sizeBytes: number;
  readonly slots: Set<number>;
}

export class Images {
  readonly #images = new Map<string, ImageState>();
  readonly #bySlot = new Map<number, readonly string[]>();
  /** Raised when any node's images change. */
  version = 0;

  put(slot: number, node: Node | undefined): void {
    const images = node?.status?.images ?? [];
    const names = images.flatMap(({ names = [] }) => names);
    const before = this.#bySlot.get(slot) ?? [];
    if (names.length === before.length && names.every((name, i) => name === before[i])) return;
    this.version++;
    for (const name of before) {
      const state = this.#images.get(name);
      state?.slots.delete(slot);
      if (state?.slots.size === 0) this.#images.delete(name);
    }
    for (const { names: own = [], sizeBytes = 0 } of images) {
      for (const name of own) {
        let state = this.#images.get(name);
        if (!state) {
          state = { sizeBytes: 0, slots: new Set() };
          this.#images.set(name, state);
        }
        state.sizeBytes = Number(sizeBytes);
        state.slots.add(slot);
      }
    }
    if (names.length > 0) this.#bySlot.set(slot, names);
    else this.#bySlot.delete(slot);
  }

  get(name: string): { readonly sizeBytes: number; readonly slots: ReadonlySet<number> } | undefined {
    return this.#images.get(name);
  }
}
