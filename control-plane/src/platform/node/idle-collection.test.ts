import { expect, it } from 'vitest';
import { createIdleCollection } from './idle-collection.ts';

const MB = 1024 * 1024;

/** A process whose collections leave `live` bytes; each step is the processor time since the last look, and the heap now. */
const collections = (live: number, steps: readonly (readonly [cpuMs: number, heap: number])[]): number[] => {
  let cpuMs = 0;
  let heapBytes = 40 * MB;
  const collected: number[] = [];
  const look = createIdleCollection({
    usage: () => ({ cpuMs, heapBytes }),
    collect: () => {
      collected.push(heapBytes / MB);
      heapBytes = live;
      cpuMs += 200;
    },
  });
  for (const [used, heap] of steps) {
    cpuMs += used;
    heapBytes = heap;
    look();
  }
  return collected;
};

it('collects in the first idle second after the heap has grown, not before and not again', () => {
  const grown = 120 * MB;
  expect(
    collections(60 * MB, [
      [900, grown],
      [400, grown],
      [10, grown],
      [10, 60 * MB],
      [10, 62 * MB],
    ]),
  ).toEqual([120]);
});

it('leaves a heap alone that hardly grew, and one that is used', () => {
  expect(
    collections(40 * MB, [
      [10, 50 * MB],
      [500, 300 * MB],
      [60, 300 * MB],
    ]),
  ).toEqual([]);
});

it('measures growth from the least there was: V8 collects, too', () => {
  expect(
    collections(30 * MB, [
      [10, 30 * MB],
      [500, 90 * MB],
      [10, 45 * MB],
    ]),
  ).toEqual([45]);
});

it('collects the little that a short busy time has left, after two idle seconds and once', () => {
  expect(
    collections(40 * MB, [
      [120, 46 * MB],
      [10, 46 * MB],
      [10, 46.5 * MB],
      [10, 45 * MB],
      [10, 45 * MB],
    ]),
  ).toEqual([46.5]);
});

it('leaves the little alone that work without a rest of two seconds has left', () => {
  expect(
    collections(40 * MB, [
      [120, 46 * MB],
      [10, 46 * MB],
      [120, 47 * MB],
      [10, 47 * MB],
    ]),
  ).toEqual([]);
});
