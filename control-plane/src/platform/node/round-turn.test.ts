import { expect, it } from 'vitest';
import { createRoundTurn } from './round-turn.ts';

const setUp = () => {
  const due: (() => void)[] = [];
  const timers = new Set<() => void>();
  const waits: number[] = [];
  const ran: string[] = [];
  const turn = createRoundTurn({
    soon: (run) => void due.push(run),
    after: (run, ms) => {
      waits.push(ms);
      timers.add(run);
      return () => timers.delete(run);
    },
  });
  const join = (name: string, mostMs = 8): void => turn.join(() => void ran.push(name), mostMs);
  const nextTurn = (): string[] => {
    for (const run of due.splice(0)) run();
    return ran.splice(0);
  };
  const timePasses = (): string[] => {
    for (const run of timers) run();
    timers.clear();
    return ran.splice(0);
  };
  return { turn, join, nextTurn, timePasses, waits };
};

it('runs in the next turn', () => {
  const { join, nextTurn, waits } = setUp();
  join('a');
  expect(nextTurn()).toEqual(['a']);
  expect(nextTurn()).toEqual([]);
  expect(waits).toEqual([]);
});

it('waits for the end of every round', () => {
  const { turn, join, nextTurn, timePasses } = setUp();
  const [first, second] = [turn.beginRound(), turn.beginRound()];
  join('a');
  first();
  first();
  join('b');
  expect(nextTurn()).toEqual([]);
  second();
  expect(nextTurn()).toEqual(['a', 'b']);
  expect(timePasses()).toEqual([]);
  join('c');
  expect(nextTurn()).toEqual(['c']);
});

it('waits for no round longer than its time, and runs once', () => {
  const { turn, join, nextTurn, timePasses, waits } = setUp();
  const end = turn.beginRound();
  join('a');
  expect(nextTurn()).toEqual([]);
  expect(timePasses()).toEqual(['a']);
  end();
  expect(nextTurn()).toEqual([]);
  join('b', 50);
  expect(waits).toEqual([8]);
  expect(nextTurn()).toEqual(['b']);
  turn.beginRound();
  join('c', 50);
  expect(waits).toEqual([8, 50]);
});
