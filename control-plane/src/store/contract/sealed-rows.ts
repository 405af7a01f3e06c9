/** Contract of durable stores: what they say of the keys that sealed their rows, without opening any. */
import { expect, it } from 'vitest';
import { commit, create, key, remove, update } from './fixture.ts';
import type { Open } from './open.ts';

const secrets = 'core/secrets';
const at = (name: string, namespace = 'default') => key(name, namespace, secrets);

export function sealedRowsContract(open: Open): void {
  it('counts living objects and kept versions by key, in the log and beyond it', async () => {
    const { store } = await open();
    const a = await commit(store, create(at('a'), { body: 'kdgs1.k1.aa' }));
    const b = await commit(store, create(at('b', 'other'), { body: 'kdgs1.k1.bb' }));
    await commit(store, create(key('plain'), { body: '{"a":"kdgs1.k1.aa"}' }));
    const a2 = await commit(store, update(a, { body: 'kdgs1.k2.aa' }));
    await commit(store, update(a2, { body: 'kdgs1.k-3_x.aa' }));
    const expected = [
      { keyId: 'k-3_x', objects: 1, versions: 0 },
      { keyId: 'k1', objects: 1, versions: 1 },
      { keyId: 'k2', objects: 0, versions: 1 },
    ];
    expect(await store.sealedRows!.uses([secrets])).toEqual(expected);
    await store.compact((await store.head()).revision);
    expect(await store.sealedRows!.uses([secrets])).toEqual(expected);
    await commit(store, remove({ ...b, body: '{}' }));
    await store.history!.purge({ resource: secrets });
    expect(await store.sealedRows!.uses([secrets])).toEqual([{ keyId: 'k-3_x', objects: 1, versions: 0 }]);
    expect(await store.sealedRows!.uses([])).toEqual([]);
  });

  it('lists what another key sealed, in pages', async () => {
    const { store } = await open();
    const made = [];
    for (const name of ['a', 'b', 'c', 'd']) {
      const body = `kdgs1.${name === 'c' ? 'k2' : 'k1'}.${(name === 'a' ? 'x' : 'y').repeat(name === 'd' ? 900_000 : 600_000)}`;
      made.push(await commit(store, create(at(name), { body })));
    }
    const stale = (after?: string, limit = 10) =>
      store.sealedRows!.stale({
        resource: secrets,
        keyId: 'k2',
        limit,
        ...(after ? { after: { namespace: 'default', name: after } } : {}),
      });
    // 1 MiB of bodies ends a page
    expect(await stale()).toEqual([made[0], made[1]]);
    expect((await stale(undefined, 1)).map(({ name }) => name)).toEqual(['a']);
    expect((await stale('b')).map(({ name }) => name)).toEqual(['d']);
    expect(await stale('d')).toEqual([]);
  });

  it('remembers the key that everything was found sealed with', async () => {
    const { store } = await open();
    expect(await store.sealedRows!.settled()).toBeUndefined();
    for (const id of ['k1', 'k2', 'k2']) await store.sealedRows!.settle(id);
    expect(await store.sealedRows!.settled()).toBe('k2');
    expect((await store.history!.retention()).keepDeletedSealed).toBe(false);
  });
}
