import { describe, expect, it } from 'vitest';
import { changesSince, commit, create, key, update } from '../contract/fixture.ts';
import { testWorld } from '../contract/world.ts';
import { describeStore } from '../contract.ts';
import { createVolatileStore } from './volatile-store.ts';

const identity = { clusterUid: 'cluster', incarnation: 'first' };

describeStore(
  'the volatile store',
  async () => {
    const store = createVolatileStore({ identity, ...testWorld });
    return { store, close: () => store.close() };
  },
  { durable: false, network: false },
);

describe('createVolatileStore', () => {
  const event = (name: string, size = 1_000) => create(key(name, 'default', 'core/events'), { body: 'x'.repeat(size) });
  const lease = (name: string, size = 1_000) => create(key(name, 'default', 'coordination/leases'), { body: 'x'.repeat(size) });

  it('lets the oldest events go when it is full, tells watchers so, and keeps leases', async () => {
    const store = createVolatileStore({ identity, ...testWorld, maxBytes: 20_000 });
    const { revision: start } = await store.head();
    await store.write([lease('l'), event('e0'), event('e1')]);
    for (let index = 2; index < 7; index++) await commit(store, event(`e${index}`));
    await commit(store, update((await store.get(event('e0').key))!, { body: 'touched' }));
    for (let index = 7; index < 12; index++) await commit(store, event(`e${index}`));
    const names = (await store.list({ resource: 'core/events' })).items.map((item) => item.name);
    expect(names).toEqual(['e0', 'e10', 'e11', 'e4', 'e5', 'e6', 'e7', 'e8', 'e9']);
    expect(await store.get(lease('l').key)).toBeDefined();
    const changes = await changesSince(store, (await store.head()).compacted);
    expect(changes.some((change) => change.type === 'DELETED')).toBe(true);
    expect((await store.head()).compacted).toBeGreaterThan(start);
  });

  it('keeps leases even when they alone are too many', async () => {
    const store = createVolatileStore({ identity, ...testWorld, maxBytes: 4_000 });
    await store.write([lease('a'), lease('b'), lease('c'), lease('d')]);
    expect((await store.list({ resource: 'coordination/leases' })).items).toHaveLength(4);
  });

  it('drops events an hour after their last write', async () => {
    let now = 1_000_000;
    const store = createVolatileStore({ identity, ...testWorld, clock: { now: () => now } });
    await store.write([event('old'), event('kept'), lease('l')]);
    now += 3_000_000;
    await commit(store, update((await store.get(event('kept').key))!));
    now += 1_000_000;
    await commit(store, lease('another'));
    expect((await store.list({ resource: 'core/events' })).items.map((item) => item.name)).toEqual(['kept']);
    expect((await store.list({ resource: 'coordination/leases' })).items).toHaveLength(2);
  });

  it('answers 410 for what fell off its ring, and goes on from its end', async () => {
    const store = createVolatileStore({ identity, ...testWorld, maxBytes: 10_000 });
    const first = await commit(store, lease('a'));
    let last = first;
    for (let index = 0; index < 20; index++) last = await commit(store, update(last, { body: `${index}`.padEnd(500) }));
    await expect(store.changes({ after: first.revision })).rejects.toMatchObject({ reason: 'compacted' });
    const { compacted, revision } = await store.head();
    expect(revision).toBe(last.revision);
    expect((await store.changes({ after: compacted })).changes).toHaveLength(revision - compacted);
    expect((await store.list({ resource: 'coordination/leases', atRevision: compacted })).items[0]?.revision).toBe(compacted);
  });

  it('does not go back to earlier revisions when it starts again later', async () => {
    let now = 1_700_000_000_000;
    const open = () => createVolatileStore({ identity, ...testWorld, clock: { now: () => now } });
    const before = await commit(open(), lease('a'));
    now += 1_000;
    const again = open();
    expect((await again.head()).revision).toBeGreaterThan(before.revision);
    await expect(again.changes({ after: before.revision })).rejects.toMatchObject({ reason: 'compacted' });
  });
});
