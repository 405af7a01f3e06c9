/** Databases that released versions wrote, as SQL text in fixtures/: each is opened, brought to the present schema, read, written and compared. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, describe, expect, it } from 'vitest';
import { storageKey } from '#schema/resource.ts';
import { findByStorageKey, resources } from '#schema/resources.ts';
import type { Hub } from '../hub/hub.ts';
import type { RegistryPlatform } from '../registry/create.ts';
import { createRegistry } from '../registry/create.ts';
import { createStamps, stampOf } from '../registry/stamps.ts';
import { composeStores } from './compose.ts';
import { changesSince } from './contract/fixture.ts';
import { testWorld } from './contract/world.ts';
import { openFileStore } from './file/open.ts';
import { createVolatileStore } from './volatile/volatile-store.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

async function openReleased(version: string) {
  const folder = mkdtempSync(join(tmpdir(), 'kedge-released-'));
  folders.push(folder);
  const path = join(folder, 'kedge.db');
  const database = new Database(path);
  database.exec(readFileSync(join(import.meta.dirname, 'fixtures', `${version}.sql`), 'utf8'));
  const before = database.prepare('SELECT resource, namespace, name, uid, revision FROM objects ORDER BY 1, 2, 3').all();
  database.close();
  const durable = await openFileStore({ path, clusterUid: 'cluster-1', ...testWorld });
  const volatile = createVolatileStore({ identity: await durable.identity(), ...testWorld });
  const store = composeStores({ durable, volatile, isVolatile: () => false, stamps: createStamps(findByStorageKey) });
  const silent = () => {};
  const platform = {
    ...testWorld,
    store,
    hub: { notify: async () => {} } as unknown as Hub,
    keys: {
      tokenHmacKey: '',
      saSigningKey: {},
      sealingKeys: [{ id: 's1', key: btoa(String.fromCharCode(...new Uint8Array(32).fill(2))) }],
    },
    cluster: { clusterUid: 'cluster-1', podCIDR: '10.42.0.0/16', serviceCIDR: '10.43.0.0/16', nodePortRange: [30_000, 32_767] },
    log: { debug: silent, info: silent, warn: silent, error: silent },
  } as unknown as RegistryPlatform;
  return { path, before, store, registry: createRegistry(platform) };
}

describe.each(['0.1.0'])('a database that %s wrote', (version) => {
  it('has all its objects, at their revisions', async () => {
    const { before, store } = await openReleased(version);
    const found = [];
    for (const resource of resources.map(storageKey).toSorted()) {
      const { items } = await store.list({ resource });
      for (const { namespace, name, uid, revision } of items) found.push({ resource, namespace, name, uid, revision });
    }
    expect(found).toEqual(before);
    expect(before.length).toBeGreaterThan(8);
    await store.close();
  });

  it('replays its changes', async () => {
    const { store } = await openReleased(version);
    const changes = await changesSince(store, 1);
    expect(changes.at(-1)).toMatchObject({ type: 'DELETED', name: 'deleted', previousBody: expect.stringContaining('"a":"b"') });
    expect(changes.find((change) => change.type === 'MODIFIED')?.previousBody).toContain('first');
    await store.close();
  });

  it('reads every object in the present schema, so that writing it unchanged writes nothing, and a change stamps it', async () => {
    const { before, store, registry } = await openReleased(version);
    for (const { resource, namespace, name } of before as { resource: string; namespace: string; name: string }[]) {
      const definition = findByStorageKey(resource)!;
      const actor = { user: { name: 'jane', groups: [] }, fieldManager: 'test' };
      const intent = { op: 'update' as const, definition, actor, key: { resource, namespace, name }, subresource: '' };
      const [same] = await registry.run([{ ...intent, change: (current) => current }]);
      expect(same).toMatchObject({ status: 'done', written: false });
      await registry.one({
        ...intent,
        change: (current) => ({ ...current, metadata: { ...current.metadata, labels: { ...current.metadata.labels, touched: 'yes' } } }),
      });
      expect(await store.get({ resource, namespace, name })).toMatchObject({ stamp: stampOf(definition) });
    }
    await store.close();
  });

  it('opens its Secrets, and has let go of the deleted ones', async () => {
    const { path, store, registry } = await openReleased(version);
    const secret = await registry.get(findByStorageKey('core/secrets')!, 'team', 'password');
    expect(atob(JSON.parse(secret.body).data.password)).toBe('canary');
    const changes = await changesSince(store, 1, ['core/secrets']);
    expect(changes.filter(({ name }) => name === 'gone')).toMatchObject([
      { type: 'DELETED', body: expect.stringMatching(/^\{"apiVersion":"v1","kind":"Secret","metadata":\{"name":"gone"/) },
    ]);
    await store.close();
    const database = new Database(path);
    expect(database.prepare(`SELECT count(*) AS n FROM changes WHERE name = 'gone' AND body LIKE 'kdgs1%'`).get()).toMatchObject({ n: 0 });
    database.close();
  });
});
