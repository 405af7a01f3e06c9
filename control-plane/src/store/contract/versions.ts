/** Contract of durable stores: the history of objects, what it keeps, and what a deleted sealed object leaves. */

import { expect, it } from 'vitest';
import fc from '#fast-check';
import type { History } from '../history.ts';
import { defaultRetention } from '../retention.ts';
import type { Store, StoredObject } from '../store.ts';
import { changesSince, commit, configMaps, create, key, remove, replay, update } from './fixture.ts';
import type { Open } from './open.ts';

const sealed = (text: string) => `kdgs1.k1.${text}`;
const author = { user: 'jane', manager: 'kubectl' };
const historyOf = (store: Store): History => store.history!;

async function bodies(store: Store, name: string): Promise<(string | undefined)[]> {
  const { versions } = await historyOf(store).versions({ key: key(name) });
  return Promise.all(versions.map(async ({ revision }) => (await historyOf(store).version(key(name), revision))?.body));
}

export function versionsContract(open: Open): void {
  it('tells every version with who made it and when, before and after compaction', async () => {
    const { store } = await open();
    const a = await commit(store, { ...create(key('a'), { body: '1' }), author, stamp: 's1' });
    const a2 = await commit(store, { ...update(a, { body: '22' }), author: { user: 'joe', manager: 'helm' } });
    await commit(store, create(key('b')));
    const gone = await commit(store, { ...remove(a2), author });
    const again = await commit(store, create(key('a'), { uid: 'again', body: '333' }));
    const told = await historyOf(store).versions({ key: key('a') });
    expect(told).toMatchObject({
      more: false,
      versions: [
        { type: 'ADDED', uid: 'again', revision: again.revision, size: 3 },
        { type: 'DELETED', uid: a.uid, revision: gone.revision, author },
        { type: 'MODIFIED', revision: a2.revision, size: 2, author: { user: 'joe', manager: 'helm' } },
        { type: 'ADDED', revision: a.revision, size: 1, author, stamp: 's1', atMs: 1_700_000_000_000 },
      ],
    });
    await store.compact(again.revision);
    expect(await historyOf(store).versions({ key: key('a') })).toEqual(told);
    expect(await bodies(store, 'a')).toEqual(['333', '22', '22', '1']);
    expect(await historyOf(store).versions({ key: key('a'), before: gone.revision, limit: 1 })).toMatchObject({
      versions: [{ revision: a2.revision }],
      more: true,
    });
    expect(await historyOf(store).version(key('a'), a.revision - 1)).toBeUndefined();
  });

  it('shows a namespace as of any revision, page by page', async () => {
    const { store } = await open();
    const states = new Map<number, StoredObject[]>();
    let state: StoredObject[] = [];
    for (let step = 0; step < 15; step++) {
      const name = `n${step % 4}`;
      const old = state.find((object) => object.name === name);
      const write = old && step % 3 === 0 ? remove(old) : old ? update(old, { body: `${step}` }) : create(key(name), { uid: `u${step}` });
      const object = await commit(store, write);
      state = replay(state, [{ ...object, type: write.op === 'delete' ? 'DELETED' : 'MODIFIED' }]);
      states.set(object.revision, state);
    }
    await commit(store, create(key('elsewhere', 'other')));
    for (const compacted of [0, 8, 100]) {
      const { revision } = await store.head();
      await store.compact(Math.min(revision, compacted));
      for (const [revision, objects] of states) {
        const found: unknown[] = [];
        let after: { namespace: string; name: string } | undefined;
        do {
          const query = { resource: configMaps, namespace: 'default', revision, limit: 2 };
          const page = await historyOf(store).asOf(after ? { ...query, after } : query);
          expect(page).toMatchObject({ lost: [], complete: true });
          found.push(...page.items.map(({ name, uid, revision: at, body }) => ({ name, uid, revision: at, body })));
          after = page.next;
        } while (after);
        expect(found).toEqual(objects.map(({ name, uid, revision: at, body }) => ({ name, uid, revision: at, body })));
      }
    }
  });

  it('keeps the bytes its kind may have, oldest out first, and says what is lost', async () => {
    const { store } = await open();
    expect(await historyOf(store).retention()).toEqual(defaultRetention);
    const retention = { bytes: 0, kinds: { [configMaps]: 20_000 }, keepDeletedSealed: false };
    await historyOf(store).setRetention(retention);
    expect(await historyOf(store).retention()).toEqual(retention);
    let object = await commit(store, create(key('a'), { body: 'x'.repeat(1_000) }));
    const first = object;
    for (let index = 0; index < 40; index++) object = await commit(store, update(object, { body: `${index}`.padEnd(1_000) }));
    const pod = await commit(store, create(key('p', 'default', 'core/pods')));
    await commit(store, remove(pod));
    const head = await store.head();
    await store.compact(head.revision);
    const { versions } = await historyOf(store).versions({ key: key('a') });
    expect(versions.length).toBeGreaterThan(10);
    expect(versions.length).toBeLessThan(18);
    expect(versions[0]).toMatchObject({ revision: object.revision });
    expect((await historyOf(store).versions({ key: pod })).versions).toEqual([]);
    expect(await historyOf(store).asOf({ resource: configMaps, revision: first.revision })).toMatchObject({
      items: [],
      lost: [{ namespace: 'default', name: 'a' }],
      complete: false,
    });
    const old = versions.at(-1)!.revision;
    expect(await historyOf(store).asOf({ resource: configMaps, revision: old })).toMatchObject({
      items: [{ revision: old }],
      complete: true,
    });
    expect(await store.get(key('a'))).toEqual(object);
  });

  it('purges what is superseded, and leaves what lives', async () => {
    const { store } = await open();
    const a = await commit(store, create(key('a')));
    const a2 = await commit(store, update(a));
    const gone = await commit(store, remove(await commit(store, create(key('gone')))));
    const other = await commit(store, update(await commit(store, create(key('other', 'team')))));
    expect(await historyOf(store).purge({ resource: configMaps, namespace: 'default' })).toBe(3);
    expect((await historyOf(store).versions({ key: key('a') })).versions.map((version) => version.revision)).toEqual([a2.revision]);
    expect((await historyOf(store).versions({ key: key('gone') })).versions).toEqual([]);
    expect((await historyOf(store).versions({ key: other })).versions).toHaveLength(2);
    expect((await store.list({ resource: configMaps })).items).toEqual([a2, other]);
    await expect(store.changes({ after: gone.revision - 1 })).rejects.toMatchObject({ reason: 'compacted' });
  });

  it('finds the revision of a time', async () => {
    const { store } = await open();
    const a = await commit(store, create(key('a')));
    expect(await historyOf(store).revisionAt(1_700_000_000_000)).toBe(a.revision);
    expect(await historyOf(store).revisionAt(1_699_999_999_999)).toBeLessThan(a.revision);
  });

  it('lets a deleted sealed object go at once, with all its versions, and still tells watchers of its end', async () => {
    const { store } = await open();
    const { revision: start } = await store.head();
    const old = await commit(store, create(key('s'), { body: sealed('one') }));
    await commit(store, remove({ ...old, body: sealed('stone1') }));
    const a = await commit(store, create(key('s'), { uid: 'second', body: sealed('two') }));
    const a2 = await commit(store, update(a, { body: sealed('three') }));
    await store.compact(a.revision);
    const kept = await commit(store, create(key('kept'), { body: sealed('kept') }));
    const gone = await commit(store, remove({ ...a2, body: sealed('stone2') }));
    const plain = await commit(store, create(key('plain')));
    await expect(store.changes({ after: start })).rejects.toMatchObject({ reason: 'compacted' });
    const changes = await changesSince(store, a.revision);
    expect(changes).toEqual([
      { ...kept, type: 'ADDED' },
      { ...gone, type: 'DELETED' },
      { ...plain, type: 'ADDED' },
    ]);
    for (const at of [a.revision, a2.revision, kept.revision, gone.revision, plain.revision]) {
      const then = (await store.list({ resource: configMaps, atRevision: at })).items;
      expect(replay(then, await changesSince(store, at))).toEqual([kept, plain].toSorted((x, y) => (x.name < y.name ? -1 : 1)));
    }
    expect((await bodies(store, 's')).filter((body) => body !== undefined && !body.includes('stone'))).toEqual([]);
    expect((await historyOf(store).versions({ key: key('s') })).versions.some(({ size, atMs }) => size === -1 && atMs !== undefined)).toBe(
      true,
    );
  });

  it('keeps deleted sealed objects when a person wants it so', async () => {
    const { store } = await open();
    await historyOf(store).setRetention({ ...defaultRetention, keepDeletedSealed: true });
    const { revision: start } = await store.head();
    const a = await commit(store, create(key('s'), { body: sealed('one') }));
    const gone = await commit(store, remove({ ...a, body: sealed('stone') }));
    expect((await changesSince(store, start)).map((change) => change.type)).toEqual(['ADDED', 'DELETED']);
    await store.compact(gone.revision);
    expect(await bodies(store, 's')).toEqual([sealed('stone'), sealed('one')]);
    await historyOf(store).setRetention(defaultRetention);
    await commit(store, remove(await commit(store, create(key('s'), { body: sealed('two') }))));
    expect((await bodies(store, 's')).filter((body) => body === sealed('one'))).toEqual([]);
  });

  it('replays to the present from every revision kept, whatever sealed objects went (property)', async () => {
    const step = fc.record({
      op: fc.constantFrom('put', 'put', 'put', 'remove', 'compact'),
      name: fc.constantFrom('a', 'b'),
      isSealed: fc.boolean(),
      back: fc.nat(15),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const { store, close } = await open();
        try {
          const { revision: start } = await store.head();
          let state: StoredObject[] = [];
          for (const [index, { op, name, isSealed, back }] of steps.entries()) {
            const old = state.find((object) => object.name === name);
            if (op === 'compact') await store.compact((await store.head()).revision - back);
            if (op === 'compact' || (op === 'remove' && !old)) continue;
            const body = isSealed ? sealed(`${index}`) : `${index}`;
            const write =
              op === 'remove' ? remove({ ...old!, body }) : old ? update(old, { body }) : create(key(name), { uid: `u${index}`, body });
            const object = await commit(store, write);
            state = replay(state, [{ ...object, type: op === 'remove' ? 'DELETED' : 'MODIFIED' }]);
          }
          const { revision, compacted } = await store.head();
          for (let at = Math.max(start, compacted); at <= revision; at++) {
            const then = (await store.list({ resource: configMaps, atRevision: at })).items;
            expect(replay(then, await changesSince(store, at))).toEqual(state);
          }
        } finally {
          await close();
        }
      }),
      { numRuns: 6, seed: 20_261_121 },
    );
  });
}
