import { expect, it } from 'vitest';
import { create, key, ok } from './contract/fixture.ts';
import { groupCommit } from './group-commit.ts';
import type { WriteOutcome } from './store.ts';
import type { PendingWrite } from './write-sql.ts';

const named = (name: string): PendingWrite => ({ write: create(key(name)), writeId: name, epoch: undefined, atMs: 0 });

/** Commits end when they are told to; turns come when they are told to. */
const setUp = () => {
  const begun: string[][] = [];
  const end: (() => void)[] = [];
  const due: (() => void)[] = [];
  let revision = 0;
  const write = groupCommit(
    async (batch) => {
      begun.push(batch.map(({ writeId }) => writeId));
      await new Promise<void>((resolve) => end.push(resolve));
      return batch.map(
        ({ write: { key, uid, body } }): WriteOutcome => ({ status: 'ok', object: { ...key, uid, body, revision: ++revision } }),
      );
    },
    (run) => void due.push(run),
  );
  return {
    begun,
    end: () => end.shift()!(),
    turn: () => due.shift()!(),
    due,
    write: async (name: string) => ok((await write([named(name)]))[0]),
  };
};

it('lets what came while a commit ran wait for its turn, as the first did', async () => {
  const { begun, end, turn, due, write } = setUp();
  const [a, b] = [write('a'), write('b')];
  expect(begun).toEqual([]);
  turn();
  expect(begun).toEqual([['a', 'b']]);
  const [c, d] = [write('c'), write('d')];
  expect(due).toEqual([]);
  end();
  expect(await Promise.all([a, b])).toMatchObject([
    { name: 'a', revision: 1 },
    { name: 'b', revision: 2 },
  ]);
  const e = write('e');
  expect(begun).toHaveLength(1);
  turn();
  expect(begun[1]).toEqual(['c', 'd', 'e']);
  end();
  expect(await Promise.all([c, d, e])).toMatchObject([{ revision: 3 }, { revision: 4 }, { revision: 5 }]);
  expect(due).toEqual([]);
  void write('f');
  turn();
  expect(begun[2]).toEqual(['f']);
});
