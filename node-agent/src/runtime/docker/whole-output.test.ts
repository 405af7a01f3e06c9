import { expect, it } from 'vitest';
import { type OutputChunk, wholeOutput } from './whole-output.ts';

const CHUNK = 64 * 1024;
const lookMs = 1;

/** Chunks without end or so many; `asked` counts. */
const setUp = (count: number, runs: () => Promise<boolean>) => {
  const seen = { asked: 0 };
  async function* source(): AsyncGenerator<OutputChunk, void> {
    for (; seen.asked < count; ) {
      seen.asked++;
      yield { stream: 'stdout', data: new Uint8Array(CHUNK).fill(seen.asked) };
    }
  }
  return { seen, output: wholeOutput(source(), { runs, lookMs }) };
};

it('holds up a command that runs, however often the engine is asked', async () => {
  let asked = 0;
  const { seen, output } = setUp(100, async () => ++asked > 0);
  await output.next();
  await expect.poll(() => asked).toBeGreaterThan(3);
  expect(seen.asked).toBe(1);
  await output.return();
});

it.each([
  ['says that it ended', async () => false],
  ['does not answer', () => new Promise<boolean>(() => undefined)],
  ['does not know it', () => Promise.reject(new Error('no such exec'))],
])('takes in what is left of a command of which the engine %s, and gives all of it to its reader', async (_, runs) => {
  const { seen, output } = setUp(20, runs);
  await output.next();
  await expect.poll(() => seen.asked).toBe(20);
  const rest: number[] = [];
  for await (const { data } of output) rest.push(data[0]!);
  expect(rest).toEqual(Array.from({ length: 19 }, (_, i) => i + 2));
});

it('takes in no more than an engine holds', async () => {
  const { seen, output } = setUp(1_000, async () => false);
  await output.next();
  await expect.poll(() => seen.asked).toBe(65);
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(seen.asked).toBe(65);
  let count = 1;
  for await (const _ of output) count++;
  expect(count).toBe(1_000);
});

it('passes the failure of its source on', async () => {
  async function* broken(): AsyncGenerator<OutputChunk, void> {
    yield { stream: 'stdout', data: new Uint8Array(1) };
    throw new Error('the stream broke');
  }
  const output = wholeOutput(broken(), { runs: async () => true, lookMs });
  await output.next();
  await expect(output.next()).rejects.toThrow('the stream broke');
});
