/** Contract of durable stores: a new incarnation voids every cursor and repeats no revision. */
import { expect, it } from 'vitest';
import { INCARNATION_LIFT, proveRevision } from '../incarnation.ts';
import { changesSince, commit, configMaps, create, key, remove, update } from './fixture.ts';
import type { Open } from './open.ts';

export function incarnationContract(open: Open): void {
  it('starts above everything, with the objects as they were and all cursors void', async () => {
    const opened = await open();
    const { store } = opened;
    const a = await commit(store, create(key('a')));
    const b = await commit(store, update(a));
    const before = await store.head();
    const head = await store.newIncarnation({ expected: before.incarnation });
    expect(head).toEqual({
      revision: b.revision + INCARNATION_LIFT,
      compacted: b.revision + INCARNATION_LIFT,
      incarnation: head.incarnation,
    });
    expect(head.incarnation).not.toBe(before.incarnation);
    expect(await store.identity()).toMatchObject({ incarnation: head.incarnation });
    await expect(store.changes({ after: b.revision })).rejects.toMatchObject({ reason: 'compacted' });
    await expect(store.list({ resource: configMaps, atRevision: b.revision })).rejects.toMatchObject({ reason: 'compacted' });
    expect(await store.list({ resource: configMaps })).toMatchObject({ items: [b], revision: head.revision });
    const c = await commit(store, update(b));
    expect(c.revision).toBe(head.revision + 1);
    expect((await changesSince(store, head.revision)).map((change) => change.revision)).toEqual([c.revision]);
    const again = await opened.reopen!();
    expect(await again.head()).toEqual({ ...head, revision: c.revision });
    expect(await again.identity()).toMatchObject({ incarnation: head.incarnation });
  });

  it('is started once, whoever asks', async () => {
    const { store } = await open();
    const { incarnation: expected, revision } = await store.head();
    const heads = await Promise.all([1, 2, 3].map(() => store.newIncarnation({ expected })));
    expect(new Set(heads.map((head) => head.incarnation)).size).toBe(1);
    expect(await store.head()).toMatchObject({ revision: revision + INCARNATION_LIFT });
  });

  it('is started by proof of a revision above the head, and by nothing less', async () => {
    const { store } = await open();
    const a = await commit(store, create(key('a')));
    const head = await store.head();
    const { incarnation } = head;
    for (const proof of [
      { incarnation, revision: a.revision },
      { incarnation: 'another', revision: a.revision + 5 },
      { incarnation, revision: Number.NaN },
      { incarnation, revision: a.revision + 0.5 },
      { incarnation, revision: Number.MAX_SAFE_INTEGER },
      { incarnation, revision: Number.POSITIVE_INFINITY },
    ])
      expect(await proveRevision(store, proof)).toEqual(head);
    const seen = a.revision + 70;
    const after = await proveRevision(store, { incarnation, revision: seen });
    expect(after.revision).toBe(seen + INCARNATION_LIFT);
    expect(await proveRevision(store, { incarnation, revision: seen })).toEqual(after);
  });

  it('clears what the old incarnation left superseded with its next compaction', async () => {
    const { store } = await open();
    const a = await commit(store, create(key('a'), { body: '1' }));
    const a2 = await commit(store, update(a, { body: '2' }));
    await commit(store, remove(await commit(store, create(key('b')))));
    const { incarnation } = await store.head();
    const lifted = await store.newIncarnation({ expected: incarnation });
    const c = await commit(store, create(key('c')));
    expect(await store.compact(c.revision)).toEqual({ ...lifted, revision: c.revision, compacted: c.revision });
    expect((await store.list({ resource: configMaps })).items).toEqual([a2, c]);
  });
}
