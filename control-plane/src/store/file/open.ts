/**
 * The Store on a local libSQL file (Node.js): WAL, synchronous=FULL, commits shared by concurrent writers, and the database's own exclusive lock held
 * for as long as the store is open, which the kernel drops when the process dies.
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Clock, Random } from '../../platform/platform.ts';
import { DriverError } from '../driver.ts';
import { LibsqlStore } from '../libsql-store.ts';
import { migrate } from '../migrate.ts';
import { StoreError } from '../store.ts';
import { type FileDriver, openFileDriver } from './driver.ts';

export interface FileStoreOptions {
  /** The database file; its folder is made when missing. */
  readonly path: string;
  /** Given to a new database; an existing one must have it. */
  readonly clusterUid: string;
  readonly clock: Clock;
  readonly random: Random;
  /** @see LibsqlStoreOptions.joinCommits. Default: what comes in the same turn of the event loop shares a commit. */
  readonly joinCommits?: (run: () => void) => void;
}

/** @throws StoreError `locked` (another process has it open), `corrupt`, `newerSchema`, `unavailable`; the message is one line for a person. */
export async function openFileStore(options: FileStoreOptions): Promise<LibsqlStore> {
  const path = resolve(options.path);
  const driver = openDriver(path);
  try {
    const identity = await migrate(driver, {
      where: path,
      identity: { clusterUid: options.clusterUid, incarnation: options.random.uuid() },
    });
    if (identity.clusterUid !== options.clusterUid) {
      throw new StoreError('corrupt', `${path} belongs to another cluster (${identity.clusterUid}); nothing was changed`);
    }
    driver.useWal();
    return new LibsqlStore({
      driver,
      identity,
      keepsHistory: true,
      compactRows: 250,
      newWriteId: () => options.random.uuid(),
      // No one else can hold the file: only a failing disk gives no answer, and then a second look says what was written.
      retry: { attempts: 2, maxMs: 10_000, now: () => options.clock.now(), pause: async () => {} },
      joinCommits: options.joinCommits ?? setImmediate,
    });
  } catch (error) {
    driver.close();
    throw error;
  }
}

function openDriver(path: string): FileDriver {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const driver = openFileDriver(path);
    chmodSync(path, 0o600);
    return driver;
  } catch (error) {
    if (error instanceof DriverError && error.kind === 'busy') {
      throw new StoreError('locked', `${path} is in use by another process`, { cause: error });
    }
    if (error instanceof StoreError) throw new StoreError(error.reason, `${path}: ${error.message}`, { cause: error });
    throw new StoreError('unavailable', `cannot open ${path}: ${(error as Error).message}`, { cause: error });
  }
}
