/**
 * The Store on a local libSQL file (Node.js): WAL, synchronous=FULL, commits shared by concurrent writers, and the database's own exclusive lock held
 * for as long as the store is open, which the kernel drops when the process dies.
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createClient } from '@libsql/client';
import type { Clock, Random } from '../../platform/platform.ts';
import { type Driver, DriverError, type Row, type Rows } from '../driver.ts';
import { toStoreOrDriverError } from '../libsql-errors.ts';
import { LibsqlStore } from '../libsql-store.ts';
import { migrate } from '../migrate.ts';
import { StoreError } from '../store.ts';

export interface FileStoreOptions {
  /** The database file; its folder is made when missing. */
  readonly path: string;
  /** Given to a new database; an existing one must have it. */
  readonly clusterUid: string;
  readonly clock: Clock;
  readonly random: Random;
}

/** @throws StoreError `locked` (another process has it open), `corrupt`, `newerSchema`, `unavailable`; the message is one line for a person. */
export async function openFileStore(options: FileStoreOptions): Promise<LibsqlStore> {
  const path = resolve(options.path);
  const driver = await openFileDriver(path);
  try {
    const identity = await migrate(driver, {
      where: path,
      identity: { clusterUid: options.clusterUid, incarnation: options.random.uuid() },
    });
    if (identity.clusterUid !== options.clusterUid) {
      throw new StoreError('corrupt', `${path} belongs to another cluster (${identity.clusterUid}); nothing was changed`);
    }
    return new LibsqlStore({ driver, identity, newWriteId: () => options.random.uuid(), joinCommits: setImmediate });
  } catch (error) {
    driver.close();
    throw error;
  }
}

async function openFileDriver(path: string): Promise<Driver> {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw new StoreError('unavailable', `cannot make the folder of ${path}: ${(error as Error).message}`, { cause: error });
  }
  let client: ReturnType<typeof createClient> | undefined;
  try {
    // One connection: what is set on it below holds for every statement.
    client = createClient({ url: pathToFileURL(path).href, intMode: 'number', concurrency: 1 });
    // Before the first access to the file, so that the lock is taken with it and no shared memory file is made.
    await client.execute('PRAGMA locking_mode = EXCLUSIVE');
    await client.execute('PRAGMA journal_mode = WAL');
    await client.execute('PRAGMA synchronous = FULL');
    await client.execute('PRAGMA cache_size = -65536');
    await client.execute('PRAGMA temp_store = MEMORY');
    // A read lock is not enough to keep others out: take the write lock once, and keep it.
    await client.batch(['SELECT 1 FROM sqlite_master LIMIT 1'], 'write');
    chmodSync(path, 0o600);
    return fileDriver(client);
  } catch (error) {
    client?.close();
    const known = toStoreOrDriverError(error);
    if (known instanceof DriverError && known.kind === 'busy') {
      throw new StoreError('locked', `${path} is in use by another process`, { cause: error });
    }
    if (known instanceof StoreError) throw new StoreError(known.reason, `${path}: ${known.message}`, { cause: error });
    throw new StoreError('unavailable', `cannot open ${path}: ${known.message}`, { cause: error });
  }
}

function fileDriver(client: ReturnType<typeof createClient>): Driver {
  return {
    async batch(statements, mode): Promise<Rows[]> {
      const calls = statements.map(({ sql, args }) => ({ sql, args: args as (string | number | null)[] }));
      try {
        // A single read is its own transaction.
        const results = mode === 'read' && calls.length === 1 ? [await client.execute(calls[0]!)] : await client.batch(calls, mode);
        return results.map((result) => result.rows as unknown as Row[]);
      } catch (error) {
        throw toStoreOrDriverError(error);
      }
    },
    close: () => client.close(),
  };
}
