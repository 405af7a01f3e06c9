/**
 * What a program does with a database that others write as well: a later version, which it works with when that one only added, as after a rollback, and
 * refuses otherwise; and programs that start at the same time.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { schemaVersion } from '#db/migrations.ts';
import { commit, create, key, update } from './contract/fixture.ts';
import { testWorld } from './contract/world.ts';
import { DriverError } from './driver.ts';
import { openFileDriver } from './file/driver.ts';
import { openFileStore } from './file/open.ts';
import { migrate, readableStatements } from './migrate.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kedge-migrate-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = () => openFileStore({ path: join(folder, 'k.db'), clusterUid: 'c', ...testWorld });

/** What later programs do to the database: one step each. */
const later = (...steps: { readableFrom?: number; sql?: string }[]): void => {
  const database = new Database(join(folder, 'k.db'));
  steps.forEach(({ sql, ...step }, index) => {
    const version = schemaVersion + 1 + index;
    if (sql) database.exec(sql);
    database.prepare('UPDATE meta SET schema_version = ?').run(version);
    for (const statement of readableStatements({ version, ...step })) database.prepare(statement.sql).run(...statement.args);
  });
  database.close();
};

describe('a database of a later schema', () => {
  it('is worked with when the later ones only added', async () => {
    const store = await open();
    const before = await commit(store, create(key('a')));
    await store.close();
    const added = { readableFrom: schemaVersion, sql: 'ALTER TABLE objects ADD COLUMN later TEXT' };
    later(added, { readableFrom: schemaVersion, sql: 'CREATE TABLE later (id INTEGER)' });
    const again = await open();
    expect(await again.get(key('a'))).toEqual(before);
    const changed = await commit(again, update(before));
    expect((await again.changes({ after: before.revision })).changes).toMatchObject([{ revision: changed.revision, type: 'MODIFIED' }]);
    await again.compact(changed.revision);
    await again.close();
  });

  it.each([
    ['one of them did not', [{ readableFrom: schemaVersion }, {}]],
    ['they are good for later programs alone', [{ readableFrom: schemaVersion }, { readableFrom: schemaVersion + 1 }]],
    ['the last of them is, after one that is not', [{}, { readableFrom: schemaVersion }]],
  ])('is refused when %s', async (_, steps) => {
    await (await open()).close();
    later(...steps);
    await expect(open()).rejects.toMatchObject({ reason: 'newerSchema' });
  });
});

describe('an empty database', () => {
  const identity = { clusterUid: 'c', incarnation: 'i' };

  it('is brought up to date by one who comes second at every migration', async () => {
    const driver = openFileDriver(join(folder, 'k.db'));
    let lost = 0;
    const second: typeof driver.batch = async (statements, mode) => {
      if (mode === 'read') return driver.batch(statements, mode);
      lost++;
      // somebody else does the same a moment before
      await driver.batch(statements, mode);
      return driver.batch(statements, mode);
    };
    expect(await migrate({ ...driver, batch: second }, { where: 'k.db', identity })).toEqual(identity);
    expect(lost).toBe(schemaVersion);
    await driver.close();
  });

  it('that takes no migration is given up', async () => {
    const driver = openFileDriver(join(folder, 'k.db'));
    let tries = 0;
    const refusing: typeof driver.batch = async (statements, mode) => {
      if (mode === 'read') return driver.batch(statements, mode);
      tries++;
      throw new DriverError('busy', 'somebody writes');
    };
    await expect(migrate({ ...driver, batch: refusing }, { where: 'k.db', identity })).rejects.toThrow(
      'cannot migrate k.db: somebody writes',
    );
    expect(tries).toBe(3);
    await driver.close();
  });
});
