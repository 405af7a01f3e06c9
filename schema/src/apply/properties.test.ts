/** Laws that hold for any objects: of sets, of comparison, of applies in any order. */

import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import { compare, isSame } from './compare.ts';
import { fieldSetOf } from './extract.ts';
import { difference, equalSets, type FieldSet, intersection, isEmpty, membersOf, setOfPaths, sorted, union } from './field-set.ts';
import { Fixture } from './fixture.ts';
import { mergeApplied } from './merge.ts';
import { wholeObject } from './open-api-schema.ts';

const text = { type: 'string' };
const type = wholeObject({
  type: 'object',
  properties: {
    a: text,
    b: text,
    map: { type: 'object', additionalProperties: text },
    set: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
    atomic: { type: 'array', items: text },
    list: {
      type: 'array',
      items: { type: 'object', properties: { name: text, value: text, more: { type: 'object', additionalProperties: text } } },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    },
  },
});

const word = fc.constantFrom('x', 'y', 'z');
const dictionary = fc.dictionary(word, word, { minKeys: 1 });
const unique = fc.uniqueArray(word, { minLength: 1 });
const item = fc.record({ name: word, value: word, more: dictionary }, { requiredKeys: ['name'] });
const items = fc.uniqueArray(item, { minLength: 1, selector: (i) => i.name });
const object = fc.record({ a: word, b: word, map: dictionary, set: unique, atomic: unique, list: items }, { requiredKeys: [] });
const setArb: fc.Arbitrary<FieldSet> = object.map((o) => fieldSetOf(type, o));

describe('sets', () => {
  it('obey the laws of sets', () => {
    fc.assert(
      fc.property(setArb, setArb, (a, b) => {
        expect(equalSets(sorted(union(a, b)), sorted(union(b, a)))).toBe(true);
        expect(equalSets(sorted(union(difference(a, b), intersection(a, b))), sorted(a))).toBe(true);
        expect(isEmpty(intersection(difference(a, b), b))).toBe(true);
        expect(equalSets(sorted(setOfPaths(membersOf(a))), sorted(a))).toBe(true);
      }),
    );
  });
});

describe('objects', () => {
  it('differ from themselves in nothing, and from nothing in all they hold', () => {
    fc.assert(
      fc.property(object, (o) => {
        expect(isSame(compare(type, o, structuredClone(o)))).toBe(true);
        expect(isEmpty(difference(fieldSetOf(type, o), compare(type, {}, o).added))).toBe(true);
      }),
    );
  });

  it('merge to what was applied and the rest of what was there', () => {
    fc.assert(
      fc.property(object, object, (live, applied) => {
        const merged = mergeApplied(type, live, applied);
        expect(mergeApplied(type, merged, applied)).toEqual(merged);
        expect(isEmpty(difference(union(fieldSetOf(type, live), fieldSetOf(type, applied)), fieldSetOf(type, merged)))).toBe(true);
      }),
    );
  });
});

describe('applies', () => {
  it('of one manager leave exactly its last configuration, whatever it applied before', () => {
    fc.assert(
      fc.property(fc.array(object, { maxLength: 4 }), object, (before, last) => {
        const f = new Fixture(type);
        for (const config of before) f.apply('a', config);
        f.apply('a', last);
        expect(isSame(compare(type, f.live, last))).toBe(true);
        expect(f.ownedBy('a') ?? {}).toEqual(sorted(fieldSetOf(type, last)));
      }),
    );
  });

  it('of two managers converge: a second round changes nothing but who wins', () => {
    fc.assert(
      fc.property(object, object, (a, b) => {
        const f = new Fixture(type).apply('a', a, { force: true }).apply('b', b, { force: true });
        const { live, entries } = f;
        f.apply('b', b, { force: true });
        expect([f.live, f.entries]).toEqual([live, entries]);
        f.apply('a', a, { force: true }).apply('b', b, { force: true });
        expect(isSame(compare(type, f.live, live))).toBe(true);
      }),
    );
  });

  it('without force never change what another manager owns', () => {
    fc.assert(
      fc.property(object, object, (a, b) => {
        const f = new Fixture(type).apply('a', a);
        try {
          f.apply('b', b);
        } catch {
          // refused: nothing may have changed
        }
        expect(isEmpty(intersection(fieldSetOf(type, a), compare(type, f.live, mergeApplied(type, f.live, a)).modified))).toBe(true);
      }),
    );
  });
});
