/** Waiters against a plain model: each has a cursor of its own and is asked at every change. */

import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import type { StoredChange } from '../store/store.ts';
import { type Form, Waiter, Waiters } from './waiters.ts';

const kinds = ['core/pods', 'core/services', 'batch/jobs'];
const change = (revision: number, resource: string): StoredChange => ({
  ...{ resource, namespace: 'd', name: `o${revision}`, uid: `u${revision}`, revision, body: '{}', type: 'ADDED' },
});

const waiterOf = (form: Form, cursor = 0, nowMs = 0): Waiter => new Waiter(form, cursor, nowMs, () => undefined);

/** For followers of pods. */
const setUp = () => {
  const waiters = new Waiters();
  return { waiters, form: waiters.formOf({ resources: ['core/pods'] }) };
};

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('open' as const), kind: fc.constantFrom(...kinds) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('change' as const), kind: fc.constantFrom(...kinds) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('close' as const), pick: fc.nat(100) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wake' as const) }) },
);

interface Modelled {
  readonly waiter: Waiter;
  readonly kind: string;
  cursor: number;
  due: boolean;
}

describe('Waiters', () => {
  it('makes due whom a change is for, in order, with everything seen that was not', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const waiters = new Waiters();
        let open: Modelled[] = [];
        let last = 0;
        for (const one of steps) {
          if (one.do === 'open') {
            const waiter = waiterOf(waiters.formOf({ resources: [one.kind] }), last);
            waiters.add(waiter, false);
            open.push({ waiter, kind: one.kind, cursor: last, due: false });
          } else if (one.do === 'change') {
            last++;
            waiters.spread([change(last, one.kind)], last, 0);
            for (const each of open) {
              if (each.due) continue;
              if (each.kind === one.kind) each.due = true;
              else each.cursor = last;
            }
          } else if (one.do === 'close' && open.length > 0) {
            const [closed] = open.splice(one.pick % open.length, 1);
            waiters.remove(closed!.waiter);
            waiters.remove(closed!.waiter);
          } else if (one.do === 'wake') {
            const round = waiters.takeRound();
            expect(round.size).toBe(open.filter(({ due }) => due).length);
            const woken: Waiter[] = [];
            for (let waiter = round.take(); waiter; waiter = round.take()) woken.push(waiter);
            const expected = open.filter(({ due }) => due);
            expect(new Set(woken)).toEqual(new Set(expected.map(({ waiter }) => waiter)));
            for (const { waiter, cursor } of expected) expect(waiter.cursor).toBe(cursor);
            open = open.filter(({ due }) => !due);
          }
          expect(waiters.size).toBe(open.length);
          expect(waiters.anyDue).toBe(open.some(({ due }) => due));
        }
      }),
    );
  });

  it('keeps the order in which followers of a filter came', () => {
    const { waiters, form } = setUp();
    const three = [1, 2, 3].map(() => waiterOf(form));
    for (const waiter of three) waiters.add(waiter, false);
    waiters.spread([change(1, 'core/pods')], 1, 0);
    const round = waiters.takeRound();
    waiters.remove(three[1]!);
    expect([round.take(), round.take(), round.take()]).toEqual([three[0], three[2], undefined]);
  });

  it('makes due who heard nothing for long, and nobody who came later', () => {
    const { waiters, form } = setUp();
    const [early, late] = [waiterOf(form), waiterOf(form, 1, 6_000)];
    waiters.add(early, false);
    waiters.spread([change(1, 'core/services')], 1, 1_000);
    expect(waiters.anyDue).toBe(false);
    waiters.add(late, false);
    waiters.spread([change(2, 'core/services')], 2, 7_000);
    const round = waiters.takeRound();
    expect([round.take(), round.take(), early.cursor]).toEqual([early, undefined, 1]);
    expect(waiters.size).toBe(1);
  });

  it('does not raise a follower to what another sequence had passed', () => {
    const { waiters, form } = setUp();
    const [old, next] = [waiterOf(form), waiterOf(form, 3)];
    waiters.add(old, false);
    waiters.spread([change(900, 'core/services')], 900, 0);
    waiters.makeAllDue();
    expect(waiters.takeRound().take()).toBe(old);
    waiters.add(next, false);
    waiters.spread([change(4, 'core/pods')], 4, 0);
    expect(waiters.takeRound().take()?.cursor).toBe(3);
  });
});
