import { expect, test } from 'vitest';
import { readAhead } from './read-ahead.ts';

/** Pages 0, 1, 2 ... `last`, with an error in place of page `broken`. */
const source = (last: number, broken = -1) => {
  const seen = { read: 0, ended: 0 };
  async function* pages(): AsyncGenerator<number, void> {
    try {
      for (let page = 0; page <= last; page++) {
        seen.read++;
        if (page === broken) throw new Error(`page ${page} is broken`);
        yield page;
      }
    } finally {
      seen.ended++;
    }
  }
  return { seen, ahead: readAhead(pages()) };
};

test('all pages come, in order, with one more read than taken', async () => {
  const { seen, ahead } = source(3);
  const taken: [number, number][] = [];
  for await (const page of ahead) {
    await Promise.resolve();
    taken.push([page, seen.read]);
  }
  expect(taken).toEqual([
    [0, 2],
    [1, 3],
    [2, 4],
    [3, 4],
  ]);
  expect(seen.ended).toBe(1);
});

test('an error comes after what was read before it', async () => {
  const { seen, ahead } = source(3, 1);
  expect(await ahead.next()).toEqual({ value: 0, done: false });
  await expect(ahead.next()).rejects.toThrow('page 1 is broken');
  expect(await ahead.next()).toEqual({ value: undefined, done: true });
  expect(seen).toEqual({ read: 2, ended: 1 });
});

test('who goes early ends the source, also one that is broken by then', async () => {
  for (const broken of [-1, 1]) {
    const { seen, ahead } = source(3, broken);
    await ahead.next();
    await ahead.return();
    expect(seen).toEqual({ read: 2, ended: 1 });
  }
});

test('a source of nothing is read once', async () => {
  const { seen, ahead } = source(-1);
  expect(await ahead.next()).toEqual({ value: undefined, done: true });
  expect(seen).toEqual({ read: 0, ended: 1 });
});
