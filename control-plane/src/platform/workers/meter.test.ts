import { expect, it, vi } from 'vitest';
import { freeLimits, LimitError, Meter, metered, meteredStub, presentMeter } from './meter.ts';

it('throws with the first call beyond a limit, and says so in the log', () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const meter = new Meter('fetch', freeLimits);
  for (let i = 0; i < 50; i++) meter.count('external');
  expect(() => meter.count('external')).toThrow('limit crossed: fetch makes more than 50 requests to the outside');
  expect(log).toHaveBeenCalledTimes(1);
  meter.renew();
  for (let i = 0; i < 1_000; i++) meter.count('internal');
  expect(() => meter.count('internal')).toThrow(LimitError);
  log.mockRestore();
});

it('counts connections while they are open', () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const meter = new Meter('fetch', freeLimits);
  const open = Array.from({ length: 6 }, () => meter.connect());
  expect(() => meter.connect()).toThrow('more than 6 connections open at once');
  open[0]!();
  open[0]!();
  meter.connect();
  expect(() => meter.connect()).toThrow(LimitError);
  expect([meter.open, meter.peak]).toEqual([6, 7]);
  log.mockRestore();
});

it('lets requests to the outside wait for each other, in their order', async () => {
  const meter = new Meter('fetch', freeLimits);
  const ended: number[] = [];
  const request = async (n: number): Promise<void> => {
    const end = await meter.turn();
    await Promise.resolve();
    ended.push(n);
    end();
  };
  await Promise.all(Array.from({ length: 20 }, (_, n) => request(n)));
  expect(ended).toEqual(Array.from({ length: 20 }, (_, n) => n));
  expect([meter.peak, meter.open, meter.external]).toEqual([6, 0, 20]);
});

it('counts without limits where none are set', () => {
  const meter = new Meter('fetch', undefined);
  for (let i = 0; i < 2_000; i++) meter.count('external');
  expect(String(meter)).toBe('external=2000, internal=0, open=0');
});

it('charges each call to the invocation it comes from', async () => {
  const stub = meteredStub({ name: 'hub', notify: async (n: number) => n + 1, fetch: async () => new Response('') });
  const [a, b] = [new Meter('a', undefined), new Meter('b', undefined)];
  const later = async (): Promise<void> => {
    await Promise.resolve();
    await stub.notify(1);
  };
  await Promise.all([metered(a, later), metered(b, later), metered(b, () => stub.fetch())]);
  expect([a.internal, b.internal, b.open, b.peak]).toEqual([1, 2, 0, 1]);
  expect([stub.name, await stub.notify(1), presentMeter()]).toEqual(['hub', 2, undefined]);
});
