import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import { canonicalJson, generatedName, sameJson, suffixOf } from './naming.ts';

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

describe('JSON values', () => {
  it('are the same exactly when their canonical text is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(sameJson(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
        expect(sameJson(a, JSON.parse(JSON.stringify(a)))).toBe(true);
      }),
    );
  });
});
