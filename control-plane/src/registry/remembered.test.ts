/** Who renews a Lease costs one call of its store; what another process did meanwhile is never overlooked. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { leases } from '#schema/coordination/lease.ts';
import { createWorld, type World } from '../apiserver/testing.ts';
import type { StoredObject } from '../store/store.ts';
import type { Intent } from './intent.ts';
import { Remembered } from './remembered.ts';

const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
let world: World;
let lease: any;

const put = (object: any, query = '') => world.call('PUT', `${path}/leader${query}`, object);
const renewed = (serial: number, of = lease) => ({ ...of, spec: { ...of.spec, renewTime: `2030-01-01T00:00:0${serial}.000000Z` } });
/** As another process would: neither goes through what is remembered. */
const takenOver = () =>
  world.call('PATCH', `${path}/leader`, { spec: { holderIdentity: 'b' } }, { 'content-type': 'application/merge-patch+json' });
const deleted = () => world.call('DELETE', `${path}/leader`);

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  await deleted();
  const made = await world.call('POST', path, { metadata: { name: 'leader' }, spec: { holderIdentity: 'a', leaseDurationSeconds: 15 } });
  lease = (await put(renewed(1, made.body))).body;
  world.calls.length = 0;
});

it('reads what it was made from once', async () => {
  for (const serial of [2, 3, 4]) {
    const { status, body } = await put(renewed(serial));
    expect([status, body.spec.renewTime]).toEqual([200, `2030-01-01T00:00:0${serial}.000000Z`]);
    lease = body;
  }
  expect(world.calls).toEqual(['write', 'write', 'write']);
  expect((await world.call('GET', `${path}/leader`)).body).toEqual(lease);
});

it('refuses a renewal of what another has taken over, and says so with what stands there', async () => {
  await takenOver();
  const { status, body } = await put(renewed(2));
  expect([status, body.reason]).toEqual([409, 'Conflict']);
  expect((await world.call('GET', `${path}/leader`)).body.spec.holderIdentity).toBe('b');
});

it('does not bring back what another has deleted', async () => {
  await deleted();
  expect((await put(renewed(2))).status).toBe(404);
});

it('reads before it says that nothing changes, that something is wrong, or what would happen', async () => {
  await takenOver();
  expect((await put(lease)).status).toBe(409);
  expect((await put(renewed(2), '?dryRun=All')).status).toBe(409);
  expect((await put({ ...lease, spec: { ...lease.spec, leaseDurationSeconds: -1 } })).status).toBe(409);
});

it('keeps a bounded number of small ones', () => {
  const key = { resource: 'coordination.k8s.io/leases', namespace: 'default' };
  const remembered = new Remembered();
  const wish = (name: string, revision = 1) => ({ op: 'update', definition: leases, key: { ...key, name }, revision }) as unknown as Intent;
  const stored = (name: string, body = '{}') => ({ ...key, name, uid: 'u', revision: 1, body }) as StoredObject;
  for (let i = 0; i < 300; i++) remembered.wrote(wish(`l${i}`), leases, stored(`l${i}`));
  remembered.wrote(wish('large'), leases, stored('large', 'x'.repeat(20_000)));
  expect(['l0', 'l43', 'l44', 'l299', 'large'].map((name) => remembered.of(wish(name)) !== undefined)).toEqual([
    false,
    false,
    true,
    true,
    false,
  ]);
  expect(remembered.of(wish('l299', 2))).toBeUndefined();
});
