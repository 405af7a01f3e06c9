import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import { equalJson } from '#schema/dsl/own.ts';
import { canonicalJson, generatedName, suffixOf } from './naming.ts';

describe('names from seeds', () => {
  it('never change: names of existing objects follow from them', () => {
    expect([suffixOf(''), suffixOf('uid/1/0/0'), suffixOf('uid/1/1/0'), suffixOf('x', 10)]).toMatchInlineSnapshot(`
      [
        "mwqwm",
        "rrccb",
        "5445c",
        "bcpt6v54ct",
      ]
    `);
  });

  it('hardly collide', () => {
    const seen = new Set(Array.from({ length: 5000 }, (_, i) => suffixOf(`uid/7/${i}/0`, 10)));
    expect(seen.size).toBe(5000);
  });

  it('stay within a DNS label', () => {
    expect(generatedName(`${'x'.repeat(80)}-`, 's')).toHaveLength(63);
  });
});

describe('the canonical text of JSON values', () => {
  it('is the same exactly when they are equal', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(canonicalJson(a) === canonicalJson(b)).toBe(equalJson(a, b));
        expect(canonicalJson(JSON.parse(JSON.stringify(a)))).toBe(canonicalJson(a));
      }),
    );
  });
});
