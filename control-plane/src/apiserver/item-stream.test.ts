import { expect, test } from 'vitest';
import { itemResponse } from './item-stream.ts';

const answer = (count: number, format: 'json' | 'yaml' = 'json') => {
  const items = Array.from({ length: count }, (_, i) => i);
  return itemResponse({ open: '{"items":[', items, textOf: (item) => JSON.stringify({ item }), close: ']}', format });
};

test.each([0, 1, 500, 501, 600, 1234])('%i items come all, in order', async (count) => {
  const { items } = await answer(count).json();
  expect(items).toEqual(Array.from({ length: count }, (_, item) => ({ item })));
});

test('many items come in pieces', async () => {
  let pieces = 0;
  for await (const _ of answer(1234).body as unknown as AsyncIterable<Uint8Array>) pieces++;
  expect(pieces).toBe(13);
});

test('YAML comes whole', async () => {
  const yaml = answer(600, 'yaml');
  expect(yaml.headers.get('content-type')).toBe('application/yaml');
  expect(await yaml.text()).toContain('- item: 599');
});
