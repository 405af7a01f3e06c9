import { expect, test } from 'vitest';
import type { StoredChange } from '../store/store.ts';
import { ChangeRing } from './change-ring.ts';

const change = (revision: number, characters: number): StoredChange => ({
  ...{ resource: 'core/pods', namespace: 'd', name: 'o', uid: 'u', revision },
  type: 'MODIFIED',
  body: 'b'.repeat(characters),
  previousBody: 'p'.repeat(characters),
});

test('a change that left the ring is not held', () => {
  const ring = new ChangeRing();
  const perChange = 2 * 40_000 + 200;
  const room = Math.floor((8 * 1024 * 1024) / perChange);
  for (let revision = 1; revision <= 1_000; revision++) ring.add([change(revision, 40_000)]);
  expect([ring.held, ring.covers(1_000 - room), ring.covers(1_000 - room - 1)]).toEqual([room, true, false]);
  expect(ring.after(1_000 - room, 2, 1e9).map((held) => held.revision)).toEqual([1_000 - room + 1, 1_000 - room + 2]);
  ring.trim(100_000);
  expect([ring.held, ring.covers(999), ring.covers(998), ring.after(999, 9, 1e9).map((held) => held.revision)]).toEqual([
    1,
    true,
    false,
    [1_000],
  ]);
  ring.add([change(1_001, 10)]);
  expect(ring.after(999, 9, 1e9).map((held) => held.revision)).toEqual([1_000, 1_001]);
});
