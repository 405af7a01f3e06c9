/**
 * Replies of many items: the text of one piece of them at a time, so that a list of ten thousand objects never stands in memory three times. Short lists and YAML
 * are sent whole.
 */
import type { Wanted } from './negotiation.ts';
import { jsonHeaders, jsonText } from './respond.ts';

const whole = 500;
const piece = 100;

export interface ItemStream<T> {
  readonly open: string;
  readonly items: readonly T[];
  readonly textOf: (item: T) => string;
  readonly close: string;
  readonly format: Wanted['format'];
}

export const itemResponse = <T>({ open, items, textOf, close, format }: ItemStream<T>): Response => {
  if (format !== 'json' || items.length <= whole) return jsonText(`${open}${items.map(textOf).join(',')}${close}`, { format });
  const encoder = new TextEncoder();
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const head = at === 0 ? open : ',';
      const texts = items.slice(at, at + piece).map(textOf);
      at += piece;
      const last = at >= items.length;
      controller.enqueue(encoder.encode(`${head}${texts.join(',')}${last ? close : ''}`));
      if (last) controller.close();
    },
  });
  return new Response(body, { headers: jsonHeaders });
};
