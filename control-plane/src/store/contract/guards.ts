/** Contract: each guard fails alone, with an outcome of its own and nothing written; and holds against writes of the same batch. */
import { expect, it } from 'vitest';
import type { Store, WriteOutcome } from '../store.ts';
import { commit, create, type Extra, key, keyOf, namespaceKey, pods, remove, statuses, update } from './fixture.ts';
import type { Open } from './open.ts';

async function expectRefused(store: Store, write: Parameters<Store['write']>[0][number], outcome: WriteOutcome): Promise<void> {
  const before = await store.head();
  const present = await store.get(write.key);
  expect(await store.write([write])).toEqual([outcome]);
  expect(await store.head()).toEqual(before);
  expect(await store.get(write.key)).toEqual(present);
}

export function guardContract(open: Open): void {
  it('creates for an owner only while it exists and is not deleting', async () => {
    const { store } = await open();
    const guards = { ownerUid: 'uid-owner' };
    await expectRefused(store, create(key('child'), { guards }), { status: 'guard', guard: 'ownerUid' });
    const owner = await commit(store, create(key('owner')));
    await commit(store, create(key('child'), { guards }));
    const deleting = await commit(store, update(owner, { deleting: true }));
    await expectRefused(store, create(key('second'), { guards }), { status: 'guard', guard: 'ownerUid' });
    await commit(store, remove(deleting));
    await expectRefused(store, create(key('second'), { guards }), { status: 'guard', guard: 'ownerUid' });
  });

  it('creates in a namespace only while it exists and is not deleting', async () => {
    const { store } = await open();
    const guards = { namespaceAlive: true };
    await expectRefused(store, create(key('a', 'team'), { guards }), { status: 'guard', guard: 'namespaceAlive' });
    const namespace = await commit(store, create(namespaceKey('team')));
    await commit(store, create(key('a', 'team'), { guards }));
    await commit(store, update(namespace, { deleting: true }));
    await expectRefused(store, create(key('b', 'team'), { guards }), { status: 'guard', guard: 'namespaceAlive' });
  });

  it('removes a namespace only when nothing is in it', async () => {
    const { store } = await open();
    const namespace = await commit(store, create(namespaceKey('team')));
    const inside = await commit(store, create(key('a', 'team', pods)));
    await commit(store, create(key('a', 'other')));
    const guards = { namespaceEmpty: 'team' };
    await expectRefused(store, remove(namespace, { guards }), { status: 'guard', guard: 'namespaceEmpty' });
    await commit(store, remove(inside));
    await commit(store, remove(namespace, { guards }));
  });

  it('removes an object only when nothing names it as owner', async () => {
    const { store } = await open();
    const owner = await commit(store, create(key('owner')));
    const child = await commit(store, create(key('child'), { owners: [owner.uid, 'other', owner.uid] }));
    const guards = { noDependents: owner.uid };
    await expectRefused(store, remove(owner, { guards }), { status: 'guard', guard: 'noDependents' });
    const orphaned = await commit(store, update(child, { owners: ['other'] }));
    await expectRefused(store, remove(owner, { guards: { noDependents: 'other' } }), { status: 'guard', guard: 'noDependents' });
    await commit(store, remove(owner, { guards }));
    await commit(store, remove(orphaned, { guards: { noDependents: 'uid-child' } }));
  });

  it('collects an object only when none of its owners exists any more', async () => {
    const { store } = await open();
    const [a, b] = [await commit(store, create(key('a'))), await commit(store, create(key('b')))];
    const child = await commit(store, create(key('child'), { owners: [a.uid, b.uid] }));
    const guards = { ownersGone: [a.uid, b.uid] };
    await commit(store, remove(a));
    await expectRefused(store, remove(child, { guards }), { status: 'guard', guard: 'ownersGone' });
    await commit(store, remove(b));
    await commit(store, remove(child, { guards }));
  });

  it('gives a claimed value to one object at a time', async () => {
    const { store } = await open();
    const claim = { scope: 'clusterIP', value: '10.96.0.7' };
    const first = await commit(store, create(key('first'), { claims: [claim, { scope: 'nodePort', value: '30007' }, claim] }));
    const refused = { status: 'claimed', claim, holderUid: first.uid } as const;
    const free = { scope: 'clusterIP', value: '10.96.0.8' };
    await expectRefused(store, create(key('second'), { claims: [free, claim] }), refused);
    const second = await commit(store, create(key('second'), { claims: [free] }));
    await expectRefused(store, update(second, { claims: [claim] }), refused);
    const kept = await commit(store, update(first, { claims: [claim] }));
    await commit(store, create(key('third'), { claims: [{ scope: 'nodePort', value: '30007' }] }));
    await commit(store, remove(kept));
    await commit(store, update(second, { claims: [claim] }));
    await commit(store, create(key('fourth'), { claims: [free] }));
  });

  it('keeps claims of one value in two scopes apart', async () => {
    const { store } = await open();
    const outcomes = await store.write([
      create(key('a'), { claims: [{ scope: 'one', value: '1' }] }),
      create(key('b'), { claims: [{ scope: 'two', value: '1' }] }),
    ]);
    expect(statuses(outcomes)).toEqual(['ok', 'ok']);
  });

  it('sees the writes before it in the batch', async () => {
    const { store } = await open();
    const claims = [{ scope: 'clusterIP', value: '10.96.0.7' }];
    const namespace = await commit(store, create(namespaceKey('team')));
    const owner = await commit(store, create(key('owner')));
    const outcomes = await store.write([
      create(key('a'), { claims }),
      create(key('b'), { claims }),
      remove({ ...keyOf(key('a')), uid: 'uid-a', revision: 0, body: '{}' }, { anyRevision: true }),
      create(key('c'), { claims }),
      create(key('inside', 'team'), { guards: { namespaceAlive: true } }),
      remove(namespace, { guards: { namespaceEmpty: 'team' } }),
      create(key('child'), { owners: [owner.uid], guards: { ownerUid: owner.uid } }),
      remove(owner, { guards: { noDependents: owner.uid } }),
      update(owner, { deleting: true }),
      create(key('late'), { owners: [owner.uid], guards: { ownerUid: owner.uid } }),
    ]);
    expect(outcomes.map((outcome) => (outcome.status === 'guard' ? outcome.guard : outcome.status))).toEqual([
      'ok',
      'claimed',
      'ok',
      'ok',
      'ok',
      'namespaceEmpty',
      'ok',
      'noDependents',
      'ok',
      'ownerUid',
    ]);
    expect(outcomes[1]).toMatchObject({ holderUid: 'uid-a' });
  });

  it('gives one of many concurrent claimants the value', async () => {
    const { store } = await open();
    const extra: Extra = { claims: [{ scope: 'nodePort', value: '30000' }] };
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, index) => store.write([create(key(`s${index}`), extra)])));
    expect(statuses(outcomes.flat()).toSorted()).toEqual([...Array.from({ length: 19 }, () => 'claimed'), 'ok']);
  });

  it('names the state of the object before a failing guard', async () => {
    const { store } = await open();
    const guards = { ownerUid: 'nobody', namespaceAlive: true };
    const current = await commit(store, create(key('a')));
    expect(
      await store.write([create(key('a'), { guards }), update({ ...current, revision: 0 }, { guards }), update(current, { guards })]),
    ).toEqual([
      { status: 'alreadyExists', current },
      { status: 'conflict', current },
      { status: 'guard', guard: 'ownerUid' },
    ]);
  });
}
