import { expect, it } from 'vitest';
import { createCommitTurn, MOST_MS } from './commit-turn.ts';

const setUp = () => {
  const due: (() => void)[] = [];
  const timers = new Set<() => void>();
  const waits: number[] = [];
  const ran: string[] = [];
  const turn = createCommitTurn({
    soon: (run) => void due.push(run),
    after: (run, ms) => {
      waits.push(ms);
      timers.add(run);
      return () => timers.delete(run);
    },
  });
  const join = (name: string): void => turn.joinCommits(() => void ran.push(name));
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

it('commits in the next turn', () => {
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

it('waits for no round longer than its time, and commits once', () => {
  const { turn, join, nextTurn, timePasses, waits } = setUp();
  const end = turn.beginRound();
  join('a');
  expect(nextTurn()).toEqual([]);
  expect(timePasses()).toEqual(['a']);
  end();
  expect(nextTurn()).toEqual([]);
  expect(waits).toEqual([MOST_MS]);
});
