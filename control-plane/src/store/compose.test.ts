import { beforeEach, describe, expect, it } from 'vitest';
import { composeStores, type GuardQuestion } from './compose.ts';
import { commit, configMaps, create, key, namespaceKey, remove, statuses, update } from './contract/fixture.ts';
import { testWorld } from './contract/world.ts';
import type { Guards, Store } from './store.ts';
import { createVolatileStore } from './volatile/volatile-store.ts';

const leases = 'coordination/leases';
const events = 'core/events';

describe('composeStores', () => {
  let durable: Store;
  let volatile: Store;
  let store: Store;
  let asked: (keyof Guards)[];
  let trips: number;
  let now: number;

  beforeEach(() => {
    const identity = { clusterUid: 'cluster', incarnation: 'first' };
    // Any store will do for the durable side: what is tested is who gets asked.
    durable = createVolatileStore({ identity, ...testWorld, clock: { now: () => 1 } });
    volatile = createVolatileStore({ identity, ...testWorld });
    asked = [];
    now = 0;
    trips = 0;
    const failingGuards = async (questions: readonly GuardQuestion[]) => {
      trips++;
      return Promise.all(
        questions.map(async ({ guards, namespace }): Promise<keyof Guards | undefined> => {
          asked.push(...(Object.keys(guards) as (keyof Guards)[]));
          if (guards.ownerUid !== undefined && guards.ownerUid !== 'uid-owner') return 'ownerUid';
          return guards.namespaceAlive && !(await durable.get(namespaceKey(namespace))) ? 'namespaceAlive' : undefined;
        }),
      );
    };
    const isVolatile = (resource: string) => resource === leases || resource === events;
    store = composeStores({ durable: { ...durable, failingGuards }, volatile, isVolatile, clock: { now: () => now } });
  });

  it('sends each object to its side, with the revisions of that side', async () => {
    const lease = await commit(store, create(key('l', 'default', leases)));
    const map = await commit(store, create(key('m')));
    expect(lease.revision).toBe((await volatile.head()).revision);
    expect(map.revision).toBe((await durable.head()).revision);
    expect(await store.get(key('l', 'default', leases))).toEqual(lease);
    expect(await durable.get(key('l', 'default', leases))).toBeUndefined();
    expect(await store.getMany([key('m'), key('l', 'default', leases), key('none'), key('m')])).toEqual([map, lease, undefined, map]);
    expect((await store.list({ resource: leases })).items).toEqual([lease]);
    expect(await store.head()).toEqual(await durable.head());
  });

  it('gives the outcomes of a mixed batch in the order asked', async () => {
    const outcomes = await store.write([
      create(key('l', 'default', leases)),
      create(key('m')),
      create(key('l', 'default', leases)),
      create(key('m')),
      create(key('e', 'default', events)),
    ]);
    expect(statuses(outcomes)).toEqual(['ok', 'ok', 'alreadyExists', 'alreadyExists', 'ok']);
  });

  it('reads changes of one side at a time', async () => {
    const lease = await commit(store, create(key('l', 'default', leases)));
    const map = await commit(store, create(key('m')));
    expect((await store.changes({ after: lease.revision - 1, resources: [leases, events] })).changes).toEqual([
      { ...lease, type: 'ADDED' },
    ]);
    expect((await store.changes({ after: map.revision - 1, resources: [configMaps] })).changes).toEqual([{ ...map, type: 'ADDED' }]);
    expect((await store.changes({ after: map.revision - 1 })).changes).toEqual([{ ...map, type: 'ADDED' }]);
    await expect(store.changes({ after: 1, resources: [leases, configMaps] })).rejects.toThrow(RangeError);
  });

  it('asks the durable side for the guards of volatile writes', async () => {
    const event = (name: string) => create(key(name, 'team', events), { guards: { namespaceAlive: true } });
    expect(await store.write([event('a')])).toEqual([{ status: 'guard', guard: 'namespaceAlive' }]);
    const namespace = await commit(store, create(namespaceKey('team')));
    const outcomes = await store.write([event('a'), create(key('b', 'team', leases), { guards: { ownerUid: 'nobody' } }), event('c')]);
    expect(outcomes.map((outcome) => (outcome.status === 'guard' ? outcome.guard : outcome.status))).toEqual(['ok', 'ownerUid', 'ok']);
    await commit(store, remove(namespace));
    expect(statuses(await store.write([event('d')]))).toEqual(['guard']);
  });

  it('asks once for the namespace of an event storm', async () => {
    await commit(store, create(namespaceKey('team')));
    const storm = async (name: string) => store.write([create(key(name, 'team', events), { guards: { namespaceAlive: true } })]);
    for (let index = 0; index < 20; index++) expect(statuses(await storm(`a${index}`))).toEqual(['ok']);
    expect(asked.filter((guard) => guard === 'namespaceAlive')).toHaveLength(1);
    now = 5_001;
    await storm('later');
    expect(asked.filter((guard) => guard === 'namespaceAlive')).toHaveLength(2);
  });

  it('asks about a whole batch in one round trip, and each question once', async () => {
    for (const name of ['a', 'b', 'c']) await commit(store, create(namespaceKey(name)));
    const event = (namespace: string, i: number) => create(key(`e${i}`, namespace, events), { guards: { namespaceAlive: true } });
    const batch = Array.from({ length: 100 }, (_, i) => event(['a', 'b', 'c', 'gone'][i % 4]!, i));
    const outcomes = statuses(await store.write(batch));
    expect(outcomes).toEqual(batch.map((_, i) => (i % 4 === 3 ? 'guard' : 'ok')));
    expect([trips, asked]).toEqual([1, Array(4).fill('namespaceAlive')]);
    // of those found alive nothing is asked again
    await store.write([event('a', 200), event('b', 201)]);
    expect(trips).toBe(1);
  });

  it('fences volatile writes by the epoch of the durable side', async () => {
    const old = await store.acquireEpoch();
    const epoch = await store.acquireEpoch();
    const lease = create(key('l', 'default', leases));
    expect(await store.write([lease], { epoch: old })).toEqual([{ status: 'fenced', epoch }]);
    const [outcome] = await store.write([lease], { epoch });
    expect(outcome).toMatchObject({ status: 'ok' });
    expect(statuses(await store.write([update((await store.get(lease.key))!)]))).toEqual(['ok']);
  });
});
