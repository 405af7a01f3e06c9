/** Contract: lists, pages, and lists at a revision. */
import { expect, it } from 'vitest';
import type { LabelTerm } from '../store.ts';
import { commit, configMaps, create, key, listAll, pods, remove, update } from './fixture.ts';
import type { Open } from './open.ts';

export function readContract(open: Open): void {
  it('lists by namespace and name, in that order, bytewise', async () => {
    const { store } = await open();
    for (const [namespace, name] of [
      ['b', 'a'],
      ['a', 'z'],
      ['a', 'B'],
      ['a-1', 'c'],
      ['a', 'a.b'],
      ['a', 'a-b'],
    ] as const)
      await commit(store, create(key(name, namespace), { uid: `${namespace}/${name}` }));
    await commit(store, create(key('a', 'a', pods), { uid: 'pod' }));
    const page = await store.list({ resource: configMaps });
    expect(page.items.map((item) => item.uid)).toEqual(['a/B', 'a/a-b', 'a/a.b', 'a/z', 'a-1/c', 'b/a']);
    expect(page).toMatchObject({ more: false, revision: (await store.head()).revision, head: await store.head() });
    expect((await store.list({ resource: configMaps, namespace: 'a' })).items).toHaveLength(4);
    expect((await store.list({ resource: configMaps, namespace: 'none' })).items).toEqual([]);
    const named = { resource: configMaps, name: 'a' };
    expect((await store.list(named)).items.map((item) => item.namespace)).toEqual(['b']);
    expect((await store.list({ ...named, namespace: 'a' })).items).toEqual([]);
    expect((await store.list({ ...named, atRevision: (await store.head()).revision - 1 })).items).toHaveLength(1);
    expect((await store.list({ resource: 'apps/deployments' })).items).toEqual([]);
  });

  it('lists what is bound to a node', async () => {
    const { store } = await open();
    const at = (name: string) => key(name, 'default', pods);
    await commit(store, create(at('a'), { node: 'n1' }));
    const b = await commit(store, create(at('b')));
    await commit(store, create(at('c'), { node: 'n2' }));
    await commit(store, update(b, { node: 'n1' }));
    const names = async (node: string) => (await store.list({ resource: pods, node })).items.map((item) => item.name);
    expect(await names('n1')).toEqual(['a', 'b']);
    expect(await names('n3')).toEqual([]);
    expect((await store.list({ resource: pods, node: 'n1', atRevision: b.revision })).items.map((item) => item.name)).toEqual(['a']);
  });

  it('lists what has the labels asked for, now and at a revision, and what it knows no labels of', async () => {
    const { store } = await open();
    const a = await commit(store, create(key('a'), { labels: { app: 'web', '1': 'x', 'k8s.io/tier': 'front' } }));
    await commit(store, create(key('b'), { labels: { app: 'db' } }));
    await commit(store, create(key('c'), { labels: {} }));
    const last = await commit(store, create(key('unknown')));
    const names = async (labels: readonly LabelTerm[], atRevision?: number) =>
      (await store.list({ resource: configMaps, labels, ...(atRevision ? { atRevision } : {}) })).items.map((item) => item.name).join();
    const term = (operator: LabelTerm['operator'], key: string, ...values: string[]): LabelTerm => ({ operator, key, values });
    const check = async (at?: number) => {
      expect(await names([term('in', 'app', 'web', 'other')], at)).toBe('a,unknown');
      expect(await names([term('notIn', 'app', 'web')], at)).toBe('b,c,unknown');
      expect(await names([term('exists', 'app')], at)).toBe('a,b,unknown');
      expect(await names([term('notExists', 'app')], at)).toBe('c,unknown');
      expect(await names([term('in', '1', 'x'), term('exists', 'k8s.io/tier')], at)).toBe('a,unknown');
      expect(await names([term('in', 'app', 'web'), term('in', 'app', 'db')], at)).toBe('unknown');
    };
    await check();
    await check(last.revision);
    await commit(store, update(a, { labels: { app: 'db' } }));
    await check(last.revision);
    expect(await names([term('in', 'app', 'db')])).toBe('a,b,unknown');
    expect(await store.list({ resource: configMaps, labels: [term('in', 'app', 'db')], limit: 1 })).toMatchObject({
      more: true,
      remaining: 2,
    });
  });

  it('pages, and counts what is left', async () => {
    const { store } = await open();
    await store.write(Array.from({ length: 25 }, (_, index) => create(key(`n${String(index).padStart(2, '0')}`, index < 10 ? 'a' : 'b'))));
    const first = await store.list({ resource: configMaps, limit: 10 });
    expect(first).toMatchObject({ more: true, remaining: 15 });
    const rest = { resource: configMaps, limit: 100, after: { namespace: 'a', name: 'n09' } };
    expect((await store.list(rest)).items.map((item) => item.name)).toEqual(Array.from({ length: 15 }, (_, index) => `n${index + 10}`));
    expect(await store.list({ ...rest, limit: 15 })).toMatchObject({ more: false, remaining: 0 });
    expect(await store.list({ ...rest, namespace: 'a' })).toMatchObject({ items: [], more: false });
    expect((await store.list({ ...rest, namespace: 'b', after: { namespace: 'b', name: 'n20' } })).items).toHaveLength(4);
  });

  it('pages at a revision while writes go on', async () => {
    const { store } = await open();
    const outcomes = await store.write(Array.from({ length: 30 }, (_, index) => create(key(`n${String(index).padStart(2, '0')}`))));
    const objects = outcomes.flatMap((outcome) => (outcome.status === 'ok' ? [outcome.object] : []));
    let round = 0;
    const items = await listAll(store, { resource: configMaps, limit: 7 }, async () => {
      round++;
      await store.write([
        remove(objects[30 - round]!),
        update(objects[30 - round * 5]!, { body: '{"changed":true}' }),
        create(key(`n${round}-new`)),
        remove(objects[round]!),
      ]);
    });
    expect(items).toEqual(objects);
    expect(round).toBe(4);
  });

  it('lists the state of any revision that is kept', async () => {
    const { store } = await open();
    const a = await commit(store, create(key('a'), { body: '1' }));
    const b = await commit(store, create(key('b'), { body: '1' }));
    const a2 = await commit(store, update(a, { body: '2' }));
    await commit(store, remove(b));
    const b2 = await commit(store, create(key('b'), { uid: 'again', body: '3' }));
    const at = async (atRevision: number) => (await store.list({ resource: configMaps, atRevision })).items;
    expect(await at(a.revision - 1)).toEqual([]);
    expect(await at(a.revision)).toEqual([a]);
    expect(await at(b.revision)).toEqual([a, b]);
    expect(await at(a2.revision)).toEqual([a2, b]);
    expect(await at(b2.revision - 1)).toEqual([a2]);
    expect(await at(b2.revision)).toEqual([a2, b2]);
    expect((await store.list({ resource: configMaps, atRevision: a.revision })).revision).toBe(a.revision);
    await expect(at(b2.revision + 1)).rejects.toMatchObject({ reason: 'future' });
  });

  it('ends a page at 1 MiB of bodies, with one object at least', async () => {
    const { store } = await open();
    for (const name of ['a', 'b', 'c']) await commit(store, create(key(name), { body: 'x'.repeat(600_000) }));
    await commit(store, create(key('d'), { body: 'x'.repeat(1_500_000) }));
    await commit(store, create(key('e')));
    const pages: string[] = [];
    let page = await store.list({ resource: configMaps });
    for (;;) {
      pages.push(page.items.map((item) => item.name).join(''));
      if (!page.more) break;
      page = await store.list({ resource: configMaps, after: page.items.at(-1)! });
    }
    expect(pages).toEqual(['ab', 'cd', 'e']);
  });

  it('gets many in the order asked, with holes', async () => {
    const { store } = await open();
    const a = await commit(store, create(key('a')));
    const b = await commit(store, create(key('b', 'other')));
    expect(await store.getMany([key('b', 'other'), key('gone'), key('a'), key('a')])).toEqual([b, undefined, a, a]);
    expect(await store.getMany([])).toEqual([]);
  });

  it('gathers objects and small lists at once', async () => {
    const { store } = await open();
    const a = await commit(store, create(key('a')));
    const b = await commit(store, create(key('b', 'other')));
    const pod = await commit(store, create(key('p', 'other', pods)));
    const wanted = {
      keys: [key('gone'), key('p', 'other', pods), key('a')],
      lists: [
        { resource: configMaps, namespace: '' },
        { resource: configMaps, namespace: 'other' },
        { resource: pods, namespace: 'none' },
      ],
    };
    expect(await store.gather(wanted)).toEqual({ objects: [undefined, pod, a], lists: [[a, b], [b], []] });
    expect(await store.gather({ keys: [], lists: [] })).toEqual({ objects: [], lists: [] });
  });
}
