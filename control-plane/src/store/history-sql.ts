/** The history as statements. A version is a row of `changes` or, once it left that, of `history`; both are read by the key's index. */
import type { Row, Statement } from './driver.ts';
import type { AsOfQuery, StoredVersion, VersionInfo, VersionsQuery } from './history.ts';
import { maxPageBytes, pageLimit } from './read-sql.ts';
import { defaultRetention, type Retention } from './retention.ts';
import { isKey, SqlText, useKey } from './sql-text.ts';
import type { ObjectKey } from './store.ts';

const told = `derived ->> '$.at' AS at_ms, derived ->> '$.user' AS user, derived ->> '$.via' AS via, derived ->> '$.stamp' AS stamp`;
const tables = ['changes', 'history'] as const;

export function versionsStatement({ key, before, limit }: VersionsQuery): Statement {
  const text = new SqlText();
  const at = useKey(text, key);
  const older = before === undefined ? '' : ` AND v.revision < ${text.use(before)}`;
  const rows = text.use(pageLimit(limit) + 1);
  const of = (
    table: string,
  ) => `SELECT * FROM (SELECT v.revision, v.uid, v.type, v.size, ${told} FROM ${table} v WHERE ${isKey('v', at)}${older}
      ORDER BY v.revision DESC LIMIT ${rows})`;
  return text.as(`${tables.map(of).join(' UNION ALL ')} ORDER BY revision DESC LIMIT ${rows}`);
}

export function versionStatement(key: ObjectKey, revision: number): Statement {
  const text = new SqlText();
  const at = useKey(text, key);
  const to = text.use(revision);
  const of = (
    table: string,
  ) => `SELECT * FROM (SELECT v.revision, v.uid, v.type, v.size, ${told}, v.body FROM ${table} v WHERE ${isKey('v', at)}
      AND v.revision <= ${to} ORDER BY v.revision DESC LIMIT 1)`;
  return text.as(`${tables.map(of).join(' UNION ALL ')} ORDER BY revision DESC LIMIT 1`);
}

/**
 * Of each key in the range: its newest version up to the asked revision (none: NULLs), and the type of its oldest one. Ends at the limit or 1 MiB of bodies;
 * `found` is the number of keys before that cut, at most one more than the limit.
 */
export function asOfStatement(query: AsOfQuery): Statement {
  const text = new SqlText();
  const where = [`v.resource = ${text.use(query.resource)}`];
  if (query.namespace !== undefined) where.push(`v.namespace = ${text.use(query.namespace)}`);
  if (query.after) where.push(`(v.namespace, v.name) > (${text.use(query.after.namespace)}, ${text.use(query.after.name)})`);
  const to = text.use(query.revision);
  const inner = text.use(pageLimit(query.limit) + 1);
  const outer = text.use(pageLimit(query.limit));
  const of = (table: string) => `SELECT v.namespace, v.name, v.revision FROM ${table} v WHERE ${where.join(' AND ')}`;
  const column = (name: string) => `coalesce(c.${name}, h.${name}) AS ${name}`;
  return text.as(`SELECT page.namespace, page.name, page.found, page.newest AS revision, page.oldest_type, ${['uid', 'type', 'size', 'derived'].map(column).join(', ')},
      coalesce(c.derived, h.derived) ->> '$.at' AS at_ms, coalesce(c.derived, h.derived) ->> '$.user' AS user,
      coalesce(c.derived, h.derived) ->> '$.via' AS via, coalesce(c.derived, h.derived) ->> '$.stamp' AS stamp, ${column('body')}
    FROM (SELECT k.namespace, k.name, k.newest, count(*) OVER () AS found,
        coalesce((SELECT type FROM changes WHERE revision = k.oldest), (SELECT type FROM history WHERE revision = k.oldest)) AS oldest_type,
        sum(max(0, coalesce(s.size, t.size, 0))) OVER (ORDER BY k.namespace, k.name ROWS UNBOUNDED PRECEDING) - max(0, coalesce(s.size, t.size, 0)) AS bytes_before
      FROM (SELECT namespace, name, max(CASE WHEN revision <= ${to} THEN revision END) AS newest, min(revision) AS oldest
        FROM (${tables.map(of).join(' UNION ALL ')}) GROUP BY namespace, name ORDER BY namespace, name LIMIT ${inner}) k
      LEFT JOIN changes s ON s.revision = k.newest LEFT JOIN history t ON t.revision = k.newest) page
    LEFT JOIN changes c ON c.revision = page.newest LEFT JOIN history h ON h.revision = page.newest
    WHERE page.bytes_before < ${maxPageBytes} ORDER BY page.namespace, page.name LIMIT ${outer}`);
}

