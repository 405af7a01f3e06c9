import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import { configMaps } from '#schema/core/config-map.ts';
import { pods } from '#schema/core/pod.ts';
import { type KubeObject, storageKey } from '#schema/resource.ts';
import { resources } from '#schema/resources.ts';
import type { Store, StoredChange, Write } from '../store/store.ts';
import { createVolatileStore } from '../store/volatile/volatile-store.ts';
import { createInformerCache, type DirtyEvent } from './informer-cache.ts';
import { ObjectCache } from './object-cache.ts';
import type { Snapshot } from './snapshot.ts';
import { seededRandom } from './testing.ts';

const PODS = storageKey(pods);
const MAPS = storageKey(configMaps);
const clock = { now: () => 1000 };
const derived = { owners: [], claims: [], node: '', deleting: false, finalized: false };

const newStore = (incarnation = 'one', maxBytes = 1 << 24): Store =>
  createVolatileStore({ identity: { clusterUid: 'c', incarnation }, clock, random: seededRandom(1), isExpendable: () => false, maxBytes });

const bodyOf = (name: string, extra: object = {}): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', uid: `uid-${name}` }, ...extra });

/** Writes one object and returns the change as a hub would tell it. */
const put = async (store: Store, name: string, extra: object = {}): Promise<StoredChange> => {
  const key = { resource: MAPS, namespace: 'default', name };
  const current = await store.get(key);
  const write: Write = current
    ? { op: 'update', key, uid: current.uid, body: bodyOf(name, extra), derived, revision: current.revision }
    : { op: 'create', key, uid: `uid-${name}`, body: bodyOf(name, extra), derived };
  const [outcome] = await store.write([write]);
  if (outcome?.status !== 'ok') throw new Error(outcome?.status);
  return { ...outcome.object, type: current ? 'MODIFIED' : 'ADDED' };
};

const drop = async (store: Store, name: string): Promise<StoredChange> => {
  const key = { resource: MAPS, namespace: 'default', name };
  const current = (await store.get(key))!;
  const [outcome] = await store.write([{ op: 'delete', key, uid: current.uid, body: current.body }]);
  if (outcome?.status !== 'ok') throw new Error(outcome?.status);
  return { ...outcome.object, type: 'DELETED' };
};

const names = (snapshot: Snapshot): string[] =>
  snapshot
    .all(MAPS)
    .map((object) => `${object.metadata.name}@${object.data?.n ?? ''}`)
    .sort();

