import { expect, it } from 'vitest';
import { createCommitTurn } from './commit-turn.ts';

const setUp = () => {
  const due: (() => void)[] = [];
  const ran: string[] = [];
  const turn = createCommitTurn((run) => void due.push(run));
  const join = (name: string): void => turn.joinCommits(() => void ran.push(name));
  const nextTurn = (): string[] => {
    for (const run of due.splice(0)) run();
    return ran.splice(0);
  };
  return { turn, join, nextTurn };
};

it('commits in the next turn', () => {
  const { join, nextTurn } = setUp();
  join('a');
  expect(nextTurn()).toEqual(['a']);
  expect(nextTurn()).toEqual([]);
});

it('waits for the end of every round', () => {
  const { turn, join, nextTurn } = setUp();
  const [first, second] = [turn.beginRound(), turn.beginRound()];
  join('a');
  first();
  first();
  join('b');
  expect(nextTurn()).toEqual([]);
  second();
  expect(nextTurn()).toEqual(['a', 'b']);
  join('c');
  expect(nextTurn()).toEqual(['c']);
});
