/**
 * Which sealing keys the database still needs: how many rows each opens, and the living objects that another key than the newest sealed. A key may go when
 * neither a living object nor a kept version names it. Reads the text before the ciphertext alone; nothing is opened here.
 */
import type { Driver, Row, Statement } from './driver.ts';
import { maxPageBytes, stampOf, toListed } from './read-sql.ts';
import type { StoredObject } from './store.ts';

export interface SealedUse {
  readonly keyId: string;
  /** Living objects. */
  readonly objects: number;
  /** Superseded versions and tombstones that watches or the history may still ask for. */
  readonly versions: number;
}

export interface StaleQuery {
  readonly resource: string;
  /** Sealed with any other key than this one. */
  readonly keyId: string;
  readonly after?: { readonly namespace: string; readonly name: string };
  readonly limit: number;
}

export interface SealedRows {
  /** By key id. Costs a look at every version of these kinds: for people who ask. */
  uses(resources: readonly string[]): Promise<SealedUse[]>;
  /** By namespace and name; a page also ends at 1 MiB of bodies. Costs a look at every object of the kind. */
  stale(query: StaleQuery): Promise<StoredObject[]>;
  /** The key that all objects were found sealed with, by {@link SealedRows.settle}. One row. */
  settled(): Promise<string | undefined>;
  settle(keyId: string): Promise<void>;
}

/** What every sealed body begins with; then the key's id and a dot. */
export const sealedPrefix = 'kdgs1.';

const at = sealedPrefix.length + 1;
const isSealed = (table: string): string => `substr(${table}.body, 1, ${sealedPrefix.length}) = '${sealedPrefix}'`;
const keyOf = (table: string): string => `substr(${table}.body, ${at}, instr(substr(${table}.body, ${at}, 256), '.') - 1)`;

export function usesStatement(resources: readonly string[]): Statement {
  const among = 'resource IN (SELECT value FROM json_each(?1))';
  return {
    sql: `SELECT key_id, sum(living) AS objects, sum(1 - living) AS versions FROM (
      SELECT ${keyOf('c')} AS key_id, EXISTS (SELECT 1 FROM objects o WHERE o.resource = c.resource AND o.namespace = c.namespace
        AND o.name = c.name AND o.revision = c.revision) AS living FROM changes c WHERE c.${among} AND ${isSealed('c')}
      UNION ALL SELECT ${keyOf('h')}, 0 FROM history h WHERE h.${among} AND ${isSealed('h')}
    ) GROUP BY key_id ORDER BY key_id`,
    args: [JSON.stringify(resources)],
  };
}

export function staleStatement({ resource, keyId, after, limit }: StaleQuery): Statement {
  return {
    sql: `SELECT page.namespace, page.name, c.uid, c.revision, ${stampOf('c')}, c.body FROM (
      SELECT namespace, name, revision, sum(size) OVER (ORDER BY namespace, name ROWS UNBOUNDED PRECEDING) - size AS bytes_before FROM (
        SELECT o.namespace, o.name, o.revision, o.size FROM objects o JOIN changes c ON c.revision = o.revision
        WHERE o.resource = ?1 AND (o.namespace, o.name) > (?3, ?4) AND ${isSealed('c')} AND ${keyOf('c')} <> ?2
        ORDER BY o.namespace, o.name LIMIT ?5)
    ) page JOIN changes c ON c.revision = page.revision WHERE page.bytes_before < ${maxPageBytes} ORDER BY page.namespace, page.name`,
    args: [resource, keyId, after?.namespace ?? '', after?.name ?? '', limit],
  };
}

const setting = 'sealedWith';

export function libsqlSealedRows(batch: Driver['batch']): SealedRows {
  const read = async (statement: Statement): Promise<readonly Row[]> => (await batch([statement], 'read'))[0] ?? [];
  return {
    uses: async (resources) =>
      (await read(usesStatement(resources))).map((row) => ({
        keyId: row.key_id as string,
        objects: row.objects as number,
        versions: row.versions as number,
      })),
    stale: async (query) => (await read(staleStatement(query))).map((row) => toListed(query.resource, row)),
    settled: async () => {
      const [row] = await read({ sql: 'SELECT value FROM settings WHERE name = ?1', args: [setting] });
      return row?.value as string | undefined;
    },
    settle: async (keyId) => {
      const sql = 'INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value';
      await batch([{ sql, args: [setting, keyId] }], 'write');
    },
  };
}
