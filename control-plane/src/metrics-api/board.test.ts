import { expect, it } from 'vitest';
import type { MetricsMessage } from '#schema/sync/protocol.ts';
import { createMetricsBoard } from './board.ts';

const usage = { cpuNanoseconds: 1, cpuNanoCores: 1, memoryBytes: 1 };
const sample = (time: string): MetricsMessage => ({ type: 'metrics', time, windowMs: 1_000, node: usage, pods: [] });

const world = () => {
  let nowMs = 0;
  let tooLate: () => void = () => {};
  const asked: number[] = [];
  const board = createMetricsBoard({
    clock: { now: () => nowMs },
    wait: () =>
      new Promise((resolve) => {
        tooLate = resolve;
      }),
  });
  const read = (...nodes: string[]) =>
    board.read((forMs) => {
      asked.push(forMs);
      return nodes;
    });
  return {
    board,
    read,
    asked,
    advance: (ms: number) => {
      nowMs += ms;
    },
    expire: () => tooLate(),
  };
};

it('waits for the nodes that have nothing fresh, and asks again at each read', async () => {
  const { board, read, asked } = world();
  const reading = read('b', 'a');
  board.put('a', sample('1'));
  board.put('b', sample('2'));
  expect((await reading).map(({ node, sample: { time } }) => [node, time])).toEqual([
    ['a', '1'],
    ['b', '2'],
  ]);
  expect((await read('a')).map(({ node }) => node)).toEqual(['a']);
  expect(asked).toEqual([45_000, 45_000]);
});

it('answers without a node that is silent, and forgets what is old', async () => {
  const { board, read, advance, expire } = world();
  board.put('a', sample('1'));
  const reading = read('a', 'silent');
  expire();
  expect((await reading).map(({ node }) => node)).toEqual(['a']);
  advance(60_000);
  const later = read('a');
  expire();
  expect(await later).toEqual([]);
});

it('shows only nodes that are connected', async () => {
  const { board, read } = world();
  board.put('gone', sample('1'));
  expect(await read()).toEqual([]);
});
