import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import { type Figures, type Ledger, ledgerAt, noFigures, sum, used } from './figures.ts';
import { nearlyUsed, reportOf, warningText } from './report.ts';

const at = (text: string): number => Date.parse(text);
const noon = at('2026-01-31T12:00:00Z');
const ledger = (today: Partial<Figures>, month: Partial<Figures> = today): Ledger => ({
  day: '2026-01-31',
  today: { ...noFigures, ...today },
  month: { ...noFigures, ...month },
});
const use = (name: string, from: Ledger, nowMs = noon) => reportOf(from, 'free', nowMs).find((one) => one.name === name)!;

describe('a ledger', () => {
  it('begins a day at nothing, and a month', () => {
    const first = used(undefined, noon, { workerRequests: 3 });
    const next = used(first, at('2026-02-01T00:00:01Z'), { workerRequests: 2 });
    expect([first.today.workerRequests, first.month.workerRequests]).toEqual([3, 3]);
    expect(next).toEqual({ day: '2026-02-01', today: { ...noFigures, workerRequests: 2 }, month: { ...noFigures, workerRequests: 2 } });
  });

  it('keeps the month over midnight', () => {
    const next = used(ledger({ rowsRead: 5 }), at('2026-01-31T23:59:59Z'), {});
    expect(ledgerAt({ ...next, day: '2026-01-30' }, noon)).toEqual({ day: '2026-01-31', today: noFigures, month: next.month });
  });

  it('loses nothing when the clock goes back', () => {
    expect(used(ledger({ rowsRead: 5 }), at('2026-01-30T23:59:59Z'), { rowsRead: 1 }).today.rowsRead).toBe(6);
  });

  it('counts a sleeping object of yesterday for the month alone', () => {
    const yesterday = { ...ledger({ awakeMs: 10 }), day: '2026-01-30' };
    expect(sum([yesterday, ledger({ awakeMs: 5 }), undefined], noon)).toMatchObject({ today: { awakeMs: 5 }, month: { awakeMs: 15 } });
  });

  it('has at most what was counted, in whatever order days come', () => {
    const step = fc.tuple(fc.integer({ min: 0, max: 90 }), fc.nat(1000));
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        let kept: Ledger | undefined;
        for (const [day, requests] of steps) kept = used(kept, noon + day * 86_400_000, { workerRequests: requests });
        const total = steps.reduce((all, [, requests]) => all + requests, 0);
        expect(kept?.today.workerRequests ?? 0).toBeLessThanOrEqual(kept?.month.workerRequests ?? 0);
        expect(kept?.month.workerRequests ?? 0).toBeLessThanOrEqual(total);
      }),
    );
  });
});

describe('the report', () => {
  it('says when a day that goes on like this will be empty', () => {
    expect(use('Worker requests', ledger({ workerRequests: 60_000 }))).toEqual({
      ...{ name: 'Worker requests', unit: 'requests', window: 'day', used: 60_000, limit: 100_000, emptyAt: '2026-01-31T20:00:00.000Z' },
    });
  });

  it('says nothing of the end when it lasts, and nothing in the first half hour', () => {
    expect(use('Worker requests', ledger({ workerRequests: 50_000 }))).not.toHaveProperty('emptyAt');
    expect(use('Worker requests', ledger({ workerRequests: 5_000 }), at('2026-01-31T00:10:00Z'))).not.toHaveProperty('emptyAt');
  });

  it('is empty now when the limit is reached', () => {
    expect(use('object requests', ledger({ objectRequests: 100_000 })).emptyAt).toBe('2026-01-31T12:00:00.000Z');
  });

  it('takes an object that is always awake for 11,059 GB-s a day', () => {
    expect(use('object duration', ledger({ awakeMs: 86_400_000 })).used).toBe(11_059);
  });

  it('judges the database by the month', () => {
    expect(use('database rows written', ledger({}, { rowsWritten: 9_900_000 }))).toMatchObject({ window: 'month', used: 9_900_000 });
  });
});

describe('a warning', () => {
  const uses = reportOf(ledger({ workerRequests: 80_000, objectRequests: 79_999 }), 'free', noon);

  it('is due from 80 percent on', () => {
    expect(nearlyUsed(uses).map(({ name }) => name)).toEqual(['Worker requests']);
  });

  it('says how much, and until when', () => {
    expect(warningText(uses[0]!)).toBe(
      '80 % of the Worker requests that the plan allows a day are used (80000 of 100000 requests); at this pace none are left at 2026-01-31T15:00Z.',
    );
    expect(warningText({ ...uses[0]!, used: 100_000 })).toContain('may be refused until the day ends (UTC). Running pods keep running.');
  });
});
