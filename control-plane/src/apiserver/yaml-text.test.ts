/** YAML bodies: what they mean, what is wrong with them, and that no text makes the server work long. */
import { expect, test } from 'vitest';
import { YamlError } from './yaml-error.ts';
import { parseYamlText } from './yaml-text.ts';

test('reads what people write', () => {
  const text = 'a: &x [1, "2", yes]\nb: *x\nc: |\n  one\n  two\n';
  expect(parseYamlText(text)).toEqual({ value: { a: [1, '2', 'yes'], b: [1, '2', 'yes'], c: 'one\ntwo\n' }, duplicates: [] });
  expect(parseYamlText('').value).toBeNull();
});

test('tells every key that is set twice, and the last wins', () => {
  const text = 'a: 1\nb:\n  c: 1\n  c: 2\na: 3\n"a": 4\n';
  expect(parseYamlText(text)).toEqual({
    value: { a: 4, b: { c: 2 } },
    duplicates: ['line 4: key "c" already set in map', 'line 5: key "a" already set in map', 'line 6: key "a" already set in map'],
  });
});

test.each([
  ['a: b: c', /Nested mappings .* at line 1, column 4$/],
  ['a: [1', /at line 1, column 6$/],
  ['a: 1\n---\nb: 1', /multiple documents/],
  ['[*nobody]', /Unresolved alias/],
  [
    `a: &a [x, x]\n${Array.from({ length: 20 }, (_, i) => `b${i}: &b${i} [*${i ? `b${i - 1}` : 'a'}, *${i ? `b${i - 1}` : 'a'}]`).join('\n')}`,
    /alias/,
  ],
])('refuses %j', (text, message) => {
  expect(() => parseYamlText(text)).toThrow(YamlError);
  expect(() => parseYamlText(text)).toThrow(message);
});

// each of these once took the parser seconds, and larger ones hours
const shapes: Readonly<Record<string, string>> = {
  'sequences in each other': '['.repeat(1_000_000),
  'block sequences in each other': '- '.repeat(5_000),
  'nothing but commas': `[${','.repeat(5_000)}]`,
  'more than a request may ask for': '-\n'.repeat(160_000),
  anchors: '&a '.repeat(5_000),
};
test.each(Object.entries(shapes))('refuses %s at once', (_name, text) => {
  expect(() => parseYamlText(text)).toThrow(YamlError);
});

test('reads a map of many keys', () => {
  const text = Array.from({ length: 10_000 }, (_, i) => `key-${i}: 1`).join('\n');
  expect(Object.keys(parseYamlText(text).value as object)).toHaveLength(10_000);
});
