import { expect, test } from 'vitest';
import { itemResponse } from './item-stream.ts';

const answer = (count: number, format: 'json' | 'yaml' = 'json') => {
  const items = Array.from({ length: count }, (_, i) => i);
  return itemResponse({ open: '{"items":[', items, textsOf: (item) => [`{"item":`, `${item}}`], close: ']}', format });
};

test.each([0, 1, 500, 501, 600, 1234])('%i items come all, in order', async (count) => {
  const { items } = await (await answer(count)).json();
  expect(items).toEqual(Array.from({ length: count }, (_, item) => ({ item })));
});

test('many items come in pieces', async () => {
  let pieces = 0;
  for await (const _ of (await answer(1234)).body as unknown as AsyncIterable<Uint8Array>) pieces++;
  expect(pieces).toBe(26);
});

test('YAML comes whole', async () => {
  const yaml = await answer(600, 'yaml');
  expect(yaml.headers.get('content-type')).toBe('application/yaml');
  expect(await yaml.text()).toContain('- item: 599');
});

async function* pagesOf(sizes: readonly number[], ended: () => void): AsyncGenerator<readonly number[], void> {
  let next = 0;
  try {
    for (const size of sizes) {
      yield Array.from({ length: size }, () => next++);
    }
  } finally {
    ended();
  }
}

const paged = (sizes: readonly number[], format: 'json' | 'yaml' = 'json', ended = () => {}) => {
  const rest = pagesOf(sizes, ended);
  return itemResponse({ open: '{"items":[', items: [], rest, textsOf: (item: number) => [`{"item":`, `${item}}`], close: ']}', format });
};

test.each([[[]], [[0]], [[3]], [[0, 0, 2]], [[70, 0, 1, 300]]])('pages of %j items come all, in order', async (sizes) => {
  const expected = Array.from({ length: sizes.reduce((a: number, b) => a + b, 0) }, (_, item) => ({ item }));
  expect(await (await paged(sizes)).json()).toEqual({ items: expected });
  expect(await (await paged(sizes, 'yaml')).text()).toContain(expected.length > 0 ? `- item: ${expected.length - 1}` : 'items: []');
});

test('pages are read as they are sent, and no further when the client goes', async () => {
  let ended = 0;
  const reader = (await paged([10, 10, 10], 'json', () => ended++)).body!.getReader();
  const { value } = await reader.read();
  expect(new TextDecoder().decode(value)).toMatch(/^\{"items":\[\{"item":0\}.*"item":9\}$/);
  expect(ended).toBe(0);
  await reader.cancel();
  expect(ended).toBe(1);
});

test('whoever made the first page does not keep it while the others are sent', async () => {
  const items = [0, 1, 2];
  const rest = pagesOf([10, 10], () => {});
  const answer = await itemResponse({ open: '[', items, rest, textsOf: (item) => [`${item}`], close: ']', format: 'json' });
  const reader = answer.body!.getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe('[0,1,2');
  expect(items).toEqual([]);
  await reader.cancel();
});

test('what takes more bytes than characters comes whole, too', async () => {
  const items = Array.from({ length: 600 }, (_, i) => (i % 7 ? `plain ${i}` : `Grüße \u{1f40b} ${i}`));
  const textsOf = (item: string): string[] => ['{"item":', `${JSON.stringify(item)}}`];
  const answer = await itemResponse({ open: '{"items":[', items: [...items], textsOf, close: ']}', format: 'json' });
  expect(await answer.json()).toEqual({ items: items.map((item) => ({ item })) });
});

test('large items come in pieces of little more than 250 kB', async () => {
  const large = 'x'.repeat(60_000);
  const items = Array.from({ length: 501 }, () => large);
  const answer = await itemResponse({ open: '[', items, textsOf: (item) => [JSON.stringify(item)], close: ']', format: 'json' });
  const sizes: number[] = [];
  for await (const piece of answer.body as unknown as AsyncIterable<Uint8Array>) sizes.push(piece.length);
  expect(sizes).toHaveLength(102);
  expect(Math.max(...sizes)).toBeLessThan(301_000);
});

test('a page that cannot be read ends the stream with its error', async () => {
  async function* rest(): AsyncGenerator<readonly number[], void> {
    yield [2];
    throw new Error('gone');
  }
  const answer = await itemResponse({ open: '[', items: [1], rest: rest(), textsOf: (item) => [`${item}`], close: ']', format: 'json' });
  await expect(answer.text()).rejects.toThrow('gone');
});
