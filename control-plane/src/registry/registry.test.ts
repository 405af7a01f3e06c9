/** Registry.applyAll: what the control loop and the agents' reports rely on. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { leases } from '#schema/coordination/lease.ts';
import { configMaps } from '#schema/core/config-map.ts';
import { pods } from '#schema/core/pod.ts';
import { secrets } from '#schema/core/secret.ts';
import type { KubeObject } from '#schema/resource.ts';
import { createWorld, podNamed, type World } from '../apiserver/testing.ts';
import type { StoredChange } from '../store/store.ts';
import type { Actor, Operation } from './registry.ts';

let world: World;
let told: StoredChange[][] = [];
const loop: Actor = { user: { name: 'system:kedge-controller', groups: ['system:masters'] }, fieldManager: 'loop' };

beforeAll(async () => {
  world = await createWorld();
  const { hub } = world.platform;
  const notify = hub.notify;
  hub.notify = async (changes) => {
    told.push([...changes]);
    await notify(changes);
  };
});
beforeEach(() => {
  told = [];
  world.calls.length = 0;
});
afterAll(() => world.close());

const inDefault = (object: Partial<KubeObject>): KubeObject => ({ ...object, metadata: { ...object.metadata, namespace: 'default' } });
const configMap = (name: string, more: object = {}): KubeObject => inDefault({ metadata: { name, ...more } });
const create = (object: KubeObject, more: object = {}): Operation => ({ op: 'create', definition: configMaps, object, ...more });
const merge = (name: string, change: (current: KubeObject) => KubeObject | undefined, more: object = {}): Operation => ({
  op: 'merge',
  definition: configMaps,
  namespace: 'default',
  name,
  merge: change,
  ...more,
});
const okObject = (result: any): KubeObject => {
  expect(result.status).toBe('ok');
  return result.object;
};

describe('batches', () => {
  test('many operations are one write, told once, in order', async () => {
    const results = await world.registry.applyAll(
      Array.from({ length: 30 }, (_, i) => create(configMap(`b${i}`))),
      loop,
    );
    expect(results.map((r) => r.status)).toEqual(Array(30).fill('ok'));
    expect(world.calls).toEqual(['gather', 'write']);
    expect(told).toHaveLength(1);
    const revisions = told[0]!.map((c) => c.revision);
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    expect(okObject(results[7]).metadata).toMatchObject({ name: 'b7', resourceVersion: String(revisions[7]) });
  });

  test('pods share one look-up of their service account', async () => {
    world.nowMs += 10_000;
    const operations = ['p1', 'p2', 'p3'].map((name): Operation => ({ op: 'create', definition: pods, object: inDefault(podNamed(name)) }));
    expect((await world.registry.applyAll(operations, loop)).map((r) => r.status)).toEqual(['ok', 'ok', 'ok']);
    expect(world.calls).toEqual(['gather', 'write']);
  });

  test('what many refused operations must know is read once', async () => {
    const gone = Array.from({ length: 30 }, (_, i) => create({ metadata: { name: `g${i}`, namespace: 'gone' } }));
    expect((await world.registry.applyAll(gone, loop)).map((r) => r.status)).toEqual(Array(30).fill('guard'));
    expect(world.calls.slice().sort()).toEqual(['gather', 'get', 'write']);
  });

  test('several operations on one object follow each other', async () => {
    const add = (key: string) => merge('b0', (c) => ({ ...c, data: { ...c.data, [key]: 'v' } }));
    const results = await world.registry.applyAll([add('x'), add('y'), add('z')], loop);
    expect(okObject(results[2]).data).toEqual({ x: 'v', y: 'v', z: 'v' });
  });

  test('a namespace made between the write and the look why it was refused is no conflict', async () => {
    const { store } = world.platform as { store: { write: (typeof world.platform.store)['write'] } };
    const { write } = store;
    store.write = async (writes) => {
      store.write = write;
      return writes.map(() => ({ status: 'guard', guard: 'namespaceAlive' }) as const);
    };
    const [result] = await world.registry.applyAll([create(configMap('patient'))], loop);
    expect(result!.status).toBe('ok');
  });

  test('one refusal does not stop the others', async () => {
    const results = await world.registry.applyAll(
      [create(configMap('Bad_Name')), create(configMap('good')), create(configMap('b1')), create(inDefault({ metadata: { name: 'ok2' } }))],
      loop,
    );
    expect(results.map((r) => r.status)).toEqual(['invalid', 'ok', 'alreadyExists', 'ok']);
    expect(results[2]).toMatchObject({ current: { metadata: { name: 'b1' } } });
  });
});

describe('races and guards', () => {
  test('a merge that lost a race is tried again on the newer object', async () => {
    let tries = 0;
    const write = world.platform.store.write;
    let raced = false;
    world.platform.store.write = async (writes, options) => {
      if (!raced) {
        raced = true;
        await world.call(
          'PATCH',
          '/api/v1/namespaces/default/configmaps/b2',
          { data: { other: '1' } },
          { 'content-type': 'application/merge-patch+json' },
        );
      }
      return write(writes, options);
    };
    const [result] = await world.registry.applyAll(
      [
        merge('b2', (c) => {
          tries++;
          return { ...c, data: { ...c.data, mine: '1' } };
        }),
      ],
      loop,
    );
    world.platform.store.write = write;
    expect(okObject(result).data).toEqual({ other: '1', mine: '1' });
    expect(tries).toBe(2);
  });

  test('an update decided from an old revision is a conflict with the object as it is', async () => {
    const [first] = await world.registry.applyAll([create(configMap('old'))], loop);
    const object = okObject(first);
    await world.registry.applyAll([merge('old', (c) => ({ ...c, data: { a: '1' } }))], loop);
    const [stale] = await world.registry.applyAll(
      [{ op: 'update', definition: configMaps, object: { ...object, data: { b: '1' } } }],
      loop,
    );
    expect(stale).toMatchObject({ status: 'conflict', current: { data: { a: '1' } } });
    const [gone] = await world.registry.applyAll([{ op: 'delete', definition: configMaps, object, request: {} }], loop);
    expect(gone!.status).toBe('conflict');
    const { resourceVersion: _, ...metadata } = object.metadata;
    const [byUid] = await world.registry.applyAll(
      [{ op: 'delete', definition: configMaps, object: { ...object, metadata }, request: {} }],
      loop,
    );
    expect(byUid).toMatchObject({ status: 'ok', deleted: true });
  });

  test('a foreign uid, a missing object, an equal state', async () => {
    const results = await world.registry.applyAll(
      [
        merge('b3', (c) => ({ ...c, data: { a: '1' } }), { uid: 'other' }),
        merge('nope', (c) => c),
        merge('b4', (c) => c),
        merge('b5', () => undefined),
      ],
      loop,
    );
    expect(results.map((r) => r.status)).toEqual(['conflict', 'notFound', 'unchanged', 'unchanged']);
  });

  test('a create is void without its owner, a missing namespace is a guard', async () => {
    const results = await world.registry.applyAll(
      [create(configMap('orphaned'), { ownerUid: 'no-such-uid' }), create({ metadata: { name: 'x', namespace: 'nowhere' } })],
      loop,
    );
    expect(results.map((r) => r.status)).toEqual(['guard', 'guard']);
  });

  test('a delete is void while an owner exists', async () => {
    const [owner] = await world.registry.applyAll([create(configMap('owner'))], loop);
    const uid = okObject(owner).metadata.uid!;
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid };
    const [child] = await world.registry.applyAll([create(configMap('child', { ownerReferences: [reference] }), { ownerUid: uid })], loop);
    const remove = (): Operation => ({ op: 'delete', definition: configMaps, object: okObject(child), request: {}, ownersGone: [uid] });
    expect((await world.registry.applyAll([remove()], loop))[0]!.status).toBe('guard');
    await world.call('DELETE', '/api/v1/namespaces/default/configmaps/owner');
    expect((await world.registry.applyAll([remove()], loop))[0]!.status).toBe('ok');
  });

  test('an epoch that is no longer active is fenced', async () => {
    const epoch = await world.platform.store.acquireEpoch();
    expect((await world.registry.applyAll([create(configMap('e1'))], loop, { epoch }))[0]!.status).toBe('ok');
    const next = await world.platform.store.acquireEpoch();
    expect((await world.registry.applyAll([create(configMap('e2'))], loop, { epoch }))[0]).toEqual({ status: 'fenced', epoch: next });
    expect((await world.call('GET', '/api/v1/namespaces/default/configmaps/e2')).status).toBe(404);
  });
});

describe('what is stored', () => {
  test('a Secret is stored sealed and read in the clear', async () => {
    const canary = 'Y2FuYXJ5LWluLXRoZS1jb2FsLW1pbmU=';
    await world.registry.applyAll(
      [{ op: 'create', definition: secrets, object: inDefault({ metadata: { name: 's' }, ...{ data: { k: canary } } }) }],
      loop,
    );
    const stored = await world.platform.store.get({ resource: 'core/secrets', namespace: 'default', name: 's' });
    expect(stored!.body).not.toContain(canary);
    expect(JSON.stringify(told)).not.toContain(canary);
    expect((await world.call('GET', '/api/v1/namespaces/default/secrets/s')).body.data.k).toBe(canary);
    const [merged] = await world.registry.applyAll(
      [{ op: 'merge', definition: secrets, namespace: 'default', name: 's', merge: (c) => ({ ...c, data: { ...c.data, l: 'eA==' } }) }],
      loop,
    );
    expect(okObject(merged).data).toEqual({ k: canary, l: 'eA==' });
  });

  test('a deleted Secret leaves a tombstone that names it and nothing else; who listens hears the last state', async () => {
    const { revision } = await world.platform.store.head();
    const metadata = { name: 'short', labels: { app: 'web' }, annotations: { copy: 'c2VjcmV0' } };
    await world.registry.applyAll(
      [{ op: 'create', definition: secrets, object: inDefault({ metadata, ...{ type: 'Opaque', data: { k: 'c2VjcmV0' } } }) }],
      loop,
    );
    await world.call('DELETE', '/api/v1/namespaces/default/secrets/short');
    const { changes } = await world.platform.store.changes({ after: revision, resources: ['core/secrets'] });
    expect(changes.map((change) => [change.type, change.previousBody])).toEqual([['DELETED', undefined]]);
    const stone = await world.registry.bodies.open(changes[0]!, changes[0]!.body);
    expect(JSON.parse(stone)).toMatchObject({ kind: 'Secret', metadata: { name: 'short', labels: { app: 'web' } }, type: 'Opaque' });
    expect(stone).not.toContain('c2VjcmV0');
    const heard = told.flat().findLast((change) => change.name === 'short')!;
    expect(JSON.parse(await world.registry.bodies.open(heard, heard.body)).data.k).toBe('c2VjcmV0');
    const { versions } = await world.platform.store.history!.versions({ key: changes[0]! });
    expect(versions.map(({ type, size, author }) => [type, size > 0, author?.user])).toEqual([
      ['DELETED', true, 'admin'],
      ['ADDED', false, expect.any(String)],
    ]);
  });

  test('no resourceVersion, no managedFields that say nothing; kind and apiVersion first', async () => {
    await world.registry.applyAll([create(configMap('plain', { managedFields: [{ manager: 'x' }] }))], loop);
    const stored = await world.platform.store.get({ resource: 'core/configmaps', namespace: 'default', name: 'plain' });
    expect(stored!.body).toMatch(/^\{"apiVersion":"v1","kind":"ConfigMap","metadata":\{"name":"plain",/);
    expect(stored!.body).not.toContain('resourceVersion');
    expect(stored!.body).not.toContain('managedFields');
  });

  test('volatile and durable kinds in one call', async () => {
    const lease: Operation = { op: 'create', definition: leases, object: inDefault({ metadata: { name: 'l' }, ...{ spec: {} } }) };
    const results = await world.registry.applyAll([lease, create(configMap('both'))], loop);
    expect(results.map((r) => r.status)).toEqual(['ok', 'ok']);
  });
});
