import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Database from 'libsql';
import { afterEach, describe, expect, it } from 'vitest';
import { schemaVersion } from '#db/migrations.ts';
import { changesSince, commit, create, key, statuses } from '../contract/fixture.ts';
import { testWorld } from '../contract/world.ts';
import { describeStore } from '../contract.ts';
import type { Store } from '../store.ts';
import { openFileStore } from './open.ts';

describeStore(
  'the file store',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kedge-store-'));
    const open = () => openFileStore({ path: join(folder, 'kedge.db'), clusterUid: 'cluster', ...testWorld });
    let store: Store = await open();
    return {
      store,
      async reopen() {
        await store.close();
        store = await open();
        return store;
      },
      async close() {
        await store.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
  { durable: true, network: false },
);

describe('openFileStore', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  function newPath(): string {
    const folder = mkdtempSync(join(tmpdir(), 'kedge-store-'));
    folders.push(folder);
    return join(folder, 'state', 'kedge.db');
  }

  const open = (path: string, clusterUid = 'cluster') => openFileStore({ path, clusterUid, ...testWorld });

  it('keeps others out while it is open, this process and any other, and lets them in afterwards', async () => {
    const path = newPath();
    const store = await open(path);
    await commit(store, create(key('a')));
    const locked = { name: 'StoreError', reason: 'locked', message: `${path} is in use by another process` };
    await expect(open(path)).rejects.toMatchObject(locked);
    await commit(store, create(key('b')));
    await store.close();
    const again = await open(path);
    expect(await again.getMany([key('a'), key('b')])).toMatchObject([{ name: 'a' }, { name: 'b' }]);
    await again.close();
    await again.close();
  });

  it('loses no acknowledged write when the process is killed', async () => {
    const path = newPath();
    const acknowledged: { name: string; revision: number }[] = [];
    for (let round = 1; round <= 3; round++) {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'crash-writer.ts'), path], { stdio: ['ignore', 'pipe', 'inherit'] });
      const exited = new Promise((resolve) => child.once('exit', resolve));
      let heard = 0;
      for await (const line of createInterface(child.stdout)) {
        const [name, revision] = line.split(' ') as [string, string];
        acknowledged.push({ name, revision: Number(revision) });
        if (acknowledged.length === 1) await expect(open(path)).rejects.toMatchObject({ reason: 'locked' });
        if (++heard === 40) child.kill('SIGKILL');
      }
      await exited;
    }
    const store = await open(path);
    const changes = await changesSince(store, 0);
    const written = new Map(changes.map((change) => [change.name, change.revision]));
    for (const { name, revision } of acknowledged) expect(written.get(name)).toBe(revision);
    expect(acknowledged.length).toBeGreaterThanOrEqual(120);
    expect(changes.map((change) => change.revision)).toEqual(changes.map((_, index) => changes[0]!.revision + index));
    await store.close();
  });

  it('joins concurrent writes in one commit', async () => {
    const path = newPath();
    const store = await open(path);
    const size = () => statSync(`${path}-wal`).size;
    await commit(store, create(key('warm')));
    const before = size();
    await commit(store, create(key('one')));
    const perCommit = size() - before;
    const outcomes = await Promise.all(Array.from({ length: 50 }, (_, index) => store.write([create(key(`n${index}`))])));
    expect(new Set(statuses(outcomes.flat()))).toEqual(new Set(['ok']));
    // Each commit writes the pages it touched again: 50 of them would take 50 times as much.
    expect(size() - before - perCommit).toBeLessThan(10 * perCommit);
    await store.close();
  });

  it('makes a file only its owner may read', async () => {
    const path = newPath();
    await (await open(path)).close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(path, '..'))).toEqual(['kedge.db']);
  });

  it.each([
    ['is no database', (path: string) => writeFileSync(path, 'not a database, but long enough to be looked at '.repeat(100))],
    ['is damaged', damage],
    ['holds the tables of something else', (path: string) => run(path, ['CREATE TABLE users (id INTEGER)'])],
    ['has lost its identity', loseIdentity],
  ])('refuses a file that %s, and leaves it as it was', async (_what, prepare) => {
    const path = newPath();
    mkdirSync(join(path, '..'));
    await prepare(path);
    const before = readFileSync(path);
    const error = await open(path).then(
      () => undefined,
      (failure: Error) => failure,
    );
    expect(error).toMatchObject({ name: 'StoreError', reason: 'corrupt' });
    expect(error!.message).toContain(path);
    expect(error!.message).not.toContain('\n');
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('refuses a newer schema and another cluster, and leaves them as they were', async () => {
    const path = newPath();
    await (await open(path)).close();
    await expect(open(path, 'another')).rejects.toMatchObject({ reason: 'corrupt', message: expect.stringContaining('another cluster') });
    run(path, ['UPDATE meta SET schema_version = 999', `UPDATE settings SET value = '999' WHERE name = 'readableFrom'`]);
    await expect(open(path)).rejects.toMatchObject({ reason: 'newerSchema', message: expect.stringContaining(path) });
    run(path, [`UPDATE meta SET schema_version = ${schemaVersion}`]);
    await (await open(path)).close();
  });

  it('says which folder it cannot use', async () => {
    const path = newPath();
    writeFileSync(join(path, '..'), 'a file where a folder should be');
    await expect(open(path)).rejects.toMatchObject({ reason: 'unavailable', message: expect.stringContaining(path) });
  });

  /** A database whose pages after the first are noise. */
  async function damage(path: string): Promise<void> {
    const store = await open(path);
    await store.write(Array.from({ length: 100 }, (_, index) => create(key(`n${index}`), { body: 'x'.repeat(5_000) })));
    await store.close();
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xa5, 4_096));
  }

  async function loseIdentity(path: string): Promise<void> {
    await (await open(path)).close();
    run(path, ['DELETE FROM meta']);
  }

  function run(path: string, statements: readonly string[]): void {
    const database = new Database(path);
    for (const sql of statements) database.exec(sql);
    database.close();
  }
});
