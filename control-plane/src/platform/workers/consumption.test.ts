import { beforeEach, expect, it } from 'vitest';
import type { Figures, Ledger } from '../../allowance/figures.ts';
import { Consumption, consumed, workerRequest } from './consumption.ts';

let nowMs: number;
const clock = { now: () => nowMs };
const storage = () => {
  const kept = new Map<string, unknown>();
  let puts = 0;
  return {
    kept,
    puts: () => puts,
    get: async (key: string) => kept.get(key),
    put: async (key: string, value: unknown) => {
      puts++;
      kept.set(key, value);
    },
  };
};
const objectOn = (on: ReturnType<typeof storage>) => new Consumption(on as unknown as DurableObjectStorage, clock);
const today = async (object: Consumption) => (await object.ledger()).today;

beforeEach(async () => {
  nowMs = Date.parse('2026-01-31T12:00:00Z');
  // what other tests of this isolate left
  await objectOn(storage()).ledger();
});

it('counts events, the time an object may be billed for, and its own rows', async () => {
  const object = objectOn(storage());
  for (const [name, afterMs] of [
    ['poke', 0],
    ['alarm', 4_000],
    ['webSocketMessage', 60_000],
  ] as const) {
    nowMs += afterMs;
    object.event(name);
  }
  expect(await today(object)).toMatchObject({ objectRequests: 2.05, awakeMs: 10_000 + 4_000 + 10_000 });
});

it('writes one row at most each ten seconds', async () => {
  const on = storage();
  const object = objectOn(on);
  for (let i = 0; i < 100; i++) {
    nowMs += 250;
    object.event('poke');
  }
  await object.ledger();
  // at 0.25, 10.25 and 20.25 s, and the look
  expect(on.puts()).toBe(4);
});

it('goes on from what it wrote, after a sleep', async () => {
  const on = storage();
  const first = objectOn(on);
  first.event('poke');
  await first.ledger();
  const again = objectOn(on);
  again.event('poke');
  expect((await today(again)).objectRequests).toBe(2);
  expect((on.kept.get('consumption') as Ledger).day).toBe('2026-01-31');
});

it('takes along what the rest of the isolate used', async () => {
  consumed({ rowsRead: 7, rowsWritten: 3 });
  const object = objectOn(storage());
  object.event('poke');
  expect(await today(object)).toMatchObject({ rowsRead: 7, rowsWritten: 3 });
});

it('a Worker hands over once in 250 requests or half an hour, and keeps what nobody took', async () => {
  const given: Figures[] = [];
  const take = async (figures: Figures) => void given.push(figures);
  for (let i = 0; i < 499; i++) workerRequest(nowMs, take);
  expect(given.map(({ workerRequests }) => workerRequests)).toEqual([250]);
  workerRequest(nowMs, () => Promise.reject(new Error('away')));
  await Promise.resolve();
  nowMs += 30 * 60_000;
  workerRequest(nowMs, take);
  expect(given.at(-1)!.workerRequests).toBe(251);
});
