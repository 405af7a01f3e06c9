import { expect, it, vi } from 'vitest';
import { replicaSets } from '#schema/apps/replica-set.ts';
import { createTestWorld } from '../../controller-runtime/testing.ts';
import type { Store } from '../../store/store.ts';
import { boundedStore } from './bounded-store.ts';
import { type Limits, Meter, metered, presentMeter } from './meter.ts';

const limits: Limits = { external: 20, internal: 1_000, open: 6 };

/** Each call is a request, as over HTTP. */
const counted = (store: Store): Store =>
  new Proxy(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]): Promise<unknown> => {
        // later than the call begins
        await undefined;
        presentMeter()?.count('external');
        return Reflect.apply(member, target, args);
      };
    },
  });

const openWorld = () => createTestWorld({ wrap: (store) => boundedStore(counted(store), limits.external) });

const replicaSet = (name: string) => {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'nginx' }] } };
  const metadata = { name, namespace: 'default' };
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata, spec: { replicas: 200, selector: { matchLabels: labels }, template } };
};

it('begins no call that may cross the limit, and lets the state of the loop be kept with the last of it', async () => {
  const { store } = openWorld();
  const meter = new Meter('LoopObject', limits);
  await metered(meter, async () => {
    for (let i = 0; i < 10; i++) await store.head();
    expect(await store.write([])).toEqual([]);
    await expect(store.write([])).rejects.toMatchObject({ name: 'StoreError', reason: 'unavailable' });
    await expect(store.gather({ keys: [], lists: [] })).rejects.toMatchObject({ reason: 'unavailable' });
    for (let i = 0; i < 2; i++) expect(await store.getMany([])).toEqual([]);
    await expect(store.getMany([])).rejects.toMatchObject({ reason: 'unavailable' });
    while (meter.external < limits.external - 1) await store.head();
    expect(await store.saveLoopState({ epoch: 1, processed: 0 })).toBe(false);
    meter.renew();
    expect(await store.write([])).toEqual([]);
  });
  // outside of every invocation nobody counts
  for (let i = 0; i < 30; i++) expect(await store.write([])).toEqual([]);
});

it('counts calls that have begun and made no request yet', async () => {
  const { store } = openWorld();
  const meter = new Meter('LoopObject', limits);
  const answers = await metered(meter, () => Promise.allSettled(Array.from({ length: 100 }, () => store.getMany([]))));
  expect(answers.filter(({ status }) => status === 'fulfilled').length).toBe(meter.external);
  expect(meter.external).toBeGreaterThan(5);
  expect(meter.external).toBeLessThanOrEqual(limits.external);
});

it('lets a loop with more to do than one invocation may ask end it in the next ones', async () => {
  const crossed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const world = openWorld();
  await world.settle();
  const count = (): number => [...world.cache.entries()].filter(({ resource }) => resource === 'core/pods').length;
  const invocation = (work: () => Promise<unknown>): Promise<unknown> => metered(new Meter('LoopObject', limits), work);
  // they poke the loop, which begins to work in their invocation
  await invocation(async () => {
    for (const name of ['a', 'b', 'c']) await world.create(replicaSets, replicaSet(name));
  });
  let wakes = 0;
  for (; wakes < 50 && count() < 600; wakes++) {
    world.nowMs += 60_000;
    await invocation(() => world.loop.tick());
  }
  expect(crossed.mock.calls).toEqual([]);
  crossed.mockRestore();
  expect(wakes).toBeGreaterThan(1);
  expect(
    world.log.filter(
      ({ level, fields }) => level === 'error' && fields?.reason !== 'unavailable' && !String(fields?.error).includes('next invocation'),
    ),
  ).toEqual([]);
  await world.settle();
  expect(count()).toBe(600);
});
