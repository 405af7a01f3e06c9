/** Which of several equally good nodes: by a hash of pod and node, so the same each time, and different pods share the nodes. */
import type { NodesLeft } from './plugin.ts';

export const seedOf = (uid: string): number => {
  let h = 0x9e3779b9;
  for (let i = 0; i < uid.length; i++) h = Math.imul(h ^ uid.charCodeAt(i), 0x85ebca6b);
  return (h ^ (h >>> 13)) >>> 0;
};

export const chanceOf = (seed: number, hash: number): number => {
  let h = Math.imul(seed ^ hash, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};

export class LazyNodesLeft implements NodesLeft {
  readonly #find: () => NodesLeft;
  #found: NodesLeft | undefined;

  constructor(find: () => NodesLeft) {
    this.#find = find;
  }

  get slots(): Int32Array {
    this.#found ??= this.#find();
    return this.#found.slots;
  }

  get count(): number {
    this.#found ??= this.#find();
    return this.#found.count;
  }
}

export const luckiest = (seed: number, hash: Uint32Array, { slots, count }: NodesLeft, totals: Float64Array): number => {
  let best = slots[0]!;
  let top = Number.NEGATIVE_INFINITY;
  let luck = 0;
  for (let i = 0; i < count; i++) {
    const value = totals[i]!;
    if (value < top) continue;
    const slot = slots[i]!;
    const chance = chanceOf(seed, hash[slot]!);
    if (value === top && chance <= luck) continue;
    best = slot;
    top = value;
    luck = chance;
  }
  return best;
};
