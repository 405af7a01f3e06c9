/**
 * Cells of objects that were shown in a Table, so that what has not changed since is not parsed again: a list of ten thousand pods looks into those that
 * changed. Ages are filled in when a row is sent. Bounded by characters; sealed kinds never enter, so nothing decrypted stays.
 */
import { agoText, isAgo } from '#schema/meta/columns.ts';
import type { Ago, Cell } from '#schema/resource.ts';
import type { StoredObject } from '../store/store.ts';

/** JSON of the cells, joined by commas, with ages between. */
export type CellTexts = readonly (string | Ago)[];

/** In UTF-16 units; twice that is held at most. */
const generationLength = 4 * 2 ** 20;
const entryOverhead = 100;

export const cellTexts = (cells: readonly (Cell | Ago)[]): CellTexts => {
  const parts: (string | Ago)[] = [];
  let text = '';
  for (const [i, cell] of cells.entries()) {
    if (i > 0) text += ',';
    if (isAgo(cell)) {
      parts.push(text, cell);
      text = '';
    } else text += JSON.stringify(cell);
  }
  parts.push(text);
  return parts;
};

/** JSON of the cells at `nowMs`, without brackets. */
export const joinCells = (texts: CellTexts, nowMs: number): string => {
  let joined = '';
  for (const part of texts) joined += typeof part === 'string' ? part : JSON.stringify(agoText(part, nowMs));
  return joined;
};

interface Entry {
  readonly revision: number;
  readonly texts: CellTexts;
}

export class RowMemo {
  readonly #generationLength: number;
  /** By uid. What is asked for moves to the young ones; when those are too many, the old ones go. */
  #young = new Map<string, Entry>();
  #old = new Map<string, Entry>();
  #length = 0;

  constructor(length = generationLength) {
    this.#generationLength = length;
  }

  /** `make` is called when this revision of it was not seen lately. */
  cells({ uid, revision }: Pick<StoredObject, 'uid' | 'revision'>, make: () => CellTexts): CellTexts {
    const young = this.#young.get(uid);
    if (young?.revision === revision) return young.texts;
    const old = this.#old.get(uid);
    const entry = old?.revision === revision ? old : { revision, texts: make() };
    if (this.#length > this.#generationLength) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#length = 0;
    }
    this.#young.set(uid, entry);
    this.#length += entryOverhead;
    for (const part of entry.texts) this.#length += typeof part === 'string' ? part.length : 0;
    return entry.texts;
  }
}