describe('the informer cache', () => {
  it('loads page by page and knows up to where', async () => {
    const store = newStore();
    for (let i = 0; i < 1200; i++) await put(store, `m${i}`);
    const cache = createInformerCache({ store, resources, clock });
    await cache.load();
    expect(cache.snapshot.all(MAPS)).toHaveLength(1200);
    expect(cache.snapshot.revision).toBe((await store.head()).revision);
    expect(Object.isFrozen(cache.snapshot.get(MAPS, 'default', 'm7')!.metadata)).toBe(true);
  });

  it('ends in the same state whatever order changes arrive in, and never goes back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.boolean()), { minLength: 1, maxLength: 20, size: 'max' }),
        fc.infiniteStream(fc.nat()),
        async (steps, order) => {
          const store = newStore();
          const cache = createInformerCache({ store, resources, clock });
          await cache.load();
          const changes: StoredChange[] = [];
          let n = 0;
          for (const [name, remove] of steps) {
            const there = await store.get({ resource: MAPS, namespace: 'default', name });
            if (remove && there) changes.push(await drop(store, name));
            else changes.push(await put(store, name, { data: { n: String(n++) } }));
          }
          const shuffled = changes
            .map((change) => ({ change, at: order.next().value as number }))
            .sort((a, b) => a.at - b.at)
            .map(({ change }) => change);
          for (const change of shuffled) cache.fold([change, change]);
          const fresh = createInformerCache({ store, resources, clock });
          await fresh.load();
          expect(names(cache.snapshot)).toEqual(names(fresh.snapshot));
          expect(cache.snapshot.revision).toBe(fresh.snapshot.revision);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('has the version it knows parsed, and no other', async () => {
    const store = newStore();
    const cache = createInformerCache({ store, resources, clock });
    const first = await put(store, 'm', { data: { n: '1' } });
    await cache.load();
    expect(cache.parsed(first)).toBe(cache.snapshot.get(MAPS, 'default', 'm'));
    expect(cache.parsed({ ...first, uid: 'another' })).toBeUndefined();
    const second = await put(store, 'm', { data: { n: '2' } });
    expect(cache.parsed(second)).toBeUndefined();
    cache.fold([second]);
    expect(cache.parsed(second)?.data).toEqual({ n: '2' });
    expect(cache.parsed(first)).toBeUndefined();
  });

  it('does not call a revision seen while one before it is missing, and reads the log when asked to wait', async () => {
    const store = newStore();
    const cache = createInformerCache({ store, resources, clock });
    await cache.load();
    const before = cache.snapshot.revision;
    const [first, second] = [await put(store, 'a'), await put(store, 'b')];
    cache.fold([second]);
    expect(cache.snapshot.revision).toBe(before);
    expect(names(cache.snapshot)).toEqual(['b@']);
    expect(await cache.waitFor(second.revision, 1000)).toBe(true);
    expect(names(cache.snapshot)).toEqual(['a@', 'b@']);
    cache.fold([first]);
    expect(cache.snapshot.revision).toBe(second.revision);
    expect(await cache.waitFor(second.revision + 1, 1000)).toBe(false);
  });

  it('tells what changed, with the state before', async () => {
    const store = newStore();
    const cache = createInformerCache({ store, resources, clock });
    await cache.load();
    const heard: DirtyEvent[] = [];
    cache.onFold((events) => heard.push(...events));
    cache.fold([await put(store, 'a', { data: { n: '1' } })]);
    cache.fold([await put(store, 'a', { data: { n: '2' } })]);
    cache.fold([await drop(store, 'a')]);
    expect(heard.map(({ type, object, previous }) => [type, object.data.n, previous?.data.n])).toEqual([
      ['ADDED', '1', undefined],
      ['MODIFIED', '2', '1'],
      ['DELETED', '2', '2'],
    ]);
  });

  it('loads in few requests, however many kinds there are, and pages what is large', async () => {
    const store = newStore();
    for (const name of ['a', 'b', 'c']) await put(store, name, { data: { large: 'x'.repeat(50_000) } });
    const asked: string[] = [];
    const counted = new Proxy(store, {
      get: (target, name) => {
        asked.push(String(name));
        return Reflect.get(target, name).bind(target);
      },
    });
    const cache = createInformerCache({ store: counted, resources, clock });
    await cache.load();
    expect(names(cache.snapshot)).toEqual(['a@', 'b@', 'c@'].map((name) => expect.stringContaining(name.slice(0, 1))));
    expect(asked.filter((name) => name === 'list')).toHaveLength(1);
    expect(asked.length).toBeLessThan(10);
  });

  it('goes on where it was when a load broke off, whatever changed meanwhile (property)', async () => {
    const large = (n: number): object => ({ data: { n: String(n), large: 'x'.repeat(140_000) } });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 4, max: 8 }),
        fc.array(fc.tuple(fc.nat({ max: 24 }), fc.boolean()), { maxLength: 12 }),
        fc.boolean(),
        async (callsAtOnce, changes, restored) => {
          let store = newStore();
          for (let i = 0; i < 20; i++) await put(store, `m${i}`, large(i));
          let left = 0;
          const limited = new Proxy({} as Store, {
            get: (_, name: keyof Store) => {
              if (left-- <= 0) throw new Error('no more calls');
              return (store[name] as () => unknown).bind(store);
            },
          });
          const cache = createInformerCache({ store: limited, resources, clock });
          const told = new Map<string, string>();
          let incarnation = '';
          cache.onFold((events) => {
            // listeners begin anew with another incarnation
            if (incarnation !== cache.incarnation) told.clear();
            incarnation = cache.incarnation;
            for (const { type, object } of events) {
              if (type === 'DELETED') told.delete(object.metadata.name!);
              else told.set(object.metadata.name!, object.metadata.resourceVersion!);
            }
          });
          let attempts = 0;
          for (let done = false; !done && attempts < 20; attempts++) {
            left = callsAtOnce;
            done = await cache.catchUp().then(
              () => true,
              () => false,
            );
            const change = changes.pop();
            const name = `m${change?.[0]}`;
            if (change?.[1] && (await store.get({ resource: MAPS, namespace: 'default', name }))) await drop(store, name);
            else if (change) await put(store, name, large(attempts));
            if (attempts === 1 && restored) {
              store = newStore('two');
              for (let i = 0; i < 12; i++) await put(store, `m${i * 2}`, large(i));
            }
          }
          left = 1_000;
          await cache.catchUp();
          const all: [string, string][] = [];
          for (const name of Array.from({ length: 25 }, (_, i) => `m${i}`).sort()) {
            const object = await store.get({ resource: MAPS, namespace: 'default', name });
            if (object) all.push([name, String(object.revision)]);
          }
          expect(
            cache.snapshot
              .all(MAPS)
              .map(({ metadata }) => [metadata.name, metadata.resourceVersion])
              .sort(),
          ).toEqual(all);
          expect([...told].sort()).toEqual(all);
          expect(attempts).toBeLessThan(12);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('starts over when the log it follows is gone or belongs to another incarnation', async () => {
    let store = newStore();
    const port = {
      list: (query) => store.list(query),
      gather: (wanted) => store.gather(wanted),
      changes: (query) => store.changes(query),
      head: () => store.head(),
    } as Pick<Store, 'list' | 'gather' | 'changes' | 'head'>;
    await put(store, 'old');
    const cache = createInformerCache({ store: port, resources, clock });
    await cache.load();
    await put(store, 'new');
    await drop(store, 'old');
    await store.compact((await store.head()).revision);
    await cache.catchUp();
    expect(names(cache.snapshot)).toEqual(['new@']);
    store = newStore('two');
    await put(store, 'restored');
    await cache.catchUp();
    expect(names(cache.snapshot)).toEqual(['restored@']);
    expect(cache.incarnation).toBe('two');
  });
});

/** Indexes of a snapshot, read out in full over small sets of values. */
const indexesOf = (snapshot: Snapshot): unknown => {
  const ids = (objects: readonly KubeObject[]): string[] =>
    objects.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort();
  const values = ['x', 'y'];
  return {
    all: [PODS, MAPS].map((resource) => ids(snapshot.all(resource))),
    namespaces: [PODS, MAPS].flatMap((resource) => ['n1', 'n2'].map((ns) => ids(snapshot.inNamespace(resource, ns)))),
    owned: values.map((uid) => ids(snapshot.ownedBy(PODS, uid))),
    dependents: values.map((uid) => ids(snapshot.dependents(uid).map(({ object }) => object))),
    nodes: values.map((node) => ids(snapshot.onNode(node))),
    labels: ['n1', 'n2'].flatMap((ns) => values.map((value) => ids(snapshot.withLabel(PODS, ns, 'app', value)))),
    waiting: ids(snapshot.unscheduledPods()),
  };
};

const someObject = fc.record({
  resource: fc.constantFrom(PODS, MAPS),
  name: fc.constantFrom('a', 'b', 'c', 'd'),
  namespace: fc.constantFrom('n1', 'n2'),
  owners: fc.subarray(['x', 'y']),
  app: fc.option(fc.constantFrom('x', 'y')),
  node: fc.option(fc.constantFrom('x', 'y')),
  phase: fc.constantFrom('Pending', 'Running', 'Failed'),
  deleting: fc.boolean(),
  remove: fc.boolean(),
});

describe('the indexes', () => {
  it('equal a rebuild from the objects after any run of changes', () => {
    fc.assert(
      fc.property(fc.array(someObject, { maxLength: 40, size: 'max' }), (steps) => {
        const cache = new ObjectCache();
        steps.forEach(({ resource, name, namespace, owners, app, node, phase, deleting, remove }, i) => {
          if (remove) {
            cache.remove(resource, namespace, name);
            return;
          }
          cache.put(resource, {
            metadata: {
              name,
              namespace,
              uid: `${resource}/${namespace}/${name}`,
              resourceVersion: String(i),
              ...(owners.length > 0 ? { ownerReferences: owners.map((uid) => ({ uid, apiVersion: 'v1', kind: 'K', name: uid })) } : {}),
              ...(app ? { labels: { app } } : {}),
              ...(deleting ? { deletionTimestamp: '2030-01-01T00:00:00Z' } : {}),
            },
            spec: node ? { nodeName: node } : {},
            status: { phase },
          });
        });
        const rebuilt = new ObjectCache();
        for (const { resource, object } of cache.entries()) rebuilt.put(resource, object);
        expect(indexesOf(cache)).toEqual(indexesOf(rebuilt));
        for (const { object } of cache.entries()) expect(cache.byUid(object.metadata.uid!)).toBe(object);
      }),
    );
  });

  it('hand out the same list until a member changes', () => {
    const cache = new ObjectCache();
    const pod = (name: string, node: string): KubeObject => ({ metadata: { name, namespace: 'n', uid: name }, spec: { nodeName: node } });
    cache.put(PODS, pod('a', 'x'));
    const [x, y] = [cache.onNode('x'), cache.onNode('y')];
    cache.put(PODS, pod('b', 'y'));
    expect(cache.onNode('x')).toBe(x);
    expect(cache.onNode('y')).not.toBe(y);
  });
});
