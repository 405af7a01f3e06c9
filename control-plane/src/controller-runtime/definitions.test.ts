/** Custom kinds enter the cache with their definitions, whichever way both arrive. */
import { describe, expect, it } from 'vitest';
import { resources } from '#schema/resources.ts';
import type { Store, StoredChange } from '../store/store.ts';
import { createVolatileStore } from '../store/volatile/volatile-store.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from './definitions.ts';
import { createInformerCache } from './informer-cache.ts';
import { seededRandom } from './testing.ts';

const clock = { now: () => 1000 };
const derived = { owners: [], claims: [], node: '', deleting: false, finalized: false };
const WIDGETS = 'example.com/widgets';

const newStore = (): Store =>
  createVolatileStore({
    identity: { clusterUid: 'c', incarnation: 'one' },
    clock,
    random: seededRandom(1),
    isExpendable: () => false,
    maxBytes: 1 << 24,
  });

const create = async (store: Store, resource: string, object: any): Promise<StoredChange> => {
  const { name, namespace = '' } = object.metadata;
  const uid = `uid-${name}`;
  const body = JSON.stringify({ ...object, metadata: { ...object.metadata, uid } });
  const [outcome] = await store.write([{ op: 'create', key: { resource, namespace, name }, uid, body, derived }]);
  if (outcome?.status !== 'ok') throw new Error(outcome?.status);
  return { ...outcome.object, type: 'ADDED' };
};

const crd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
  status: { conditions: [{ type: 'Established', status: 'True' }] },
};
const widget = (name: string) => ({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name, namespace: 'default' } });

const newCache = (store: Store) => createInformerCache({ store, resources, clock });
const names = (cache: ReturnType<typeof newCache>): string[] => cache.snapshot.all(WIDGETS).map(({ metadata }) => metadata.name!);

describe('definitions of custom resources', () => {
  it('are read with their objects at a cold start', async () => {
    const store = newStore();
    await create(store, CUSTOM_RESOURCE_DEFINITIONS, crd);
    await create(store, WIDGETS, widget('a'));
    const cache = newCache(store);
    await cache.load();
    expect(names(cache)).toEqual(['a']);
    expect(cache.snapshot.definitions.byKind('example.com', 'Widget')?.resource).toBe('widgets');
    expect(cache.snapshot.definitions.durable()).toHaveLength(resources.filter((d) => d.storage === 'durable').length + 1);
  });

  it('are read from the change log, with objects that came between', async () => {
    const store = newStore();
    const cache = newCache(store);
    await cache.load();
    await create(store, CUSTOM_RESOURCE_DEFINITIONS, crd);
    await create(store, WIDGETS, widget('a'));
    await cache.catchUp();
    expect(names(cache)).toEqual(['a']);
    await create(store, WIDGETS, widget('b'));
    await cache.catchUp();
    expect(names(cache)).toEqual(['a', 'b']);
  });

  it('are folded, and so are the objects that follow', async () => {
    const store = newStore();
    const cache = newCache(store);
    await cache.load();
    cache.fold([await create(store, CUSTOM_RESOURCE_DEFINITIONS, crd)]);
    cache.fold([await create(store, WIDGETS, widget('a'))]);
    expect(names(cache)).toEqual(['a']);
    await cache.catchUp();
    expect(names(cache)).toEqual(['a']);
  });

  it('that are not established name no kind', async () => {
    const store = newStore();
    await create(store, CUSTOM_RESOURCE_DEFINITIONS, { ...crd, status: {} });
    const cache = newCache(store);
    await cache.load();
    expect(cache.snapshot.definitions.byKind('example.com', 'Widget')).toBeUndefined();
  });

  it('are forgotten when they go', async () => {
    const store = newStore();
    const cache = newCache(store);
    const added = await create(store, CUSTOM_RESOURCE_DEFINITIONS, crd);
    await cache.load();
    const [gone] = await store.write([
      {
        op: 'delete',
        key: { resource: CUSTOM_RESOURCE_DEFINITIONS, namespace: '', name: 'widgets.example.com' },
        uid: added.uid,
        body: added.body,
      },
    ]);
    expect(gone?.status).toBe('ok');
    await cache.catchUp();
    expect(cache.snapshot.definitions.byKind('example.com', 'Widget')).toBeUndefined();
  });
});
