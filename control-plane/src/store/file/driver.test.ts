import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openFileDriver } from './driver.ts';

it('tells a disk that is full from a database that is away', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kedge-driver-'));
  const driver = openFileDriver(join(folder, 'kedge.db'));
  const run = (sql: string) => driver.batch([{ sql, args: [] }], 'write');
  try {
    await run('CREATE TABLE t (x)');
    // the file may not grow any more
    await driver.batch([{ sql: 'PRAGMA max_page_count = 2', args: [] }], 'read');
    await expect(run('INSERT INTO t VALUES (randomblob(100000))')).rejects.toMatchObject({ kind: 'lost', reason: 'full' });
    await expect(run('INSERT INTO nowhere VALUES (1)')).rejects.toMatchObject({ kind: 'refused', reason: 'unavailable' });
    await run('INSERT INTO t VALUES (1)');
  } finally {
    driver.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
