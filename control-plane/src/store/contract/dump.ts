/** Contract of durable stores: a dump taken while writes go on, loaded into another store, is the state and the history of one revision. */
import { expect, it } from 'vitest';
import type { Dump, DumpRow } from '../dump.ts';
import { INCARNATION_LIFT } from '../incarnation.ts';
import type { Store, StoredObject } from '../store.ts';
import { commit, configMaps, create, key, remove, statuses, update } from './fixture.ts';
import type { Open } from './open.ts';

const dumpOf = (store: Store): Dump => store.dump!;

/** All rows as of the head of the first page. `between` runs after each page. */
async function takeAll(store: Store, between: () => Promise<unknown> = async () => {}) {
  const first = await dumpOf(store).page({ after: 0 });
  const through = first.head.revision;
  const rows = first.rows.filter((row) => row.revision <= through);
  for (let after = first.next; after !== undefined; ) {
    await between();
    const page = await dumpOf(store).page({ after, through });
    rows.push(...page.rows);
    after = page.next;
  }
  return { rows, through };
}

function withLife(rows: readonly DumpRow[]) {
  const newest = new Map(rows.map((row) => [`${row.resource}/${row.namespace}/${row.name}`, row.revision]));
  return rows.map((row) => ({
    ...row,
    living: row.type !== 'DELETED' && row.body !== null && newest.get(`${row.resource}/${row.namespace}/${row.name}`) === row.revision,
  }));
}

export function dumpContract(open: Open): void {
  it('is taken while writes go on, and loads into an empty store as of one revision', async () => {
    const { store } = await open();
    const claims = [{ scope: 'nodePort', value: '30001' }];
    const objects: StoredObject[] = [];
    for (let index = 0; index < 12; index++) {
      objects.push(
        await commit(store, create(key(`n${index}`), { body: `${index}${'x'.repeat(300_000)}`, ...(index === 3 ? { claims } : {}) })),
      );
    }
    await commit(store, { ...update(objects[0]!, { body: 'small' }), author: { user: 'jane', manager: 'm' } });
    await commit(store, remove(objects[1]!));
    await store.compact(objects[5]!.revision);
    const sealed = await commit(store, create(key('sealed'), { body: 'kdgs1.k.text' }));
    const head = await store.head();
    let round = 0;
    const { rows, through } = await takeAll(store, async () => {
      round++;
      await commit(store, create(key(`late${round}`)));
      if (round === 1) await commit(store, remove(objects[2]!));
    });
    expect(round).toBeGreaterThan(2);
    expect(through).toBe(head.revision);

    const { store: other } = await open();
    for (let index = 0; index < rows.length; index += 5) {
      const part = withLife(rows).slice(index, index + 5);
      await dumpOf(other).load(part);
      await dumpOf(other).load(part);
    }
    const { incarnation } = await other.head();
    const after = await dumpOf(other).finish(await dumpOf(store).notes(), through);
    expect(after).toMatchObject({ revision: through + INCARNATION_LIFT, compacted: through + INCARNATION_LIFT });
    expect(after.incarnation).not.toBe(incarnation);

    const names = async (from: Store, atRevision?: number) => {
      const found = [];
      for (let after: { namespace: string; name: string } | undefined; ; ) {
        const page = await from.list({ resource: configMaps, ...(after ? { after } : {}), ...(atRevision ? { atRevision } : {}) });
        found.push(...page.items);
        after = page.items.at(-1);
        if (!page.more) return found;
      }
    };
    const expected = (await names(store, through)).filter((object) => object.name !== 'none');
    expect(await names(other)).toEqual(expected);
    expect(expected.map((object) => object.name)).toContain(sealed.name);
    for (const name of ['n0', 'n1', 'n5']) {
      const versions = async (from: Store) => (await from.history!.versions({ key: key(name) })).versions;
      expect(await versions(other)).toEqual((await versions(store)).filter((version) => version.revision <= through));
    }
    const outcomes = await other.write([create(key('taken'), { claims }), create(key('n1')), create(key('n5'))]);
    expect(statuses(outcomes)).toEqual(['claimed', 'ok', 'alreadyExists']);
    await other.compact((await other.head()).revision);
    expect((await names(other)).length).toBe(expected.length + 1);
  });

  it('is not loaded over anything', async () => {
    const { store } = await open();
    const a = await commit(store, create(key('a')));
    const { rows } = await takeAll(store);
    await expect(dumpOf(store).load(withLife(rows))).rejects.toMatchObject({
      reason: 'corrupt',
      message: expect.stringContaining('not empty'),
    });
    expect(await store.get(key('a'))).toEqual(a);
  });

  it('begins again when what it reads is compacted', async () => {
    const { store } = await open();
    const a = await commit(store, create(key('a')));
    await commit(store, update(a));
    await store.compact(a.revision + 1);
    await expect(dumpOf(store).page({ after: 0, through: a.revision })).rejects.toMatchObject({ reason: 'compacted' });
  });
}
