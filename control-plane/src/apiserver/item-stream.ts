/**
 * Replies of many items: the text of one piece of them at a time, so that a list of ten thousand objects never stands in memory as a whole, and other
 * requests have their turn between two pieces. Short lists and YAML are sent whole.
 */
import type { Wanted } from './negotiation.ts';
import { jsonHeaders, jsonText } from './respond.ts';

const whole = 500;
const piece = 50;

export interface Items<T> {
  readonly items: readonly T[];
  /** What follows `items`, page by page. */
  readonly rest?: AsyncGenerator<readonly T[], void> | undefined;
}

export interface ItemStream<T> extends Items<T> {
  readonly open: string;
  readonly textOf: (item: T) => string;
  readonly close: string;
  readonly format: Wanted['format'];
}

export const itemResponse = async <T>(stream: ItemStream<T>): Promise<Response> => {
  const { open, items, rest, textOf, close, format } = stream;
  if (!rest && (format !== 'json' || items.length <= whole)) return wholeText(stream, items);
  if (format !== 'json') return wholeText(stream, await gathered(stream));
  const texts = piecesOf({ items, rest }, textOf);
  const encoder = new TextEncoder();
  let head = open;
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { value, done } = await texts.next();
      if (value !== undefined) controller.enqueue(encoder.encode(`${head}${value}`));
      if (value !== undefined) head = ',';
      if (!done) return;
      controller.enqueue(encoder.encode(head === open ? open + close : close));
      controller.close();
    },
    cancel: async () => {
      await texts.return();
    },
  });
  return new Response(body, { headers: jsonHeaders });
};

const wholeText = <T>({ open, textOf, close, format }: ItemStream<T>, items: readonly T[]): Response =>
  jsonText(`${open}${items.map(textOf).join(',')}${close}`, { format });

const gathered = async <T>({ items, rest }: Items<T>): Promise<T[]> => {
  const all = [...items];
  if (rest) for await (const more of rest) all.push(...more);
  return all;
};

/** Texts joined by commas, never empty. */
async function* piecesOf<T>({ items, rest }: Items<T>, textOf: (item: T) => string): AsyncGenerator<string, void> {
  try {
    for (let page: readonly T[] | undefined = items; page; page = (await rest?.next())?.value ?? undefined) {
      for (let at = 0; at < page.length; at += piece)
        yield page
          .slice(at, at + piece)
          .map(textOf)
          .join(',');
    }
  } finally {
    await rest?.return();
  }
}
