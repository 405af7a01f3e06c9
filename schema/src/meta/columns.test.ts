import { describe, expect, it } from 'vitest';
import { ageSince, shownCell } from './columns.ts';

describe('cells of ages', () => {
  it('of nothing are unknown', () => {
    expect(ageSince(undefined)).toBe('<unknown>');
    expect(ageSince('yesterday')).toBe('<unknown>');
  });

  it('follow the clock, with what stands around them', () => {
    const cell = ageSince('1970-01-01T00:00:00Z');
    expect(shownCell(cell, 5_000)).toBe('5s');
    expect(shownCell(cell, 600_000)).toBe('10m');
    expect(shownCell({ sinceMs: 1_000, before: '3 (', after: ' ago)' }, 61_000)).toBe('3 (60s ago)');
  });

  it('all others are shown as they are', () => {
    for (const cell of ['x', 0, false, null]) expect(shownCell(cell, 5_000)).toBe(cell);
  });
});
