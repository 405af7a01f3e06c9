/** What the cache of the policy asks the store, and when. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { clusterRoleBindings } from '#schema/rbac/cluster-role-binding.ts';
import { createWorld, type World } from '../../apiserver/testing.ts';
import { PolicyCache } from './policy-cache.ts';

let world: World;
let cache: PolicyCache;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  cache = new PolicyCache(world.platform);
  world.calls.length = 0;
});

const eve = { name: 'eve', groups: [] };
const grants = async (): Promise<number> => [...(await cache.current()).rulesFor(eve, '')].length;
const bind = async (name: string, user: string): Promise<void> => {
  const group = 'rbac.authorization.k8s.io';
  const object = {
    metadata: { name },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'system:monitoring' },
    subjects: [{ kind: 'User', apiGroup: group, name: user }],
  };
  const by = { user: { name: 'admin', groups: ['system:masters'] }, fieldManager: 'test' };
  const [result] = await world.registry.applyAll([{ op: 'create', definition: clusterRoleBindings, object }], by);
  expect(result?.status).toBe('ok');
  world.calls.length = 0;
};

test('reads each kind once, then nothing for four seconds, then what changed', async () => {
  expect(await grants()).toBe(0);
  expect(world.calls).toEqual(['list', 'list', 'list', 'list']);
  await bind('first', 'eve');
  world.nowMs += 3999;
  expect(await grants()).toBe(0);
  expect(world.calls).toEqual([]);
  world.nowMs += 1;
  expect(await grants()).toBe(1);
  expect(world.calls).toEqual(['changes']);
});

test('between four and five seconds one request asks for all', async () => {
  await cache.current();
  world.calls.length = 0;
  world.nowMs += 4000;
  await Promise.all(Array.from({ length: 20 }, () => cache.current()));
  expect(world.calls).toEqual(['changes']);
});

test('after five seconds nobody goes on with what may be over; many at once end with the newest', async () => {
  await cache.current();
  await bind('second', 'eve');
  world.nowMs += 5000;
  const found = await Promise.all(Array.from({ length: 5 }, grants));
  expect(new Set(found)).toEqual(new Set([2]));
});

test('forgotten, it asks at once, and what was asked before is not fresh', async () => {
  await cache.current();
  world.calls.length = 0;
  world.nowMs += 4000;
  const before = cache.current();
  cache.forget();
  await before;
  await cache.current();
  expect(world.calls).toEqual(['changes', 'changes']);
});

test('a history that was compacted beyond it makes it read all anew', async () => {
  await cache.current();
  await bind('third', 'eve');
  await world.platform.store.compact((await world.platform.store.head()).revision);
  world.calls.length = 0;
  world.nowMs += 5000;
  expect(await grants()).toBe(3);
  expect(world.calls).toEqual(['changes', 'list', 'list', 'list', 'list']);
});
