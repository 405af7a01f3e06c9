/**
 * Brings a database to this program's schema, over any driver. Each migration is one transaction that also moves `meta.schema_version` and fails
 * when another process moved it first, so two starting at once is safe, and so is a kill at any moment.
 */
import { type Migration, migrations, schemaVersion } from '#db/migrations.ts';
import { type Driver, DriverError, type Statement } from './driver.ts';
import { loadingPrefix } from './dump.ts';
import { type Identity, StoreError } from './store.ts';

interface Found extends Identity {
  readonly version: number;
}

export interface MigrateOptions {
  /** What the messages call the database: a path or a URL. */
  readonly where: string;
  /** Given to a new database. */
  readonly identity: Identity;
  /** A restore that did not end may go on. Otherwise such a database is refused. */
  readonly loading?: boolean;
}

const MOST_TRIES = 3;

/**
 * The identity of the database, new or existing. One round trip when nothing is to be done.
 * @throws StoreError `newerSchema`, `corrupt` (also: not a database of ours).
 */
export async function migrate(driver: Driver, options: MigrateOptions): Promise<Identity> {
  for (let tries = 0, before = -1; ; ) {
    const found = await readMeta(driver, options.where);
    const version = found?.version ?? 0;
    // another one may be first at each migration: only tries that find it as they left it count
    tries = version === before ? tries + 1 : 1;
    before = version;
    if (found && version > schemaVersion && !(await isReadable(driver))) {
      throw new StoreError(
        'newerSchema',
        `${options.where} was written by a newer version of Kedge (schema ${version}, this program knows ${schemaVersion}); nothing was changed`,
      );
    }
    if (found?.incarnation.startsWith(loadingPrefix) && !options.loading) {
      throw new StoreError('corrupt', `a restore into ${options.where} did not come to its end: restore again, into the same database`);
    }
    if (found && version >= schemaVersion) return { clusterUid: found.clusterUid, incarnation: found.incarnation };
    try {
      for (const migration of migrations.slice(version)) {
        const args = [migration.version, options.identity.clusterUid, options.identity.incarnation];
        const stamp: Statement =
          migration.version === 1
            ? {
                sql: 'INSERT INTO meta (id, schema_version, cluster_uid, incarnation, compacted_revision) VALUES (1, ?1, ?2, ?3, 0)',
                args,
              }
            : {
                // NULL breaks the NOT NULL of the column, and with it the transaction.
                sql: 'UPDATE meta SET schema_version = CASE schema_version WHEN ?1 - 1 THEN ?1 END WHERE id = 1',
                args: [migration.version],
              };
        await driver.batch([...migration.statements.map((sql) => ({ sql, args: [] })), stamp, ...readableStatements(migration)], 'write');
      }
    } catch (error) {
      // Another process was first, or the reply was lost after the commit: look again.
      if (!(error instanceof DriverError)) throw error;
      if (tries === MOST_TRIES) throw new StoreError(error.reason, `cannot migrate ${options.where}: ${error.message}`, { cause: error });
    }
  }
}

const readableFrom = 'readableFrom';

/** `settings` is there from schema 2 on. */
export const readableStatements = ({ version, readableFrom: from = version }: Pick<Migration, 'version' | 'readableFrom'>): Statement[] =>
  version <= 2
    ? []
    : [
        {
          sql: `INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))`,
          args: [readableFrom, String(from)],
        },
      ];

/** A newer program has only added to it: this one works with it as with its own, as after a rollback. */
async function isReadable(driver: Driver): Promise<boolean> {
  const [rows] = await driver.batch([{ sql: 'SELECT value FROM settings WHERE name = ?1', args: [readableFrom] }], 'read');
  const from = Number(rows?.[0]?.value);
  return from > 0 && from <= schemaVersion;
}

/** Undefined when the database is empty. */
async function readMeta(driver: Driver, where: string): Promise<Found | undefined> {
  try {
    const [rows] = await driver.batch(
      [{ sql: 'SELECT schema_version, cluster_uid, incarnation FROM meta WHERE id = 1', args: [] }],
      'read',
    );
    const row = rows?.[0];
    if (!row) throw new StoreError('corrupt', `${where} is damaged: its identity is missing`);
    return {
      version: row.schema_version as number,
      clusterUid: row.cluster_uid as string,
      incarnation: row.incarnation as string,
    };
  } catch (error) {
    if (error instanceof DriverError && error.kind === 'refused' && /no such (table|column)/.test(error.message)) {
      await assertEmpty(driver, where);
      return undefined;
    }
    if (error instanceof DriverError) throw new StoreError(error.reason, `${where}: ${error.message}`, { cause: error });
    throw error;
  }
}

async function assertEmpty(driver: Driver, where: string): Promise<void> {
  const [rows] = await driver.batch(
    [
      {
        sql: `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'libsql%' LIMIT 1`,
        args: [],
      },
    ],
    'read',
  );
  const name = rows?.[0]?.name;
  // `meta` of our own: another process has just created it.
  if (name !== undefined && name !== 'meta') {
    throw new StoreError('corrupt', `${where} is not a database of Kedge (it holds a table "${String(name)}"); nothing was changed`);
  }
}
