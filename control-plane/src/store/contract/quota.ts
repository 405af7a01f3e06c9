/** Contract: what objects use in a namespace, and limits that hold for any number of writers. */
import { expect, it } from 'vitest';
import { commit, create, key, namespaceKey, ok, pods, remove, statuses, update } from './fixture.ts';
import type { Open } from './open.ts';

const pod = (name: string, cpu: number, hard?: number, namespace = 'team') =>
  create(key(name, namespace, pods), {
    uid: `uid-${namespace}-${name}`,
    usage: { pods: 1, 'requests.cpu': cpu },
    ...(hard === undefined ? {} : { guards: { quota: [{ counter: 'requests.cpu', hard }] } }),
  });

export function quotaContract(open: Open): void {
  it('gives 10 of 50 parallel creates a place under a limit of 10', async () => {
    const { store } = await open();
    const guards = { quota: [{ counter: 'pods', hard: 10 }] };
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, index) => store.write([create(key(`p${index}`, 'team', pods), { usage: { pods: 1 }, guards })])),
    );
    const all = outcomes.flat();
    expect(all.filter((outcome) => outcome.status === 'ok')).toHaveLength(10);
    expect(all.filter((outcome) => outcome.status === 'guard')).toHaveLength(40);
    expect(all.find((outcome) => outcome.status === 'guard')).toEqual({
      status: 'guard',
      guard: 'quota',
      exceeded: [{ counter: 'pods', hard: 10, used: 10, growth: 1 }],
    });
    expect(await store.usage('team', ['pods'])).toEqual({ pods: 10 });
  });

  it('holds inside one batch too', async () => {
    const { store } = await open();
    const outcomes = await store.write([pod('a', 300, 1_000), pod('b', 800, 1_000), pod('c', 700, 1_000), pod('d', 1, 1_000)]);
    expect(statuses(outcomes)).toEqual(['ok', 'guard', 'ok', 'guard']);
    expect(await store.usage('team', ['requests.cpu', 'pods', 'other'])).toEqual({ 'requests.cpu': 1_000, pods: 2, other: 0 });
  });

  it('counts what was there before anybody asked, follows updates and removals, and keeps namespaces apart', async () => {
    const { store } = await open();
    const namespace = await commit(store, create(namespaceKey('team')));
    const a = await commit(store, pod('a', 400));
    await commit(store, pod('b', 500, undefined, 'other'));
    expect(await store.usage('team', ['requests.cpu'])).toEqual({ 'requests.cpu': 400 });
    const grown = await commit(store, update(a, { usage: { pods: 1, 'requests.cpu': 900 } }));
    expect(await store.usage('team', ['requests.cpu', 'pods'])).toEqual({ 'requests.cpu': 900, pods: 1 });
    await commit(store, remove(await commit(store, update(grown, {}))));
    expect(await store.usage('team', ['requests.cpu', 'pods'])).toEqual({ 'requests.cpu': 0, pods: 0 });
    expect(await store.usage('other', ['requests.cpu'])).toEqual({ 'requests.cpu': 500 });
    await commit(store, pod('again', 7));
    await commit(store, remove(namespace));
    expect(await store.usage('team', ['requests.cpu'])).toEqual({ 'requests.cpu': 7 });
  });

  it('refuses growth alone: what stays or shrinks above a lowered limit passes', async () => {
    const { store } = await open();
    const a = await commit(store, pod('a', 900));
    const guards = { quota: [{ counter: 'requests.cpu', hard: 500 }] };
    const same = await commit(store, update(a, { usage: { 'requests.cpu': 900 }, guards }));
    const less = await commit(store, update(same, { usage: { 'requests.cpu': 800 }, guards }));
    expect(await store.write([update(less, { usage: { 'requests.cpu': 801 }, guards })])).toEqual([
      { status: 'guard', guard: 'quota', exceeded: [{ counter: 'requests.cpu', hard: 500, used: 800, growth: 1 }] },
    ]);
  });

  it('counts in the scopes of an object, too, which change with it', async () => {
    const { store } = await open();
    const uses = (cpu: number, ...scopes: string[]) => ({ usage: { pods: 1, 'requests.cpu': cpu }, scopes });
    const counters = ['A/pods', 'A/requests.cpu', 'A,B/pods', 'B/pods'];
    const held = async () => {
      const totals = await store.usage('team', counters);
      return counters.map((counter) => totals[counter]);
    };
    const first = await commit(store, create(key('first', 'team', pods), uses(5, 'A', 'A,B')));
    await commit(store, create(key('second', 'team', pods), uses(7, 'A')));
    await commit(store, create(key('outside', 'team', pods), uses(9)));
    // as rows of schema 2 say it
    const earlier = await commit(store, create(key('earlier', 'team', pods), { usage: { pods: 1, 'A/pods': 1, 'A/requests.cpu': 4 } }));
    expect(await held()).toEqual([3, 16, 1, 0]);
    await commit(store, remove(await commit(store, update(earlier, uses(4, 'A')))));
    expect(await held()).toEqual([2, 12, 1, 0]);
    const moved = await commit(store, update(first, uses(6, 'B')));
    expect(await held()).toEqual([1, 7, 0, 1]);
    const guards = { quota: [{ counter: 'A/requests.cpu', hard: 10 }] };
    expect(await store.write([update(moved, { ...uses(4, 'A'), guards })])).toEqual([
      { status: 'guard', guard: 'quota', exceeded: [{ counter: 'A/requests.cpu', hard: 10, used: 7, growth: 4 }] },
    ]);
    const back = await commit(store, update(moved, { ...uses(3, 'A'), guards }));
    expect(await held()).toEqual([2, 10, 0, 0]);
    await commit(store, remove(back));
    expect(await held()).toEqual([1, 7, 0, 0]);
  });

  it('names the object that stands in the way before the limit, and every limit passed', async () => {
    const { store } = await open();
    const quota = [
      { counter: 'pods', hard: 0 },
      { counter: 'requests.cpu', hard: 100 },
      { counter: 'services', hard: 0 },
    ];
    const a = await commit(store, pod('a', 90));
    const write = (name: string) => create(key(name, 'team', pods), { usage: { pods: 1, 'requests.cpu': 20 }, guards: { quota } });
    expect(await store.write([write('a'), write('b')])).toEqual([
      { status: 'alreadyExists', current: a },
      {
        status: 'guard',
        guard: 'quota',
        exceeded: [
          { counter: 'pods', hard: 0, used: 1, growth: 1 },
          { counter: 'requests.cpu', hard: 100, used: 90, growth: 20 },
        ],
      },
    ]);
    expect(ok((await store.write([create(key('free', 'team', pods), { guards: { quota } })]))[0]).name).toBe('free');
  });
}
