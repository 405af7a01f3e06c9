import { expect, it } from 'vitest';
import { type ConditionLike, getCondition, isConditionTrue, removeCondition, setCondition } from './conditions.ts';

const NOW = 1_700_000_000_000;
const now = '2023-11-14T22:13:20Z';
const ready: ConditionLike = { type: 'Ready', status: 'True', lastTransitionTime: '2020-01-01T00:00:00Z' };

it('a new condition gets the present time', () => {
  expect(setCondition([ready], { type: 'Available', status: 'False' }, NOW)).toEqual([
    ready,
    { type: 'Available', status: 'False', lastTransitionTime: now },
  ]);
});

it('the time stays while the status stays', () => {
  expect(setCondition([ready], { type: 'Ready', status: 'True', reason: 'Fine' }, NOW)).toEqual([{ ...ready, reason: 'Fine' }]);
  expect(setCondition([ready], { type: 'Ready', status: 'False' }, NOW)).toEqual([
    { type: 'Ready', status: 'False', lastTransitionTime: now },
  ]);
});

it('no change gives the same list', () => {
  const list = [ready];
  expect(setCondition(list, { type: 'Ready', status: 'True' }, NOW)).toBe(list);
  expect(removeCondition(list, 'Other')).toBe(list);
  expect(removeCondition(list, 'Ready')).toEqual([]);
});

it('is found by type', () => {
  expect(getCondition([ready], 'Ready')).toBe(ready);
  expect(isConditionTrue([ready], 'Ready')).toBe(true);
  expect(isConditionTrue(undefined, 'Ready')).toBe(false);
});
