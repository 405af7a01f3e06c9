/**
 * What a plan draws at random, so that a plan that is begun anew draws the same: after a conversion it waited for, and (for the control plane's own
 * creates) after webhooks that had not answered yet.
 */
import type { Random } from '../platform/platform.ts';

export interface Drawing {
  readonly float: () => number;
  readonly uuid: () => string;
}

/** Numbers in [0, 1) that follow from a text. Not for secrets. */
const repeatable = (text: string): (() => number) => {
  let state = 2_166_136_261;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 16_777_619);
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) | 0;
    const mixed = Math.imul(state ^ (state >>> 13), 3_266_489_917);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
};

export class Draws {
  readonly #floats: number[] = [];
  readonly #uuids: string[] = [];
  readonly #random: Pick<Random, 'uuid'> & { readonly float: () => number };

  /** `seed`: numbers follow from it; uuids never do. */
  constructor(random: Random, seed?: string) {
    this.#random = { uuid: () => random.uuid(), float: seed === undefined ? () => random.float() : repeatable(seed) };
  }

  /** From the first draw on. */
  replay(): Drawing {
    let [floats, uuids] = [0, 0];
    return {
      float: () => {
        this.#floats[floats] ??= this.#random.float();
        return this.#floats[floats++]!;
      },
      uuid: () => {
        this.#uuids[uuids] ??= this.#random.uuid();
        return this.#uuids[uuids++]!;
      },
    };
  }
}
