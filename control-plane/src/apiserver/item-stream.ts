/**
 * Replies of many items: one piece of them at a time, so that a list of ten thousand objects never stands in memory as a whole, and other requests have
 * their turn between two pieces. Short lists and YAML are sent whole.
 */
import type { Wanted } from './negotiation.ts';
import { sourceOfPieces, streamOf } from './piece-source.ts';
import { jsonHeaders, jsonText } from './respond.ts';

const whole = 500;
/** Of one piece, whichever comes first. */
const mostItems = 50;
const enoughCharacters = 250_000;

export interface Items<T> {
  /** Given away. It is emptied where pages follow: held for as long as they are sent, it would count as old, and stay for long after. */
  readonly items: T[];
  /** What follows `items`, page by page. */
  readonly rest?: AsyncGenerator<readonly T[], void> | undefined;
}

export interface ItemStream<T> extends Items<T> {
  readonly open: string;
  /** Together the text of the item. */
  readonly textsOf: (item: T) => readonly string[];
  readonly close: string;
  readonly format: Wanted['format'];
}

export const itemResponse = async <T>(stream: ItemStream<T>): Promise<Response> => {
  const { items, rest, format } = stream;
  if (!rest && (format !== 'json' || items.length <= whole)) return wholeText(stream, items);
  if (format !== 'json') return wholeText(stream, await gathered(stream));
  return new Response(streamOf(sourceOfPieces(piecesOf(stream))), { headers: jsonHeaders });
};

const wholeText = <T>({ open, textsOf, close, format }: ItemStream<T>, items: readonly T[]): Response =>
  jsonText(`${open}${items.map((item) => textsOf(item).join('')).join(',')}${close}`, { format });

const gathered = async <T>({ items, rest }: Items<T>): Promise<T[]> => {
  const all = [...items];
  if (rest) for await (const more of rest) all.push(...more);
  return all;
};

const encoder = new TextEncoder();

/** Texts that become one piece. */
class Piece {
  #texts: string[] = [];
  #characters = 0;

  add(text: string): void {
    this.#texts.push(text);
    this.#characters += text.length;
  }

  get characters(): number {
    return this.#characters;
  }

  /** Begins the next one. */
  take(): Uint8Array {
    const bytes = encoded(this.#texts, this.#characters);
    this.#texts = [];
    this.#characters = 0;
    return bytes;
  }
}

/** Nearly always a character is a byte: each text is written to its place. Joined, they would be copied once more, and looked through for their length. */
const encoded = (texts: readonly string[], characters: number): Uint8Array => {
  const bytes = new Uint8Array(characters);
  let at = 0;
  for (const text of texts) {
    const { read, written } = encoder.encodeInto(text, bytes.subarray(at));
    if (read < text.length) return encoder.encode(texts.join(''));
    at += written;
  }
  return bytes;
};

/** A page is not kept waiting for what the next one adds to its last piece. */
async function* piecesOf<T>({ open, items, rest, textsOf, close }: ItemStream<T>): AsyncGenerator<Uint8Array, void> {
  const piece = new Piece();
  piece.add(open);
  let before = '';
  try {
    for (let page: readonly T[] | undefined = items.splice(0); page; page = (await rest?.next())?.value ?? undefined) {
      let count = 0;
      for (const item of page) {
        const [first = '', ...more] = textsOf(item);
        piece.add(before + first);
        for (const text of more) piece.add(text);
        before = ',';
        if (++count < mostItems && piece.characters < enoughCharacters) continue;
        yield piece.take();
        count = 0;
      }
      if (count > 0) yield piece.take();
    }
    piece.add(close);
    yield piece.take();
  } finally {
    await rest?.return();
  }
}
