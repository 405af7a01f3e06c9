import { expect, test } from 'vitest';
import { scaledAmount } from './amount.ts';

test.each([
  [3, 10, Math.ceil, 3],
  ['25%', 10, Math.ceil, 3],
  ['25%', 10, Math.floor, 2],
  ['100%', 7, Math.floor, 7],
  ['150%', 4, Math.floor, 6],
  ['0%', 4, Math.ceil, 0],
  ['3', 10, Math.ceil, undefined],
  ['-5%', 10, Math.ceil, undefined],
  [undefined, 10, Math.ceil, undefined],
])('%s of %i is %4$s', (amount, total, round, expected) => {
  expect(scaledAmount(amount, total, round)).toBe(expected);
});
