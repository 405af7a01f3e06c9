import { describe, expect, it } from 'vitest';
import { parseSchedule } from './schedule.ts';

const at = (text: string): number => Date.parse(text);

describe('schedules', () => {
  it.each([
    ['5/10 * * * *', '2026-01-01T00:06:00Z', '2026-01-01T00:15:00Z'],
    ['0 9 * * mon-fri', '2026-01-02T10:00:00Z', '2026-01-05T09:00:00Z'],
    ['0 0 ? * *', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'],
    ['@every 1h30m', '2026-01-01T00:00:00.700Z', '2026-01-01T01:30:00Z'],
  ])('%s', (expression, from, expected) => {
    expect(parseSchedule(expression, undefined).next(at(from))).toBe(at(expected));
  });

  it('at a distance tell the latest run and whether too many were missed', () => {
    const { latest } = parseSchedule('@every 1m', undefined);
    const from = at('2026-01-01T00:00:00Z');
    expect(latest(from, from + 59_000)).toBeUndefined();
    expect(latest(from, from + 150_000)).toEqual({ atMs: from + 120_000, tooMany: false });
    expect(latest(from, from + 101 * 60_000)).toEqual({ atMs: from + 101 * 60_000, tooMany: true });
  });
});
