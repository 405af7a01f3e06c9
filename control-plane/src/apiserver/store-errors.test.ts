import { expect, it } from 'vitest';
import { StoreError, type StoreErrorReason } from '../store/store.ts';
import { ApiError, toStatus } from './errors.ts';
import { fromThrown } from './store-errors.ts';

const statuses: readonly (readonly [StoreErrorReason, number, string])[] = [
  ['unavailable', 503, 'the store is not available at the moment'],
  ['locked', 503, 'the store is not available at the moment'],
  ['full', 503, "the control plane's disk is full"],
  ['quota', 500, 'the database refuses further writes: its quota is used up'],
  ['corrupt', 500, 'the database cannot be used'],
];

it.each(statuses)('says what a store that is %s means', (reason, code, words) => {
  const error = fromThrown(new StoreError(reason, 'a word of the database'));
  const { code: told, message } = toStatus(error!);
  expect(told).toBe(code);
  expect(message).toContain(words);
  expect(message).not.toContain('a word of the database');
});

it('knows nothing of what is no error of the store', () => {
  const refused = new ApiError('Conflict', 'x');
  expect(fromThrown(refused)).toBe(refused);
  expect(fromThrown(new TypeError('x'))).toBeUndefined();
});
