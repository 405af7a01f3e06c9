import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import { type ViewKey, viewDigest } from '#schema/sync/protocol.ts';
import { Broadcast, SentView } from './sent-view.ts';

const key = fc.constantFrom('core/nodes//a', 'core/nodes//b', 'core/services/x/c', 'core/pods/x/d') as fc.Arbitrary<ViewKey>;
const version = fc.constantFrom('1', '2', undefined);
const who = fc.nat(2);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('set' as const), who, key, version }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('change' as const), key, version }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('follow' as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('anew' as const) }) },
);

describe('SentView', () => {
  it('says the same as a map of its own, whatever becomes of what it follows', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let broadcast = new Broadcast();
        const views = [0, 1, 2].map(() => ({ view: new SentView(), has: new Map<ViewKey, string>() }));
        for (const s of steps) {
          const one = views['who' in s ? s.who : 0]!;
          if (s.kind === 'change') broadcast.change(s.key, s.version);
          else if (s.kind === 'anew') broadcast = new Broadcast();
          else if (s.kind === 'follow') one.view.follow(broadcast);
          else if (s.kind === 'clear') {
            one.view.clear();
            one.has.clear();
          } else {
            one.view.set(s.key, s.version);
            if (s.version === undefined) one.has.delete(s.key);
            else one.has.set(s.key, s.version);
          }
          for (const { view, has } of views) {
            expect([...view.keys()].sort()).toEqual([...has.keys()].sort());
            for (const known of has.keys()) expect(view.version(known)).toBe(has.get(known));
            expect(view.digest).toBe(viewDigest(has));
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keeps what all have in common once', () => {
    const broadcast = new Broadcast();
    const keys = Array.from({ length: 1000 }, (_, i): ViewKey => `core/nodes//n${i}`);
    for (const one of keys) broadcast.change(one, '1');
    const views = keys.slice(0, 20).map((own) => {
      const view = new SentView();
      for (const one of keys) view.set(one, one === own ? '7' : '1');
      view.follow(broadcast);
      return view;
    });
    expect(views.map((view) => view.ownSize)).toEqual(views.map(() => 1));
    broadcast.change(keys[500]!, '2');
    expect(views.map((view) => view.ownSize)).toEqual(views.map(() => 2));
    for (const view of views) view.set(keys[500]!, '2');
    expect(views.map((view) => view.ownSize)).toEqual(views.map(() => 1));
    // who was dropped is not told any more
    views[0]!.close();
    views[0]!.follow(broadcast);
    broadcast.change(keys[501]!, '2');
    expect(views.slice(0, 2).map((view) => view.ownSize)).toEqual([0, 2]);
  });
});
