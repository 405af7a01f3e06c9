/** Contract of durable stores: all is there again after reopening. */
import { expect, it } from 'vitest';
import { changesSince, commit, configMaps, create, key, remove, statuses, update } from './fixture.ts';
import type { Open } from './open.ts';

export function durabilityContract(open: Open): void {
  it('is the same store after closing and opening it again', async () => {
    const opened = await open();
    const { store } = opened;
    const { revision: start } = await store.head();
    const claims = [{ scope: 'nodePort', value: '30001' }];
    const a = await commit(store, create(key('a'), { claims }));
    const b = await commit(store, create(key('b'), { owners: [a.uid] }));
    await commit(store, remove(await commit(store, update(b))));
    const c = await commit(store, create(key('c'), { owners: [a.uid] }));
    const epoch = await store.acquireEpoch();
    await store.saveLoopState({ epoch, processed: c.revision, nextDueMs: 5 });
    const [identity, loop, changes] = [await store.identity(), await store.loopState(), await changesSince(store, start)];

    const again = await opened.reopen!();
    expect(await again.identity()).toEqual(identity);
    expect(await again.loopState()).toEqual(loop);
    expect(await changesSince(again, start)).toEqual(changes);
    expect((await again.list({ resource: configMaps })).items).toEqual([a, c]);
    const outcomes = await again.write([create(key('d'), { claims }), remove(a, { guards: { noDependents: a.uid } }), create(key('e'))]);
    expect(statuses(outcomes)).toEqual(['claimed', 'guard', 'ok']);
    expect((await again.head()).revision).toBe(c.revision + 1);
  });

  it('does not give a revision twice, also when the newest changes are compacted away', async () => {
    const opened = await open();
    const a = await commit(opened.store, create(key('a')));
    const gone = await commit(opened.store, remove(a));
    await opened.store.compact(gone.revision);
    const again = await opened.reopen!();
    expect(await again.head()).toMatchObject({ revision: gone.revision, compacted: gone.revision });
    expect((await commit(again, create(key('b')))).revision).toBe(gone.revision + 1);
  });
}
