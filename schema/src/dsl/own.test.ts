/** Keys from clients: what every object inherits is no key of it, and a copy holds all of its own. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cloneJson, equalJson, getOwn, type JsonObject, setOwn } from './own.ts';

const inherited = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', '__proto__'];
const key = fc.constantFrom(...inherited, 'a', 'b', '');
/** Few keys and few values, so that two of them are often equal. */
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, 0, 1, '', 'x', true),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.array(fc.tuple(key, tie('json')), { maxLength: 3 }).map((entries) => Object.fromEntries(entries)),
  ),
}));

/** Text with its keys in order. */
const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical)}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`)}}`;
};

describe('equality', () => {
  it('is that of the text, but for the order of keys', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(equalJson(a, b)).toBe(canonical(a) === canonical(b));
        expect(equalJson(a, cloneJson(a))).toBe(true);
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });

  it.each(inherited)('sees %s come and go', (name) => {
    const plain = { a: 1 };
    const more = cloneJson<JsonObject>(plain);
    setOwn(more, name, 'x');
    expect([equalJson(plain, more), equalJson(more, plain), equalJson(more, cloneJson(more))]).toEqual([false, false, true]);
  });

  it('takes a member that is undefined for none', () => {
    expect(equalJson({ a: undefined, b: 1 }, { b: 1, c: undefined })).toBe(true);
    expect(equalJson({ a: undefined, b: 1 }, { b: 1, c: 1 })).toBe(false);
    expect(equalJson({ a: undefined, b: 1 }, { c: undefined, d: 1 })).toBe(false);
  });
});

it.each(inherited)('reads and writes %s as a key like others', (name) => {
  const object: JsonObject = {};
  expect(getOwn(object, name)).toBeUndefined();
  setOwn(object, name, 'x');
  expect([getOwn(object, name), Object.keys(object), Object.getPrototypeOf(object)]).toEqual(['x', [name], Object.prototype]);
});
