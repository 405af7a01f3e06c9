import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { SqlValue } from '../driver.ts';
import { type FileDriver, openFileDriver } from './driver.ts';

const openIn = (): { readonly path: string; readonly driver: FileDriver } => {
  const folder = mkdtempSync(join(tmpdir(), 'kedge-driver-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'kedge.db');
  return { path, driver: openFileDriver(path) };
};

const one = (sql: string, ...args: SqlValue[]) => [{ sql, args }];
const insert = (x: number) => one('INSERT INTO t VALUES (?1)', x);
const all = one('SELECT x FROM t ORDER BY x');

it('lets nothing in before a commit has ended', async () => {
  const { driver } = openIn();
  driver.useWal();
  await driver.batch(one('CREATE TABLE t (x UNIQUE)'), 'write');
  const answers = await Promise.allSettled([
    driver.batch(insert(1), 'write'),
    driver.batch(all, 'read'),
    driver.batch([...insert(2), ...insert(1)], 'write'),
    driver.batch([...insert(3), ...all], 'write'),
    driver.batch([...all, ...all], 'read'),
  ]);
  expect(answers.map((answer) => (answer.status === 'rejected' ? answer.reason.kind : answer.value.at(-1)))).toEqual([
    [],
    [{ x: 1 }],
    'refused',
    [{ x: 1 }, { x: 3 }],
    [{ x: 1 }, { x: 3 }],
  ]);
  driver.close();
});

it('takes back what a commit refuses', async () => {
  const { driver } = openIn();
  await driver.batch(one('PRAGMA foreign_keys = ON'), 'read');
  await driver.batch(one('CREATE TABLE t (x UNIQUE, parent REFERENCES t (x) DEFERRABLE INITIALLY DEFERRED)'), 'write');
  const orphan = driver.batch(one('INSERT INTO t VALUES (1, 9)'), 'write');
  const after = driver.batch(one('INSERT INTO t VALUES (2, 2)'), 'write');
  await expect(orphan).rejects.toMatchObject({ kind: 'refused' });
  await after;
  expect(await driver.batch(all, 'read')).toEqual([[{ x: 2 }]]);
  driver.close();
});

it('closes after the commit that is under way', async () => {
  const { path, driver } = openIn();
  await driver.batch(one('CREATE TABLE t (x)'), 'write');
  const writing = driver.batch(insert(1), 'write');
  driver.close();
  await writing;
  await new Promise(setImmediate);
  const next = openFileDriver(path);
  expect(await next.batch(all, 'read')).toEqual([[{ x: 1 }]]);
  next.close();
});

it('tells a disk that is full from a database that is away', async () => {
  const { driver } = openIn();
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
  }
});
