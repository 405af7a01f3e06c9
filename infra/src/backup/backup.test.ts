/** Backups on real databases: taken under load, carried from platform to platform, restored to a moment, compared object by object. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createWorld } from '#control-plane/apiserver/testing.ts';
import { commit, create, key, ok, remove, update } from '#control-plane/store/contract/fixture.ts';
import type { DumpRow } from '#control-plane/store/dump.ts';
import type { LibsqlStore } from '#control-plane/store/libsql-store.ts';
import { createSealer } from '#control-plane/store/sealing.ts';
import type { StoredObject } from '#control-plane/store/store.ts';
import { clusterFolder } from '../cluster/folder.ts';
import { prepareCluster } from '../cluster/prepare.ts';
import { command as backup } from '../commands/backup.ts';
import { command as restore } from '../commands/restore.ts';
import { startHranaServer } from '../hrana/server.ts';
import { readKeyFile } from './bundle.ts';
import { withFile, withUrl } from './database.ts';
import { readRows } from './format.ts';
import { loadBackup } from './load.ts';
import { apiSource, type BackupSource, storeSource, takeBackup } from './take.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kedge-backup-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const clusterUid = 'cluster-1';
const kinds = ['core/configmaps', 'core/secrets', 'core/pods'];
const nowMs = Date.parse('2026-01-01T00:00:00Z');

async function stateOf(store: LibsqlStore, atRevision?: number): Promise<StoredObject[]> {
  const found: StoredObject[] = [];
  for (const resource of kinds) {
    for (let after: { namespace: string; name: string } | undefined; ; ) {
      const page = await store.list({ resource, ...(after ? { after } : {}), ...(atRevision === undefined ? {} : { atRevision }) });
      found.push(...page.items);
      after = page.items.at(-1);
      if (!page.more) break;
    }
  }
  return found;
}

/** Some history: creations, changes, removals, a sealed Secret. */
async function fill(store: LibsqlStore): Promise<void> {
  const sealer = createSealer([{ id: 'k1', key: btoa('k'.repeat(32)) }], clusterUid);
  const created = await Promise.all(
    Array.from({ length: 40 }, async (_, index) => {
      const resource = kinds[index % 3]!;
      const at = key(`n${index}`, index % 2 ? 'a' : 'b', resource);
      const uid = `uid-${index}`;
      const text = `{"index":${index},"text":"${'x'.repeat(30_000)}"}`;
      const body = resource === 'core/secrets' ? await sealer.seal(resource, at.namespace, at.name, uid, text) : text;
      return { ...create(at, { uid, body }), author: { user: 'jane', manager: 'kubectl' } };
    }),
  );
  const objects = (await store.write(created)).map(ok);
  await store.write(objects.filter((_, index) => index % 4 === 0).map((object) => update(object, { body: object.body })));
  await store.write(objects.filter((_, index) => index % 5 === 0).map((object) => remove(object, { anyRevision: true })));
}

/** Writes between the pages. */
const underLoad = (source: BackupSource, store: LibsqlStore): BackupSource => {
  let serial = 0;
  return {
    page: async (query) => {
      const page = await source.page(query);
      const [first] = (await store.list({ resource: 'core/configmaps', limit: 1 })).items;
      await store.write([create(key(`late${serial++}`)), ...(first ? [remove(first)] : [])]);
      return page;
    },
  };
};

