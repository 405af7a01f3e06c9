/** Contract: outcomes of single writes and of writes that share a batch. */
import { expect, it } from 'vitest';
import { changesSince, commit, configMaps, create, key, ok, pods, remove, statuses, update } from './fixture.ts';
import type { Open } from './open.ts';

export function writeContract(open: Open): void {
  it('creates, updates and deletes, each with a revision of its own', async () => {
    const { store } = await open();
    const { revision: start } = await store.head();
    const created = await commit(store, create(key('a'), { body: '{"v":1}' }));
    expect(created).toEqual({ ...key('a'), uid: 'uid-a', revision: start + 1, body: '{"v":1}' });
    expect(await store.get(key('a'))).toEqual(created);
    const updated = await commit(store, update(created, { body: '{"v":2,"text":"é 😀 \\u0000"}' }));
    expect(updated).toMatchObject({ revision: start + 2, body: '{"v":2,"text":"é 😀 \\u0000"}' });
    expect(await store.get(key('a'))).toEqual(updated);
    expect(await commit(store, remove(updated))).toEqual({ ...updated, revision: start + 3 });
    expect(await store.get(key('a'))).toBeUndefined();
    expect((await store.head()).revision).toBe(start + 3);
  });

  it('never starts at revision 0, which clients take for "any"', async () => {
    const { store } = await open();
    expect((await store.list({ resource: pods })).revision).toBeGreaterThan(0);
  });

  it('refuses to create over an existing name, and shows who has it', async () => {
    const { store } = await open();
    const current = await commit(store, create(key('a')));
    expect(await store.write([create(key('a'), { uid: 'another' })])).toEqual([{ status: 'alreadyExists', current }]);
  });

  it('tells absence from another revision and another uid', async () => {
    const { store } = await open();
    const first = await commit(store, create(key('a')));
    const current = await commit(store, update(first));
    const outcomes = await store.write([
      update({ ...first, name: 'gone' }),
      remove({ ...first, name: 'gone' }),
      update(first),
      remove(first),
      update({ ...current, uid: 'another' }),
      remove({ ...current, uid: 'another' }, { anyRevision: true }),
    ]);
    expect(statuses(outcomes)).toEqual(['notFound', 'notFound', 'conflict', 'conflict', 'conflict', 'conflict']);
    expect(outcomes[2]).toEqual({ status: 'conflict', current });
    expect(await store.get(key('a'))).toEqual(current);
    expect((await store.head()).revision).toBe(current.revision);
  });

  it('deletes at any revision when none is stated', async () => {
    const { store } = await open();
    const first = await commit(store, create(key('a')));
    await commit(store, update(first));
    await commit(store, remove(first, { anyRevision: true }));
    expect(await store.get(key('a'))).toBeUndefined();
  });

  it('gives a deleted name to a new object', async () => {
    const { store } = await open();
    const old = await commit(store, create(key('a')));
    await commit(store, remove(old));
    const fresh = await commit(store, create(key('a'), { uid: 'second' }));
    expect(statuses(await store.write([update(old), remove(old, { anyRevision: true })]))).toEqual(['conflict', 'conflict']);
    expect(await store.get(key('a'))).toEqual(fresh);
  });

  it('keeps what shares a name apart by resource and namespace', async () => {
    const { store } = await open();
    const places = [key('a'), key('a', 'other'), key('a', 'default', pods), key('a', '')];
    for (const place of places) await commit(store, create(place, { uid: JSON.stringify(place) }));
    const objects = await store.getMany([...places, key('b')]);
    expect(objects.map((object) => object?.uid)).toEqual([...places.map((place) => JSON.stringify(place)), undefined]);
  });

  it('answers every write of a batch by itself, and lets later ones see earlier ones', async () => {
    const { store } = await open();
    const a = await commit(store, create(key('a')));
    const outcomes = await store.write([
      create(key('b')),
      create(key('a')),
      update(a),
      update({ ...a, name: 'gone' }),
      create(key('c')),
      create(key('c'), { uid: 'second' }),
      update(a),
      remove(a, { anyRevision: true }),
      create(key('a'), { uid: 'new' }),
    ]);
    expect(statuses(outcomes)).toEqual(['ok', 'alreadyExists', 'ok', 'notFound', 'ok', 'alreadyExists', 'conflict', 'ok', 'ok']);
    expect(outcomes[5]).toMatchObject({ current: { uid: 'uid-c' } });
    const revisions = outcomes.flatMap((outcome) => (outcome.status === 'ok' ? [outcome.object.revision] : []));
    expect(revisions).toEqual([1, 2, 3, 4, 5].map((step) => a.revision + step));
  });

  it('takes more than one batch of writes in a call, large ones too', async () => {
    const { store } = await open();
    const writes = Array.from({ length: 230 }, (_, index) =>
      create(key(`n${index}`), index % 60 === 0 ? { body: 'x'.repeat(700_000) } : {}),
    );
    const outcomes = await store.write(writes);
    expect(new Set(statuses(outcomes))).toEqual(new Set(['ok']));
    expect(outcomes.map((outcome) => ok(outcome).name)).toEqual(writes.map((write) => write.key.name));
    expect(await store.write([])).toEqual([]);
  });

  it('reports a write the database refuses, and commits those around it', async () => {
    const { store } = await open();
    const start = await store.head();
    const writes = Array.from({ length: 21 }, (_, index) => create(key(`n${index}`)));
    writes[13] = create(key('poison'), { uid: '' });
    writes[20] = create(key('n0'), { uid: 'late' });
    const outcomes = await store.write(writes);
    expect(statuses(outcomes)).toEqual(writes.map((_, index) => (index === 13 ? 'rejected' : index === 20 ? 'alreadyExists' : 'ok')));
    expect(await store.get(key('poison'))).toBeUndefined();
    const changes = await changesSince(store, start.revision);
    expect(changes.map((change) => change.revision)).toEqual(changes.map((_, index) => start.revision + 1 + index));
    expect(changes).toHaveLength(19);
  });

  it('rejects a body above its bound alone', async () => {
    const { store } = await open();
    const outcomes = await store.write([create(key('a')), create(key('huge'), { body: 'x'.repeat(4_194_305) }), create(key('b'))]);
    expect(statuses(outcomes)).toEqual(['ok', 'rejected', 'ok']);
  });

  it('lets one of 50 concurrent writers win, and tells 49 of the conflict', async () => {
    const { store } = await open();
    const seen = await commit(store, create(key('contested')));
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, writer) => store.write([update(seen, { body: `{"writer":${writer}}` })])),
    );
    const all = outcomes.flat();
    const winner = all.findIndex((outcome) => outcome.status === 'ok');
    expect(statuses(all).toSorted()).toEqual([...Array.from({ length: 49 }, () => 'conflict'), 'ok']);
    expect(await store.get(key('contested'))).toEqual({ ...seen, revision: seen.revision + 1, body: `{"writer":${winner}}` });
  });

  it('gives concurrent writers revisions without gap or repetition', async () => {
    const { store } = await open();
    const { revision: start } = await store.head();
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, index) => store.write([create(key(`w${index}`)), create(key('taken'))])),
    );
    expect(outcomes.filter(([, taken]) => taken?.status === 'ok')).toHaveLength(1);
    const changes = await changesSince(store, start, [configMaps]);
    expect(changes.map((change) => change.revision)).toEqual(Array.from({ length: 61 }, (_, index) => start + 1 + index));
  });
}
