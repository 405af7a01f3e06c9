import { describe, expect, it } from 'vitest';
import { formatAge, parseTime, toMicroTime, toRfc3339 } from './time.ts';

const S = 1000;
const M = 60 * S;
const H = 60 * M;
const D = 24 * H;

describe('ages', () => {
  it.each([
    [-5 * S, '<invalid>'],
    [-500, '0s'],
    [0, '0s'],
    [119 * S, '119s'],
    [2 * M, '2m'],
    [9 * M + 59 * S, '9m59s'],
    [10 * M + 5 * S, '10m'],
    [179 * M, '179m'],
    [3 * H, '3h'],
    [7 * H + 59 * M, '7h59m'],
    [47 * H, '47h'],
    [2 * D, '2d'],
    [7 * D + 23 * H, '7d23h'],
    [8 * D, '8d'],
    [729 * D, '729d'],
    [730 * D, '2y'],
    [800 * D, '2y70d'],
    [8 * 365 * D, '8y'],
  ])('%d ms is %s', (ms, expected) => {
    expect(formatAge(ms)).toBe(expected);
  });
});

describe('timestamps', () => {
  it('are written without rounding up', () => {
    expect(toRfc3339(1_700_000_000_999)).toBe('2023-11-14T22:13:20Z');
    expect(toMicroTime(1_700_000_000_123.456)).toMatch(/^2023-11-14T22:13:20\.12345[56]Z$/);
  });

  it('are read with any offset', () => {
    expect(parseTime('2023-11-14T23:13:20+01:00')).toBe(1_700_000_000_000);
    expect(parseTime('2023-11-14T22:13:20.123456Z')).toBe(1_700_000_000_123);
    expect(parseTime('14 November 2023')).toBeNaN();
  });
});
