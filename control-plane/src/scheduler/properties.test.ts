/** What must hold of every decision, over random clusters to which random things happen. */
import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import { decisionsHold, nothingIsOvercommitted, nothingSeen, roomIsMadeRightly } from './testing/properties.ts';
import { anyLuck, anySteps } from './testing/worlds.ts';

describe('decisions', () => {
  it('bind no pod to a node that refuses it, refuse only what fits nowhere, and are those of a scheduler that starts anew', () => {
    const seen = nothingSeen();
    fc.assert(
      fc.property(anySteps(), (rounds) => decisionsHold(rounds, seen)),
      { numRuns: 250 },
    );
    expect(Math.min(seen.bound, seen.refused)).toBeGreaterThan(30);
  });

  it('make room only by ending pods of lower priority, where room is then', () => {
    const seen = nothingSeen();
    fc.assert(
      fc.property(anySteps([0, 0, 5, 10]), (rounds) => roomIsMadeRightly(rounds, seen)),
      { numRuns: 25 },
    );
    expect(seen.evicted).toBeGreaterThan(2);
  });

  it('never over-commit a node or break a hard constraint, with preemption, slow victims, nodes that leave and writes that are lost', () => {
    const seen = nothingSeen();
    fc.assert(
      fc.property(anySteps([0, 0, 5, 10]), anyLuck, (rounds, luck) => nothingIsOvercommitted(rounds, luck, seen)),
      { numRuns: 120 },
    );
    expect(Math.min(seen.bound, seen.refused, seen.evicted)).toBeGreaterThan(20);
  });
});
