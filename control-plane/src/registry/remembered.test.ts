/** Who changes an object again costs one call of its store; what another process did meanwhile is never overlooked. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { leases } from '#schema/coordination/lease.ts';
import { configMaps } from '#schema/core/config-map.ts';
import type { KubeObject, ResourceDefinition } from '#schema/resource.ts';
import { storageKey } from '#schema/resource.ts';
import { createWorld, type World } from '../apiserver/testing.ts';
import type { StoredObject } from '../store/store.ts';
import { type ApiRegistry, createRegistry } from './create.ts';
import type { Intent } from './intent.ts';
import { Remembered } from './remembered.ts';

let world: World;
/** As another process: it has not seen what the API server wrote, nor the other way round. */
let other: ApiRegistry;
const actor = { user: { name: 'other', groups: ['system:masters'] }, fieldManager: 'other' };

const changedElsewhere = async (definition: ResourceDefinition, name: string, change: (object: any) => KubeObject): Promise<void> => {
  const key = { resource: storageKey(definition), namespace: 'default', name };
  await other.one({ op: 'update', definition, actor, key, subresource: '', change: (object) => change(structuredClone(object)) });
};
const deletedElsewhere = async (definition: ResourceDefinition, name: string): Promise<void> => {
  const key = { resource: storageKey(definition), namespace: 'default', name };
  await other.one({ op: 'delete', definition, actor, key, request: {} });
};

beforeAll(async () => {
  world = await createWorld();
  other = createRegistry(world.platform);
});
afterAll(() => world.close());

describe('a Lease that is renewed from the version that was read', () => {
  const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
  let lease: any;
  const put = (object: any, query = '') => world.call('PUT', `${path}/leader${query}`, object);
  const renewed = (serial: number, of = lease) => ({ ...of, spec: { ...of.spec, renewTime: `2030-01-01T00:00:0${serial}.000000Z` } });
  const takenOver = () => changedElsewhere(leases, 'leader', (object) => ({ ...object, spec: { ...object.spec, holderIdentity: 'b' } }));

  beforeEach(async () => {
    await world.call('DELETE', `${path}/leader`);
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
    await deletedElsewhere(leases, 'leader');
    expect((await put(renewed(2))).status).toBe(404);
  });

  it('reads before it says that nothing changes, that something is wrong, or what would happen', async () => {
    await takenOver();
    expect((await put(lease)).status).toBe(409);
    expect((await put(renewed(2), '?dryRun=All')).status).toBe(409);
    expect((await put({ ...lease, spec: { ...lease.spec, leaseDurationSeconds: -1 } })).status).toBe(409);
  });
});

describe('an object that is patched again and again', () => {
  const path = '/api/v1/namespaces/default/configmaps';
  const patch = (data: Record<string, string>, name = 'counter') =>
    world.call('PATCH', `${path}/${name}`, { data }, { 'content-type': 'application/merge-patch+json' });
  const dataOf = async (name = 'counter') => (await world.call('GET', `${path}/${name}`)).body.data;

  beforeEach(async () => {
    await world.call('DELETE', `${path}/counter`);
    await world.create(path, { metadata: { name: 'counter' }, data: { at: '0' } });
    world.calls.length = 0;
  });

  it('is read by nobody', async () => {
    for (const at of ['1', '2', '3']) expect((await patch({ at })).body.data).toEqual({ at });
    expect(world.calls).toEqual(['write', 'write', 'write']);
    expect(await dataOf()).toEqual({ at: '3' });
  });

  it('has the changes of another process, too', async () => {
    await changedElsewhere(configMaps, 'counter', (object) => ({ ...object, data: { ...object.data, theirs: 'x' } }));
    expect((await patch({ at: '1' })).body.data).toEqual({ at: '1', theirs: 'x' });
    expect(await dataOf()).toEqual({ at: '1', theirs: 'x' });
  });

  it('that another process deleted is not found, and one that it made anew is what is changed', async () => {
    await deletedElsewhere(configMaps, 'counter');
    expect((await patch({ at: '1' })).status).toBe(404);
    const made = await other.one({
      op: 'create',
      definition: configMaps,
      actor,
      object: { metadata: { name: 'counter', namespace: 'default' }, data: { fresh: 'yes' } } as KubeObject,
    });
    const { body } = await patch({ at: '1' });
    expect([body.metadata.uid, body.data]).toEqual([made.object.metadata.uid, { fresh: 'yes', at: '1' }]);
  });

  it('is read before anyone is told that nothing changes', async () => {
    await changedElsewhere(configMaps, 'counter', (object) => ({ ...object, data: { at: 'theirs' } }));
    expect((await patch({ at: '0' })).body.data).toEqual({ at: '0' });
    expect(await dataOf()).toEqual({ at: '0' });
  });

  it('is read after half a minute, and always when it is sealed', async () => {
    world.nowMs += 30_000;
    await patch({ at: '1' });
    const secrets = '/api/v1/namespaces/default/secrets';
    await world.create(secrets, { metadata: { name: 'key' }, stringData: { a: 'b' } } as Partial<KubeObject>);
    await world.call('PATCH', `${secrets}/key`, { stringData: { a: 'c' } }, { 'content-type': 'application/merge-patch+json' });
    const reads = world.calls.filter((call) => call === 'gather' || call === 'get').length;
    expect(reads).toBeGreaterThanOrEqual(2);
  });
});

describe('what is remembered', () => {
  const key = { resource: 'coordination.k8s.io/leases', namespace: 'default' };
  const wish = (name: string, revision?: number) => ({ op: 'update', definition: leases, key: { ...key, name }, revision }) as Intent;
  const stored = (name: string, size = 2) => ({ ...key, name, uid: 'u', revision: 1, body: 'x'.repeat(size) }) as StoredObject;
  const known = (remembered: Remembered, names: readonly string[]) => names.map((name) => remembered.of(wish(name), 0) !== undefined);

  it('are the last thousand that are not large', () => {
    const remembered = new Remembered();
    for (let i = 0; i < 1_200; i++) remembered.wrote(leases, stored(`l${i}`), 0);
    remembered.wrote(leases, stored('large', 16 * 1024 + 1), 0);
    expect(known(remembered, ['l0', 'l199', 'l200', 'l1199', 'large'])).toEqual([false, false, true, true, false]);
  });

  it('are four million characters at most, each counted once', () => {
    const remembered = new Remembered();
    for (let i = 0; i < 300; i++) for (let again = 0; again < 3; again++) remembered.wrote(leases, stored(`l${i}`, 16 * 1024), 0);
    expect(known(remembered, ['l43', 'l44', 'l299'])).toEqual([false, true, true]);
  });

  it('is the version that is named, for half a minute, until it is gone', () => {
    const remembered = new Remembered();
    remembered.wrote(leases, stored('l'), 0);
    const at = (revision: number | undefined, nowMs: number) => remembered.of(wish('l', revision), nowMs) !== undefined;
    expect([at(undefined, 0), at(1, 29_999), at(2, 0), at(1, 30_000)]).toEqual([true, true, false, false]);
    remembered.forget(stored('l'));
    expect(at(undefined, 0)).toBe(false);
  });
});
