/**
 * Everything a cluster's database holds, row by row, for backups: taken in pages while writes go on, consistent as of one revision, and put into an empty
 * database of any driver. What lives at the revision becomes the change log, everything before it the history. Bodies stay as they are: sealed ones sealed.
 */
import type { Statement } from './driver.ts';
import { maxPageBytes } from './read-sql.ts';
import { type Retention, VERSION_OVERHEAD } from './retention.ts';
import { type ChangeType, type Head, StoreError } from './store.ts';

/** One version of one object. */
export interface DumpRow {
  readonly revision: number;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly type: ChangeType;
  /** JSON, as in the column. */
  readonly derived: string;
  /** null: purged. */
  readonly body: string | null;
}

export interface DumpPage {
  readonly rows: DumpRow[];
  /** Goes on as `after`; absent at the end. */
  readonly next?: number;
  readonly head: Head;
  readonly clusterUid: string;
}

/** What a dump says beside its rows. */
export interface DumpNotes {
  readonly retention: Retention;
  /** Kinds whose history is cut: versions up to `trimmed` may be missing. */
  readonly trimmed: Readonly<Record<string, number>>;
}

export interface Dump {
  /**
   * Versions after `after` up to `through` (absent: up to the head, which the first page tells), ascending. 1 MiB of bodies or 1,000 rows a page.
   * @throws StoreError `compacted` when compaction reached `through` meanwhile: begin again.
   */
  page(query: { readonly after: number; readonly through?: number }): Promise<DumpPage>;
  notes(): Promise<DumpNotes>;
  /** Puts rows into this store, which must be empty or in the middle of a load. `living`: of the state that is restored. Safe to say twice. @throws StoreError `corrupt` */
  load(rows: readonly (DumpRow & { readonly living: boolean })[]): Promise<void>;
  /** Ends a load: all revisions up to `through` are taken, and a new incarnation begins. */
  finish(notes: DumpNotes, through: number): Promise<Head>;
}

const pageRows = 1_000;
const columns = 'revision, resource, namespace, name, uid, type, size, derived, body';

export function dumpStatement(after: number, through: number | undefined): Statement {
  const inner = 'revision, size';
  const of = (table: string) =>
    `SELECT * FROM (SELECT ${inner} FROM ${table} WHERE revision > ?1 AND (?2 IS NULL OR revision <= ?2) ORDER BY revision LIMIT ?3)`;
  return {
    sql: `SELECT page.found, ${columns
      .split(', ')
      .map((name) => `coalesce(c.${name}, h.${name}) AS ${name}`)
      .join(', ')} FROM (
      SELECT revision, count(*) OVER () AS found, sum(max(0, size)) OVER (ORDER BY revision ROWS UNBOUNDED PRECEDING) - max(0, size) AS bytes_before
      FROM (${of('changes')} UNION ALL ${of('history')} ORDER BY revision LIMIT ?3)
    ) page LEFT JOIN changes c ON c.revision = page.revision LEFT JOIN history h ON h.revision = page.revision
    WHERE page.bytes_before < ${maxPageBytes} ORDER BY page.revision LIMIT ?3 - 1`,
    args: [after, through ?? null, pageRows + 1],
  };
}

/** What the incarnation of a database begins with while it is loaded: it opens for nothing else, so half a restore is never taken for a cluster. */
export const loadingPrefix = 'loading:';

/** Refuses, by breaking a NOT NULL, a database that holds anything but a load that has begun. */
export const beginLoadStatement: Statement = {
  sql: `UPDATE meta SET incarnation = CASE WHEN EXISTS (SELECT 1 FROM changes) OR EXISTS (SELECT 1 FROM history) THEN NULL ELSE '${loadingPrefix}' || incarnation END
    WHERE id = 1 AND substr(incarnation, 1, ${loadingPrefix.length}) <> '${loadingPrefix}'`,
  args: [],
};

export function loadStatement({ living, ...row }: DumpRow & { readonly living: boolean }): Statement {
  const { revision, resource, namespace, name, uid, type, derived, body } = row;
  const place = [revision, resource, namespace, name, uid, type, derived];
  if (living) {
    return {
      sql: `INSERT OR IGNORE INTO changes (revision, resource, namespace, name, uid, type, derived, write_id, size, body)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '', octet_length(?8), ?8)`,
      args: [...place, body],
    };
  }
  return {
    sql: `INSERT OR IGNORE INTO history (revision, resource, namespace, name, uid, type, derived, size, body)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, coalesce(octet_length(?8), -1), coalesce(?8, ''))`,
    args: [...place, body],
  };
}

export function finishStatements(through: number, trimmed: DumpNotes['trimmed']): Statement[] {
  return [
    { sql: `UPDATE sqlite_sequence SET seq = max(seq, ?1) WHERE name = 'changes'`, args: [through] },
    {
      sql: 'UPDATE meta SET swept_revision = max(swept_revision, ?1), compacted_revision = max(compacted_revision, ?1) WHERE id = 1',
      args: [through],
    },
    {
      sql: `INSERT OR REPLACE INTO history_kinds (resource, bytes, trimmed)
        SELECT resource, sum(max(0, size) + ${VERSION_OVERHEAD}), coalesce(?1 ->> ('$."' || resource || '"'), 0) FROM history GROUP BY resource`,
      args: [JSON.stringify(trimmed)],
    },
  ];
}

export const notesStatement: Statement = { sql: 'SELECT resource, trimmed FROM history_kinds WHERE trimmed > 0', args: [] };

export const notEmpty = (cause: unknown): StoreError =>
  new StoreError('corrupt', 'the database to restore into is not empty; nothing was changed', { cause });
