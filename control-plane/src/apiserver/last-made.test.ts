import { expect, test } from 'vitest';
import { LastMade } from './last-made.ts';

test('what was made of the last few objects is theirs, and of others it is made anew', () => {
  const made: object[] = [];
  const last = new LastMade<object, { readonly of: object }>(3);
  const make = (of: object) => {
    made.push(of);
    return { of };
  };
  const keys = Array.from({ length: 4 }, () => ({}));
  const first = keys.map((key) => last.of(key, make));
  // the newest, then any of those that are kept, in any order
  for (const at of [3, 1, 2, 3, 2, 1]) expect(last.of(keys[at]!, make)).toBe(first[at]);
  expect(made).toEqual(keys);
  const again = last.of(keys[0]!, make);
  expect(again).not.toBe(first[0]);
  expect(again.of).toBe(keys[0]);
  // it took the place of the oldest
  expect(last.of(keys[2]!, make)).toBe(first[2]);
  expect(last.of(keys[1]!, make)).not.toBe(first[1]);
});

test('what could not be made is not kept', () => {
  const last = new LastMade<object, number>(2);
  const key = {};
  expect(() =>
    last.of(key, () => {
      throw new Error('no');
    }),
  ).toThrow('no');
  expect(last.of(key, () => 1)).toBe(1);
});