export function resourcesInStatement(namespace: string, resources: readonly string[]): Statement {
  const has = (table: string) => `EXISTS (SELECT 1 FROM ${table} v WHERE v.resource = r.value AND v.namespace = ?1)`;
  return {
    sql: `SELECT r.value AS resource FROM json_each(?2) r WHERE ${tables.map(has).join(' OR ')} ORDER BY r.key`,
    args: [namespace, JSON.stringify(resources)],
  };
}

export const trimmedStatement = (resource: string): Statement => ({
  sql: 'SELECT trimmed FROM history_kinds WHERE resource = ?1',
  args: [resource],
});

/** Halves the revisions until it stands on the newest change at or before the time: as many look-ups as the head has bits. */
export function revisionAtStatement(atMs: number): Statement {
  const middle = '(low + high + 1) / 2';
  const newest = (table: string) =>
    `SELECT * FROM (SELECT revision, derived FROM ${table} WHERE revision <= ${middle} ORDER BY revision DESC LIMIT 1)`;
  const early = `coalesce((SELECT derived ->> '$.at' FROM (${tables.map(newest).join(' UNION ALL ')}) ORDER BY revision DESC LIMIT 1), 0) <= ?1`;
  return {
    sql: `WITH RECURSIVE search (low, high) AS (
        SELECT 0, (SELECT seq FROM sqlite_sequence WHERE name = 'changes')
        UNION ALL
        SELECT CASE WHEN ${early} THEN ${middle} ELSE low END, CASE WHEN ${early} THEN high ELSE ${middle} - 1 END FROM search WHERE low < high
      ) SELECT max(low) AS revision FROM search`,
    args: [atMs],
  };
}

export function purgeStatement(what: { readonly resource: string; readonly namespace?: string; readonly name?: string }): Statement {
  const text = new SqlText();
  const where = [`resource = ${text.use(what.resource)}`];
  if (what.namespace !== undefined) where.push(`namespace = ${text.use(what.namespace)}`);
  if (what.name !== undefined) where.push(`name = ${text.use(what.name)}`);
  return text.as(`DELETE FROM history WHERE ${where.join(' AND ')} RETURNING revision`);
}

export const retentionStatement: Statement = {
  sql: `SELECT (SELECT value FROM settings WHERE name = 'history') AS history, EXISTS (SELECT 1 FROM settings WHERE name = 'keepDeletedSealed') AS keeps`,
  args: [],
};

export function toRetention(row: Row | undefined): Retention {
  const set = typeof row?.history === 'string' ? (JSON.parse(row.history) as Pick<Retention, 'bytes' | 'kinds'>) : defaultRetention;
  return { bytes: set.bytes, kinds: set.kinds, keepDeletedSealed: row?.keeps === 1 };
}

export function setRetentionStatements({ bytes, kinds, keepDeletedSealed }: Retention): Statement[] {
  const set = 'INSERT INTO settings (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value';
  return [
    { sql: set, args: ['history', JSON.stringify({ bytes, kinds })] },
    keepDeletedSealed
      ? { sql: set, args: ['keepDeletedSealed', 'true'] }
      : { sql: 'DELETE FROM settings WHERE name = ?1', args: ['keepDeletedSealed'] },
  ];
}

export function toVersionInfo(key: ObjectKey, row: Row): VersionInfo {
  return {
    resource: key.resource,
    namespace: key.namespace,
    name: key.name,
    uid: row.uid as string,
    revision: row.revision as number,
    type: row.type as VersionInfo['type'],
    size: row.size as number,
    ...(typeof row.stamp === 'string' ? { stamp: row.stamp } : {}),
    ...(typeof row.at_ms === 'number' ? { atMs: row.at_ms } : {}),
    ...(typeof row.user === 'string' ? { author: { user: row.user, manager: (row.via as string | null) ?? '' } } : {}),
  };
}

export const toVersion = (key: ObjectKey, row: Row): StoredVersion => ({ ...toVersionInfo(key, row), body: row.body as string });
