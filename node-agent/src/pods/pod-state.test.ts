import { expect, it } from 'vitest';
import { PodState } from './pod-state.ts';

it('tells a failure once, when it becomes another, and again after two minutes, since events pass away', () => {
  const state = new PodState(0);
  expect(state.isNews('volumes', 'a', 0)).toBe(true);
  expect(state.isNews('volumes', 'a', 60_000)).toBe(false);
  expect(state.isNews('app', 'a', 60_000)).toBe(true);
  expect(state.isNews('volumes', 'b', 61_000)).toBe(true);
  expect(state.isNews('volumes', 'b', 182_000)).toBe(false);
  expect(state.isNews('volumes', 'b', 183_000)).toBe(true);
});
