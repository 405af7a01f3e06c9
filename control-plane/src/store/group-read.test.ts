import { expect, it } from 'vitest';
import { DriverError, type Rows, type Statement } from './driver.ts';
import { groupRead } from './group-read.ts';
import { StoreError } from './store.ts';

const named = (...names: string[]): Statement[] => names.map((sql) => ({ sql, args: [] }));

/** Answers each statement with its text, `bad` is refused, and `away` loses the connection. Turns come when they are told to. */
const setUp = () => {
  const batches: string[][] = [];
  const due: (() => void)[] = [];
  const batch = async (statements: readonly Statement[]): Promise<Rows[]> => {
    const texts = statements.map(({ sql }) => sql);
    batches.push(texts);
    for (const [text, kind] of [
      ['bad', 'refused'],
      ['away', 'lost'],
    ] as const)
      if (texts.includes(text)) throw new StoreError('unavailable', text, { cause: new DriverError(kind, text) });
    return texts.map((text) => [{ text }]);
  };
  const read = groupRead(batch, (run) => void due.push(run));
  const texts = async (...names: string[]) => (await read(named(...names))).map(([row]) => row!.text);
  return { batches, turn: () => due.shift()!(), due, texts };
};

it('reads what comes in one turn at once, and gives each its own', async () => {
  const { batches, turn, due, texts } = setUp();
  const asked = [texts('a'), texts('b', 'c'), texts('d')];
  expect(due).toHaveLength(1);
  turn();
  expect(await Promise.all(asked)).toEqual([['a'], ['b', 'c'], ['d']]);
  const later = texts('e');
  turn();
  expect(await later).toEqual(['e']);
  expect(batches).toEqual([['a', 'b', 'c', 'd'], ['e']]);
});

it('reads no more than a reply may hold at once', async () => {
  const { batches, turn, texts } = setUp();
  const many = ['1', '2', '3', '4', '5', '6', '7', '8', '9'];
  const asked = [texts('a', 'b', 'c'), texts(...many.slice(0, 5)), texts('d'), texts(...many), texts('e')];
  turn();
  expect(await Promise.all(asked)).toEqual([['a', 'b', 'c'], many.slice(0, 5), ['d'], many, ['e']]);
  expect(batches.map(({ length }) => length)).toEqual([8, 1, 9, 1]);
});

it('fails only those whose own statement is refused', async () => {
  const { turn, texts } = setUp();
  const asked = [texts('a'), texts('bad'), texts('b')];
  turn();
  expect(await Promise.allSettled(asked)).toMatchObject([{ value: ['a'] }, { status: 'rejected' }, { value: ['b'] }]);
});

it('tells all when the database is away, and asks no more for that', async () => {
  const { batches, turn, texts } = setUp();
  const asked = [texts('a'), texts('away')];
  turn();
  expect(await Promise.allSettled(asked)).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
  expect(batches).toHaveLength(1);
});