describe('a backup', () => {
  it('is taken under load, and goes from a file to a server and back, object by object', async () => {
    const [one, two] = [join(folder, 'one.backup'), join(folder, 'two.backup')];
    const expected = await withFile(join(folder, 'source.db'), clusterUid, async (store) => {
      await fill(store);
      await store.compact((await store.head()).revision - 20);
      const taken = await takeBackup({ source: underLoad(storeSource(store.dump), store), path: one, nowMs, about: {} });
      expect(taken.versions).toBeGreaterThan(50);
      expect((await store.head()).revision).toBeGreaterThan(taken.revision + 3);
      const versions = await store.history!.versions({ key: key('n8', 'b', 'core/pods') });
      return { revision: taken.revision, objects: await stateOf(store, taken.revision), versions };
    });
    expect(statSync(one).mode & 0o777).toBe(0o600);
    expect(gunzipSync(readFileSync(one)).toString()).not.toMatch(/core\/secrets[^\n]*\\"index/);

    const server = await startHranaServer({ path: join(folder, 'server.db'), port: 0 });
    try {
      await withUrl({ url: server.url, clusterUid }, async (store) => {
        // Replies that are lost after the commit: of the first rows, and of the next write.
        server.dropNext(1);
        const loaded = await loadBackup(one, store.dump);
        server.dropNext(1);
        expect(loaded).toMatchObject({ objects: expected.objects.length, revision: expected.revision, lost: [], complete: true });
        expect(await stateOf(store)).toEqual(expected.objects);
        expect(await store.history!.versions({ key: key('n8', 'b', 'core/pods') })).toEqual(expected.versions);
        await commit(store, create(key('after')));
        await takeBackup({ source: storeSource(store.dump), path: two, nowMs, about: {} });
      });
    } finally {
      await server.close();
    }
    await withFile(join(folder, 'target.db'), clusterUid, async (store) => {
      const { revision } = await loadBackup(two, store.dump);
      expect(revision).toBe(expected.revision + 1_000_001);
      expect((await stateOf(store)).filter((object) => object.name !== 'after')).toEqual(expected.objects);
      expect(await store.history!.versions({ key: key('n8', 'b', 'core/pods') })).toEqual(expected.versions);
    });
  });

  it('is restored to any moment its history holds', async () => {
    const path = join(folder, 'one.backup');
    const states = new Map<number, StoredObject[]>();
    await withFile(join(folder, 'source.db'), clusterUid, async (store) => {
      await fill(store);
      const { revision } = await store.head();
      for (const at of [17, 45, revision])
        states.set(
          at,
          (await stateOf(store, at)).filter(({ resource }) => resource !== 'core/secrets'),
        );
      await takeBackup({ source: storeSource(store.dump), path, nowMs, about: {} });
    });
    for (const [revision, objects] of states) {
      await withFile(join(folder, `at-${revision}.db`), clusterUid, async (store) => {
        const loaded = await loadBackup(path, store.dump, { revision });
        expect(loaded.revision).toBe(revision);
        expect(loaded.lost.filter((place) => !place.startsWith('core/secrets'))).toEqual([]);
        expect((await stateOf(store)).filter(({ resource }) => resource !== 'core/secrets')).toEqual(objects);
      });
    }
    await withFile(join(folder, 'now.db'), clusterUid, async (store) => {
      expect((await loadBackup(path, store.dump, { timeMs: Date.now() })).revision).toBe([...states.keys()].at(-1));
    });
    await withFile(join(folder, 'early.db'), clusterUid, async (store) => {
      await expect(loadBackup(path, store.dump, { timeMs: 5 })).rejects.toThrow('so old');
      await expect(loadBackup(path, store.dump, { revision: 1e9 })).rejects.toThrow('not in it');
    });
  });

  it('names what was purged since the moment it is restored to', async () => {
    const path = join(folder, 'one.backup');
    const moment = await withFile(join(folder, 'source.db'), clusterUid, async (store) => {
      await commit(store, create(key('kept')));
      const secret = await commit(store, create(key('s', 'a', 'core/secrets'), { body: 'kdgs1.k1.text' }));
      await commit(store, remove({ ...secret, body: 'kdgs1.k1.stone' }));
      await takeBackup({ source: storeSource(store.dump), path, nowMs, about: {} });
      return { revision: secret.revision };
    });
    await withFile(join(folder, 'then.db'), clusterUid, async (store) => {
      expect(await loadBackup(path, store.dump, moment)).toMatchObject({ objects: 1, lost: ['core/secrets a/s'] });
    });
    await withFile(join(folder, 'now.db'), clusterUid, async (store) => {
      expect(await loadBackup(path, store.dump)).toMatchObject({ objects: 1, lost: [] });
    });
  });

  it('begins again when compaction overtakes it', async () => {
    const path = join(folder, 'one.backup');
    await withFile(join(folder, 'source.db'), clusterUid, async (store) => {
      await fill(store);
      const source = storeSource(store.dump);
      let pages = 0;
      const overtaken: BackupSource = {
        page: async (query) => {
          const page = await source.page(query);
          if (++pages === 1) await store.compact((await commit(store, create(key('late')))).revision);
          return page;
        },
      };
      const taken = await takeBackup({ source: overtaken, path, nowMs, about: {} });
      expect(taken.revision).toBe((await store.head()).revision);
      expect(pages).toBeGreaterThan(2);
    });
  });

  it('that was restored in part only is no cluster until it is said again', async () => {
    const path = join(folder, 'one.backup');
    const expected = await withFile(join(folder, 'source.db'), clusterUid, async (store) => {
      await fill(store);
      await takeBackup({ source: storeSource(store.dump), path, nowMs, about: {} });
      return stateOf(store);
    });
    const server = await startHranaServer({ path: join(folder, 'server.db'), port: 0 });
    try {
      await withUrl({ url: server.url, clusterUid }, async (store) => {
        const { value } = await readRows(path).next();
        await store.dump.load([{ ...(value as DumpRow), living: false }]);
      });
      await expect(withUrl({ url: server.url }, stateOf)).rejects.toThrow('did not come to its end');
      await withUrl({ url: server.url, clusterUid }, (store) => loadBackup(path, store.dump));
      expect(await withUrl({ url: server.url }, stateOf)).toEqual(expected);
      await expect(withUrl({ url: server.url, clusterUid }, (store) => loadBackup(path, store.dump))).rejects.toThrow('not empty');
    } finally {
      await server.close();
    }
  });

  it('that was cut or altered is refused before anything is restored', async () => {
    const path = join(folder, 'one.backup');
    await withFile(join(folder, 'source.db'), clusterUid, async (store) => {
      await fill(store);
      await takeBackup({ source: storeSource(store.dump), path, nowMs, about: {} });
    });
    const whole = readFileSync(path);
    const text = gunzipSync(whole).toString();
    const lines = text.trimEnd().split('\n');
    const wrong: Buffer[] = [
      whole.subarray(0, whole.length - 40),
      gzipSync(text.replace('index\\":8,', 'index\\":9,')),
      gzipSync(`${[...lines.slice(0, 5), lines.at(-1)].join('\n')}\n`),
      gzipSync(`${lines.slice(0, -1).join('\n')}\n`),
      gzipSync('{"a":1}\n'),
      Buffer.from('not a backup'),
    ];
    await withFile(join(folder, 'target.db'), clusterUid, async (store) => {
      for (const bytes of wrong) {
        writeFileSync(path, bytes);
        await expect(loadBackup(path, store.dump)).rejects.toMatchObject({ name: 'PersonError' });
      }
      expect((await store.head()).revision).toBe(1);
    });
    truncateSync(path, 0);
    await expect(readRows(path).next()).rejects.toMatchObject({ name: 'PersonError' });
  });

  it('is taken through the API of a running control plane, by administrators alone', async () => {
    const world = await createWorld();
    try {
      await world.create('/api/v1/namespaces/default/secrets', { metadata: { name: 's' }, ...{ stringData: { k: 'canary' } } });
      const call = async (method: string, at: string, body?: unknown) => {
        const answer = await world.call(method, at, body);
        expect(answer.status).toBe(200);
        return answer.body;
      };
      const path = join(folder, 'api.backup');
      const taken = await takeBackup({ source: apiSource(call), path, nowMs, about: {} });
      expect(taken.versions).toBeGreaterThan(2);
      expect(gunzipSync(readFileSync(path)).toString()).not.toContain('canary');
      const authorization = `Bearer ${await world.tokenFor('jane', [])}`;
      expect((await world.call('POST', '/apis/kedge.dev/v1/backup', {}, { authorization })).status).toBe(403);
      expect((await world.call('POST', '/apis/kedge.dev/v1/backup', { after: 'x' })).status).toBe(400);
      expect((await world.call('GET', '/apis/kedge.dev/v1/backup')).status).toBe(405);
    } finally {
      await world.close();
    }
  });
});

describe('kedge backup and kedge restore', () => {
  const run = async (command: typeof backup, dir: string, options: Record<string, string>, args: string[] = []) => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    try {
      expect(await command({ dir: join(folder, dir), options, args })).toBe(0);
      return log.mock.calls.flat().join('\n');
    } finally {
      log.mockRestore();
    }
  };

  it('carry a stopped cluster into a new folder with its keys, once as a passphrase, once as a file, and on to the other platform', async () => {
    const source = clusterFolder(join(folder, 'source'));
    const { identity } = await prepareCluster(source, { port: 7443, nodeName: 'n1', dockerHost: 'none', taken: async () => [] });
    const objects = await withFile(join(source.data, 'kedge.db'), identity.clusterUid, async (store) => {
      await fill(store);
      return stateOf(store);
    });
    const [locked, plain] = [join(folder, 'locked.backup'), join(folder, 'plain.backup')];
    const [words, keyFile] = [join(folder, 'passphrase'), join(folder, 'keys')];
    writeFileSync(words, 'correct horse\n');
    expect(await run(backup, 'source', { out: locked, 'passphrase-file': words })).toContain('under the passphrase');
    expect(await run(backup, 'source', { out: plain, 'key-file': keyFile })).toContain('keep that apart');
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    const { sealingKeys } = JSON.parse(readFileSync(source.keys, 'utf8'));
    for (const path of [locked, plain]) expect(gunzipSync(readFileSync(path)).toString()).not.toContain(sealingKeys[0].key);

    // a key that was dropped since goes on opening earlier backups
    const ring = JSON.parse(readFileSync(source.keys, 'utf8'));
    writeFileSync(source.keys, JSON.stringify({ ...ring, sealingKeys: [{ id: 'k2', key: btoa('2'.repeat(32)) }] }));
    await run(backup, 'source', { out: join(folder, 'later.backup'), 'key-file': keyFile });
    expect(JSON.parse(readKeyFile(keyFile).files['keys.json']!).sealingKeys.map(({ id }: { id: string }) => id)).toEqual(['k2', 'k1']);
    await run(backup, 'source', { out: join(folder, 'later.backup'), 'key-file': join(folder, 'later-keys') });
    expect(await run(restore, 'unopened', { 'key-file': join(folder, 'later-keys') }, [plain])).toMatch(
      /\d+ versions of Secrets are sealed with key k1/,
    );
    writeFileSync(source.keys, `${JSON.stringify(ring, null, 2)}\n`);
    rmSync(keyFile);
    expect(await run(backup, 'source', { out: plain, 'key-file': keyFile })).toContain('keep that apart');

    await expect(run(restore, 'target', {}, [locked])).rejects.toThrow('--passphrase-file');
    await expect(run(restore, 'target', {}, [plain])).rejects.toThrow('--key-file');
    writeFileSync(words, 'another one\n');
    await expect(run(restore, 'target', { 'passphrase-file': words }, [locked])).rejects.toThrow('does not open');
    expect(existsSync(join(folder, 'target'))).toBe(false);
    writeFileSync(words, 'correct horse\n');

    for (const [dir, to, path, options] of [
      ['node', 'node', locked, { 'passphrase-file': words }],
      ['workers', 'workers', plain, { 'key-file': keyFile }],
    ] as const) {
      expect(await run(restore, dir, { to, ...options }, [path])).toContain(`${objects.length} objects`);
      const target = clusterFolder(join(folder, dir));
      expect(readFileSync(target.keys, 'utf8')).toBe(readFileSync(source.keys, 'utf8'));
      expect(readFileSync(target.kubeconfig, 'utf8')).toBe(readFileSync(source.kubeconfig, 'utf8'));
      const { identity: again, isNew } = await prepareCluster(target, { dockerHost: 'none', taken: async () => [] });
      expect({ again, isNew }).toEqual({ again: identity, isNew: false });
      const database = join(target.data, to === 'node' ? 'kedge.db' : 'libsql.db');
      expect(await withFile(database, identity.clusterUid, (store) => stateOf(store))).toEqual(objects);
      await expect(run(restore, dir, { to, ...options }, [path])).rejects.toThrow('holds a cluster already');
    }
  });
});
