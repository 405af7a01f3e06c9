/**
 * A Driver on a local file, straight on the `libsql` binding: it keeps statements prepared, where `@libsql/client` compiles each one (and the
 * triggers behind it) again on every call, which costs several times the write itself. A batch is synchronous but for the end of a write, which waits for
 * the disk on a thread of the binding; until then every other batch waits.
 */
import Database from 'libsql';
import AsyncDatabase from 'libsql/promise';
import type { Driver, Row, Rows, SqlValue, Statement } from '../driver.ts';
import { toStoreOrDriverError } from '../libsql-errors.ts';

const maxPrepared = 200;

/** Runs a statement that is prepared. */
type Prepared = (args: readonly SqlValue[]) => Rows;

export interface FileDriver extends Driver {
  /** The first thing that changes the file: until then one can look at it and leave it as it was. */
  useWal(): void;
}

/** Opens the file, takes its lock and keeps it until `close`. @throws as a Driver does; `busy` when another connection has the lock. */
export function openFileDriver(path: string): FileDriver {
  const database = attempt(() => new Database(path));
  try {
    // The system caches the file, too: a large cache of our own would hold the same twice.
    // Before the first access to the file, so that its lock is kept from then on, and WAL needs no shared memory file.
    // The write that passes the checkpoint's pages waits for all of them: few at a time hold up nobody for long.
    for (const pragma of [
      'locking_mode = EXCLUSIVE',
      'synchronous = FULL',
      'secure_delete = FAST',
      'cache_size = -8192',
      'temp_store = MEMORY',
      'wal_autocheckpoint = 250',
    ]) {
      attempt(() => database.exec(`PRAGMA ${pragma}`));
    }
    attempt(() => database.exec('BEGIN EXCLUSIVE; COMMIT'));
  } catch (error) {
    database.close();
    throw error;
  }
  return fileDriver(database);
}

function fileDriver(database: Database.Database): FileDriver {
  const prepared = new Map<string, Prepared>();

  function prepare(sql: string): Prepared {
    const known = prepared.get(sql);
    if (known) return known;
    if (prepared.size >= maxPrepared) prepared.clear();
    const entry = runnerOf(database.prepare(sql));
    prepared.set(sql, entry);
    return entry;
  }

  const run = ({ sql, args }: Statement): Rows => prepare(sql)(args);

  const rollBack = (): void => {
    if (database.inTransaction) database.exec('ROLLBACK');
  };

  /** The rows of each statement; a write's transaction is still open then. */
  const execute = (statements: readonly Statement[], mode: 'read' | 'write'): Rows[] => {
    // A single read is its own transaction.
    if (mode === 'read' && statements.length === 1) return [run(statements[0]!)];
    run({ sql: mode === 'write' ? 'BEGIN IMMEDIATE' : 'BEGIN', args: [] });
    try {
      const results: Rows[] = [];
      for (const statement of statements) results.push(statement.afterNone && results.at(-1)?.length ? [] : run(statement));
      if (mode === 'read') run({ sql: 'COMMIT', args: [] });
      return results;
    } catch (error) {
      rollBack();
      throw error;
    }
  };

  /** The commit under way; never fails. */
  let committing: Promise<void> | undefined;

  /** Both classes of the binding are shells around one connection. */
  const commit = (): Promise<void> => {
    const ended = (AsyncDatabase.prototype.exec.call(database, 'COMMIT') as Promise<void>)
      .catch((error: unknown) => {
        attempt(rollBack);
        throw toStoreOrDriverError(error);
      })
      .finally(() => {
        committing = undefined;
      });
    committing = ended.catch(() => undefined);
    return ended;
  };

  const close = (): void => {
    if (!database.open) return;
    prepared.clear();
    // The binding finalizes statements only when they are collected, and the connection, with its lock, stays until then. Leaving WAL lets the lock go.
    try {
      for (const sql of ['PRAGMA journal_mode = DELETE', 'PRAGMA locking_mode = NORMAL', 'SELECT 1 FROM sqlite_master LIMIT 1'])
        database.exec(sql);
    } catch {
      // Such as a full disk: all is in the WAL, and the lock goes with the process.
    }
    database.close();
  };

  return {
    useWal: () => attempt(() => database.exec('PRAGMA journal_mode = WAL')),

    async batch(statements, mode): Promise<Rows[]> {
      while (committing) await committing;
      const results = attempt(() => execute(statements, mode));
      if (mode === 'write') await commit();
      return results;
    },
    close() {
      if (committing) void committing.then(close);
      else close();
    },
  };
}

/** Rows come as arrays: the binding sets each property of an object by a call of its own, which takes twice as long. */
function runnerOf(statement: Database.Statement): Prepared {
  if (!statement.reader) {
    return (args) => {
      statement.run(args);
      return [];
    };
  }
  statement.raw(true);
  const names = statement.columns().map(({ name }) => name);
  const rowOf = (values: readonly unknown[]): Row => {
    const row: Record<string, unknown> = {};
    for (let i = 0; i < names.length; i++) row[names[i]!] = values[i];
    return row as Row;
  };
  return (args) => (statement.all(args) as unknown[][]).map(rowOf);
}

function attempt<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw toStoreOrDriverError(error);
  }
}
