/** Contract: the control loop's row. */
import { expect, it } from 'vitest';
import { commit, create, key, remove, statuses, update } from './fixture.ts';
import type { Open } from './open.ts';

export function fencingContract(open: Open): void {
  it('fences writes of an earlier epoch, and lets those without epoch pass', async () => {
    const { store } = await open();
    const first = await store.acquireEpoch();
    const a = await commit(store, create(key('a')));
    expect(statuses(await store.write([create(key('b'))], { epoch: first }))).toEqual(['ok']);
    const second = await store.acquireEpoch();
    expect(second).toBeGreaterThan(first);
    const fenced = { status: 'fenced', epoch: second };
    expect(await store.write([create(key('c')), create(key('a')), update(a), remove(a)], { epoch: first })).toEqual([
      fenced,
      fenced,
      fenced,
      fenced,
    ]);
    expect(statuses(await store.write([create(key('c')), update(a)], { epoch: second }))).toEqual(['ok', 'ok']);
    expect(statuses(await store.write([create(key('d'))]))).toEqual(['ok']);
  });

  it('joins concurrent writers of different epochs without mixing them up', async () => {
    const { store } = await open();
    const old = await store.acquireEpoch();
    const epoch = await store.acquireEpoch();
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) => store.write([create(key(`n${index}`))], { epoch: index % 2 === 0 ? old : epoch })),
    );
    expect(statuses(outcomes.flat())).toEqual(Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? 'fenced' : 'ok')));
  });

  it('saves the loop state for the holder of the epoch alone', async () => {
    const { store } = await open();
    expect(await store.loopState()).toEqual({ epoch: 0, processed: 0, head: await store.head() });
    const old = await store.acquireEpoch();
    expect(await store.saveLoopState({ epoch: old, processed: 7, nextDueMs: 1_700_000_000_123 })).toBe(true);
    expect(await store.loopState()).toMatchObject({ epoch: old, processed: 7, nextDueMs: 1_700_000_000_123 });
    const epoch = await store.acquireEpoch();
    expect(await store.saveLoopState({ epoch: old, processed: 99 })).toBe(false);
    expect(await store.loopState()).toMatchObject({ epoch, processed: 7, nextDueMs: 1_700_000_000_123 });
    expect(await store.saveLoopState({ epoch, processed: 8 })).toBe(true);
    expect(await store.loopState()).toEqual({ epoch, processed: 8, head: await store.head() });
  });

  it('moves no revision for the loop', async () => {
    const { store } = await open();
    const before = await store.head();
    await store.saveLoopState({ epoch: await store.acquireEpoch(), processed: 1 });
    expect(await store.head()).toEqual(before);
  });

  it('has one identity, which the head carries', async () => {
    const { store } = await open();
    const identity = await store.identity();
    expect(identity.clusterUid).not.toBe('');
    expect((await store.head()).incarnation).toBe(identity.incarnation);
  });
}
