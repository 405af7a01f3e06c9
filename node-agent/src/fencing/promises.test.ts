import { describe, expect, it } from 'vitest';
import {
  disown,
  expire,
  forget,
  type Moment,
  mayRun,
  nextDueMs,
  noPromises,
  overdue,
  type Promises,
  promise,
  renew,
  takeOver,
} from './promises.ts';

const at = (seconds: number, wallAhead = 0): Moment => ({ steadyMs: seconds * 1000, wallMs: (1_000_000 + seconds + wallAhead) * 1000 });
const times = { afterMs: 60_000, graceMs: 30_000 };
const promised = (): Promises => renew(promise(noPromises('b1'), 'p', times, at(100)), at(101), at(102));

describe('a promise', () => {
  it('lets a pod run once a heartbeat after it was answered, and for its time from when that was sent', () => {
    const before = promise(renew(noPromises('b1'), at(99), at(99)), 'p', times, at(100));
    expect(mayRun(before, 'p', at(100))).toBe(false);
    expect(mayRun(renew(before, at(99.5), at(101)), 'p', at(101))).toBe(false);
    expect(mayRun(promised(), 'p', at(160.9))).toBe(true);
    expect(mayRun(promised(), 'p', at(161))).toBe(false);
    expect(nextDueMs(promised(), at(131))).toBe(30_000);
  });

  it('is kept for ever: an answer that comes too late renews nothing of the pod', () => {
    const late = renew(promised(), at(160), at(200));
    expect(late.pods.p?.fenced).toMatchObject({ atMs: 200_000, killAtMs: 200_000, endedAtMs: 200_000 });
    expect(expire(renew(late, at(201), at(202)), at(203)).pods.p?.fenced).toEqual(late.pods.p?.fenced);
    expect(nextDueMs(late, at(300))).toBeUndefined();
  });

  it('gives what is left of the grace, none when it is found late', () => {
    expect(expire(promised(), at(161)).pods.p?.fenced).toMatchObject({ atMs: 161_000, killAtMs: 191_000 });
    expect(expire(promised(), at(180)).pods.p?.fenced).toMatchObject({ killAtMs: 191_000 });
    expect(expire(promised(), at(500)).pods.p?.fenced).toMatchObject({ killAtMs: 500_000 });
  });

  it('counts the longer of two clocks, so a clock that stood still fences too early, never too late', () => {
    expect(expire(promised(), at(110, 60)).pods.p?.fenced).toBeDefined();
    expect(expire(promised(), at(150, -3600)).pods.p?.fenced).toBeUndefined();
    expect(expire(promised(), at(162, -3600)).pods.p?.fenced).toBeDefined();
  });

  it('outlives the process, and ends with the boot', () => {
    expect(takeOver(promised(), 'b1', at(150))).toEqual(promised());
    expect(takeOver(promised(), 'b1', at(170)).pods.p?.fenced).toMatchObject({ killAtMs: 191_000 });
    expect(takeOver(promised(), 'b2', at(5)).pods.p?.fenced).toMatchObject({ killAtMs: 5_000, endedAtMs: 5_000 });
    expect(takeOver(promised(), '', at(150)).pods.p?.fenced).toBeDefined();
    expect(takeOver(undefined, 'b1', at(5))).toEqual(noPromises('b1'));
  });

  it('of somebody else never runs here, and is over when theirs must be', () => {
    const other = disown(renew(noPromises('b1'), at(99), at(100)), 'p', times, at(100));
    expect(mayRun(other, 'p', at(101))).toBe(false);
    expect(other.pods.p?.fenced?.endedAtMs).toBeGreaterThan(100_000 + 90_000);
  });

  it('is forgotten with its pod', () => {
    expect(forget(promised(), 'p').pods).toEqual({});
    expect(expire(noPromises('b1'), at(1_000_000))).toEqual(noPromises('b1'));
  });
});

describe('the watchdog', () => {
  it('asks where the agent is dead, and uses force where the time is over', () => {
    const state = promised();
    expect(overdue(state, at(160), false)).toEqual({ ask: [], kill: [] });
    expect(overdue(state, at(161), false)).toEqual({ ask: ['p'], kill: [] });
    expect(overdue(state, at(161), true)).toEqual({ ask: [], kill: [] });
    expect(overdue(state, at(192), true)).toEqual({ ask: [], kill: [] });
    expect(overdue(state, at(193), true)).toEqual({ ask: [], kill: ['p'] });
  });

  it('goes on about a fenced pod when the control plane is reached again', () => {
    const fenced = renew(renew(promised(), at(101), at(161)), at(162), at(163));
    expect(overdue(fenced, at(192), true)).toEqual({ ask: [], kill: [] });
    expect(overdue(fenced, at(194), true)).toEqual({ ask: [], kill: ['p'] });
  });
});
