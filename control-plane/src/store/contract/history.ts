/** Contract: changes since a revision, replay, compaction. */

import { expect, it } from 'vitest';
import fc from '#fast-check';
import type { Store, StoredObject } from '../store.ts';
import { changesSince, commit, configMaps, create, key, keyOf, listAll, pods, remove, replay, update } from './fixture.ts';
import type { Open } from './open.ts';

type Step = { readonly op: 'put' | 'remove' | 'compact'; readonly name: string; readonly namespace: string; readonly size: number };

const steps = fc.array(
  fc.record<Step>({
    op: fc.constantFrom('put', 'put', 'put', 'remove', 'compact'),
    name: fc.constantFrom('a', 'b', 'c'),
    namespace: fc.constantFrom('x', 'y'),
    size: fc.nat(30),
  }),
  { minLength: 1, maxLength: 40 },
);

export function historyContract(open: Open): void {
  it('tells each change with what it replaced', async () => {
    const { store } = await open();
    const { revision: start } = await store.head();
    const a = await commit(store, create(key('a'), { body: '1' }));
    const a2 = await commit(store, update(a, { body: '2' }));
    const gone = await commit(store, remove({ ...a2, body: '3' }));
    const again = await commit(store, create(key('a'), { uid: 'again', body: '4' }));
    expect(await store.changes({ after: start })).toEqual({
      changes: [
        { ...a, type: 'ADDED' },
        { ...a2, type: 'MODIFIED', previousBody: '1' },
        { ...gone, body: '3', type: 'DELETED', previousBody: '2' },
        { ...again, type: 'ADDED' },
      ],
      through: again.revision,
      head: await store.head(),
      more: false,
    });
    expect((await store.changes({ after: again.revision })).changes).toEqual([]);
    await expect(store.changes({ after: again.revision + 1 })).rejects.toMatchObject({ reason: 'future' });
  });

  it('pages, and names the resources wanted', async () => {
    const { store } = await open();
    const { revision: start } = await store.head();
    await store.write(Array.from({ length: 20 }, (_, index) => create(key(`n${index}`, 'default', index % 4 === 0 ? pods : configMaps))));
    const head = await store.head();
    const page = await store.changes({ after: start, resources: [pods], limit: 3 });
    expect(page).toMatchObject({ more: true, through: start + 9 });
    expect(page.changes.map((change) => change.revision)).toEqual([start + 1, start + 5, start + 9]);
    expect(await store.changes({ after: page.through, resources: [pods], limit: 2 })).toMatchObject({
      more: false,
      through: head.revision,
    });
    expect(await store.changes({ after: start, resources: ['apps/deployments'] })).toMatchObject({
      changes: [],
      through: head.revision,
      more: false,
    });
    expect(await changesSince(store, start, [pods, configMaps], 6)).toHaveLength(20);
  });

  it('ends a page at 1 MiB of bodies', async () => {
    const { store } = await open();
    const { revision: start } = await store.head();
    for (const name of ['a', 'b', 'c']) await commit(store, create(key(name), { body: 'x'.repeat(600_000) }));
    expect(await store.changes({ after: start })).toMatchObject({ more: true, through: start + 2 });
    expect(await changesSince(store, start)).toHaveLength(3);
  });

  it('compacts: what is below is gone, what is at and above stands', async () => {
    const { store } = await open();
    const a = await commit(store, create(key('a'), { body: '1' }));
    const b = await commit(store, create(key('b'), { body: '1' }));
    const a2 = await commit(store, update(a, { body: '2' }));
    const bGone = await commit(store, remove(b));
    const c = await commit(store, create(key('c')));
    const a3 = await commit(store, update(a2, { body: '3' }));
    expect(await store.compact(bGone.revision)).toMatchObject({ compacted: bGone.revision, revision: a3.revision });
    await expect(store.changes({ after: bGone.revision - 1 })).rejects.toMatchObject({ reason: 'compacted' });
    await expect(store.list({ resource: configMaps, atRevision: bGone.revision - 1 })).rejects.toMatchObject({ reason: 'compacted' });
    expect((await store.list({ resource: configMaps, atRevision: bGone.revision })).items).toEqual([a2]);
    expect((await store.list({ resource: configMaps, atRevision: c.revision })).items).toEqual([a2, c]);
    expect((await store.changes({ after: bGone.revision })).changes).toEqual([
      { ...c, type: 'ADDED' },
      { ...a3, type: 'MODIFIED', previousBody: '2' },
    ]);
    expect(await store.compact(a.revision)).toMatchObject({ compacted: bGone.revision });
    expect(await store.compact(a3.revision + 100)).toEqual({ ...(await store.head()), compacted: a3.revision });
    expect(await store.get(key('a'))).toEqual(a3);
    expect((await store.list({ resource: configMaps })).items).toEqual([a3, c]);
    expect((await store.changes({ after: a3.revision })).changes).toEqual([]);
    expect((await commit(store, update(a3))).revision).toBe(a3.revision + 1);
  });

  it('replays to the same state from every revision kept, and lists every one (property)', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (taken) => {
        const { store, close } = await open();
        try {
          await checkHistory(store, taken);
        } finally {
          await close();
        }
      }),
      { numRuns: 12, seed: 20_240_601 },
    );
  });
}

/** Takes the steps while noting the state at every revision; then asks the store for each of them. */
async function checkHistory(store: Store, taken: readonly Step[]): Promise<void> {
  let state: StoredObject[] = [];
  const stateAt = new Map([[(await store.head()).revision, state]]);
  let serial = 0;
  for (const { op, name, namespace, size } of taken) {
    const at = key(name, namespace);
    const old = state.find((object) => object.name === name && object.namespace === namespace);
    if (op === 'compact') {
      await store.compact((await store.head()).revision - size);
      continue;
    }
    if (op === 'remove' && !old) continue;
    serial++;
    const body = `${serial}${'x'.repeat(size)}`;
    const write = op === 'remove' ? remove(old!) : old ? update(old, { body }) : create(at, { uid: `uid-${serial}`, body });
    const object = await commit(store, write);
    state = replay(state, [{ ...object, type: op === 'remove' ? 'DELETED' : 'MODIFIED' }]);
    stateAt.set(object.revision, state);
  }
  const head = await store.head();
  const before = new Map<number, Map<string, string>>();
  for (const [revision, objects] of stateAt)
    before.set(revision + 1, new Map(objects.map((object) => [JSON.stringify(keyOf(object)), object.body])));
  for (const [revision, objects] of stateAt) {
    if (revision < head.compacted) {
      await expect(store.list({ resource: configMaps, atRevision: revision })).rejects.toMatchObject({ reason: 'compacted' });
      continue;
    }
    expect(await listAll(store, { resource: configMaps, atRevision: revision, limit: 2 })).toEqual(objects);
    const changes = await changesSince(store, revision, undefined, 3);
    expect(changes.map((change) => change.revision)).toEqual(changes.map((_, index) => revision + 1 + index));
    expect(replay(objects, changes)).toEqual(state);
    for (const change of changes) {
      const replaced = before.get(change.revision)?.get(JSON.stringify(keyOf(change)));
      expect(change.previousBody).toBe(replaced);
    }
  }
  expect(head.revision).toBe(Math.max(...stateAt.keys()));
}
