/** Contract of stores behind a network: a lost request or reply is neither a false conflict nor a double. */
import { expect, it } from 'vitest';
import { changesSince, commit, create, key, ok, remove, statuses, update } from './fixture.ts';
import type { Open } from './open.ts';

export function networkContract(open: Open): void {
  for (const loss of ['dropNext', 'loseNext'] as const) {
    it(`answers rightly when ${loss === 'dropNext' ? 'the reply is lost after the commit' : 'the request is lost'}`, async () => {
      const { store, network } = await open();
      network![loss](1);
      const created = await commit(store, create(key('a')));
      network![loss](2);
      const updated = await commit(store, update(created));
      network![loss](1);
      const deleted = await commit(store, remove(updated, { anyRevision: true }));
      expect(deleted.revision).toBe(created.revision + 2);
      const changes = await changesSince(store, created.revision - 1);
      expect(changes.map((change) => change.type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
    });

    it(`keeps every outcome of a batch apart after ${loss}`, async () => {
      const { store, network } = await open();
      const a = await commit(store, create(key('a')));
      network![loss](1);
      const writes = [create(key('a')), create(key('b')), update(a), update(a), create(key('c'), { guards: { ownerUid: 'nobody' } })];
      const outcomes = await store.write(writes);
      expect(statuses(outcomes)).toEqual(['alreadyExists', 'ok', 'ok', 'conflict', 'guard']);
      expect((await store.head()).revision).toBe(a.revision + 2);
      expect(ok(outcomes[1]).revision).toBe(a.revision + 1);
    });
  }

  it('reads again after a lost request', async () => {
    const { store, network } = await open();
    const a = await commit(store, create(key('a')));
    network!.loseNext(1);
    expect(await store.get(key('a'))).toEqual(a);
  });

  it('says unavailable when nothing gets through, and works again afterwards', async () => {
    const { store, network } = await open();
    network!.loseNext(4);
    await expect(store.write([create(key('a'))])).rejects.toMatchObject({ name: 'StoreError', reason: 'unavailable' });
    network!.loseNext(2);
    await expect(store.get(key('a'))).rejects.toMatchObject({ name: 'StoreError', reason: 'unavailable' });
    await commit(store, create(key('a')));
  });
}
