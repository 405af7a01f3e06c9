import { expect, it } from 'vitest';
import { createObservation } from './liveness.ts';

it('evidence begins anew when the wall clock is set, or runs on while the process stands still', () => {
  const time = { wall: 1_000_000, steady: 50 };
  const pass = (ms: number) => {
    time.wall += ms;
    time.steady += ms;
  };
  const since = createObservation(
    () => time.wall,
    () => time.steady,
  );
  pass(60_000);
  expect(since()).toBe(1_000_000);
  for (let i = 0; i < 100; i++) {
    pass(20_000);
    // a clock that is led slowly to the right time
    time.wall += 10;
    expect(since()).toBe(1_000_000);
  }
  time.wall += 120_000;
  expect(since()).toBe(time.wall);
  const set = time.wall;
  pass(60_000);
  expect(since()).toBe(set);
  time.wall -= 3_600_000;
  expect(since()).toBe(time.wall);
});

it('without a second clock the first is believed', () => {
  let now = 5;
  const since = createObservation(() => now, undefined);
  now = 1_000_000;
  expect(since()).toBe(5);
});
