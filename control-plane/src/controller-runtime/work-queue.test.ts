import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import { DueHeap } from './due-heap.ts';
import { MAX_DELAY_MS, WorkQueue } from './work-queue.ts';

describe('the due heap', () => {
  it('gives the earliest first, equals in order of insertion', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 })), (times) => {
        const heap = new DueHeap();
        times.forEach((atMs, i) => {
          heap.push(String(i), atMs);
        });
        const taken: { key: string; atMs: number }[] = [];
        for (let next = heap.pop(); next; next = heap.pop()) taken.push({ key: next.key, atMs: next.atMs });
        const expected = times
          .map((atMs, i) => ({ key: String(i), atMs }))
          .sort((a, b) => a.atMs - b.atMs || Number(a.key) - Number(b.key));
        expect(taken).toEqual(expected);
      }),
    );
  });
});

describe('the work queue', () => {
  it('holds a key once and gives keys in order of arrival', () => {
    const queue = new WorkQueue();
    for (const key of ['b', 'a', 'b']) queue.add(key);
    expect(queue.take(0, 10)).toEqual(['b', 'a']);
    expect(queue.take(0, 10)).toEqual([]);
  });

  it('keeps the earlier due time', () => {
    const queue = new WorkQueue();
    queue.addAt('a', 100);
    queue.addAt('a', 200);
    expect(queue.nextDueMs).toBe(100);
    queue.addAt('a', 50);
    expect(queue.nextDueMs).toBe(50);
    expect(queue.take(49, 10)).toEqual([]);
    expect(queue.take(50, 10)).toEqual(['a']);
    expect(queue.nextDueMs).toBeUndefined();
  });

  it('doubles the wait with each failure, up to its limit, and starts anew after a success', () => {
    const queue = new WorkQueue();
    expect([1, 2, 3].map(() => queue.retry('a', 0))).toEqual([5, 10, 20]);
    for (let i = 0; i < 30; i++) queue.retry('a', 0);
    expect(queue.retry('a', 0)).toBe(MAX_DELAY_MS);
    queue.forget('a');
    expect(queue.retry('a', 0)).toBe(5);
  });

  it('lets an event wake a key that waits for a retry, but not one that is set aside', () => {
    const queue = new WorkQueue();
    queue.retry('waits', 0);
    queue.setAside('aside', 0);
    queue.add('waits');
    queue.add('aside');
    expect(queue.take(0, 10)).toEqual(['waits']);
    expect(queue.take(5, 10)).toEqual(['aside']);
    queue.add('aside');
    expect(queue.take(5, 10)).toEqual(['aside']);
  });

  it('repeats at once after the first lost race only', () => {
    const queue = new WorkQueue();
    queue.again('a', 0);
    expect(queue.take(0, 10)).toEqual(['a']);
    queue.again('a', 0);
    expect(queue.take(0, 10)).toEqual([]);
    expect(queue.take(10, 10)).toEqual(['a']);
  });
});
