import { expect, it } from 'vitest';
import { createHealth, type Observation } from './health.ts';

const first = (seen: readonly Observation[]): string | undefined => {
  const judge = createHealth();
  for (const observation of seen) {
    const why = judge(observation);
    if (why) return `${observation.nowMs}: ${why}`;
  }
  return undefined;
};
const each = (count: number, observation: (nowMs: number) => Omit<Observation, 'nowMs'>): Observation[] =>
  Array.from({ length: count }, (_, i) => ({ nowMs: i * 1_000, ...observation(i * 1_000) }));

it('leaves a Worker alone that answers, whatever its processes look like', () => {
  expect(first(each(100, () => ({ answered: true, processes: 0 })))).toBeUndefined();
});

it('gives wrangler time to start workerd again', () => {
  expect(first(each(100, (nowMs) => ({ answered: nowMs % 15_000 === 0, processes: 2 })))).toBeUndefined();
  expect(first(each(100, (nowMs) => ({ answered: nowMs % 6_000 === 0, processes: nowMs % 3_000 === 0 ? 1 : 2 })))).toBeUndefined();
});

it('does not wait for a workerd that wrangler has given up', () => {
  expect(first(each(100, (nowMs) => ({ answered: nowMs < 5_000, processes: 1 })))).toBe('8000: it did not start workerd again');
});

it('does not wait for ever for an answer', () => {
  expect(first(each(100, (nowMs) => ({ answered: nowMs < 5_000, processes: 2 })))).toBe('65000: the Worker gives no answer');
  expect(first(each(100, (nowMs) => ({ answered: nowMs < 5_000, processes: undefined })))).toBe('65000: the Worker gives no answer');
});
