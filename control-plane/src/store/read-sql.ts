/**
 * Reads as statements. Pages are chosen on `objects` (small rows, in key order) and end at `limit` rows or 1 MiB of bodies; only then are bodies joined
 * from `changes`. The head is read in the same transaction as the rows it describes.
 */
import type { Row, Statement } from './driver.ts';
import { isKey, SqlText, useKey } from './sql-text.ts';
import type { ChangesQuery, Head, ListQuery, ObjectKey, StoredChange, StoredObject } from './store.ts';

export const maxPageRows = 500;
export const maxPageBytes = 1_048_576;
const maxLabelTerms = 10;
/** `remaining` is counted up to here. */
const maxCount = 100_000;

export const headStatement: Statement = {
  sql: `SELECT (SELECT seq FROM sqlite_sequence WHERE name = 'changes') AS revision, compacted_revision, cluster_uid, incarnation FROM meta WHERE id = 1`,
  args: [],
};

export function toHead(row: Row | undefined): Head {
  return {
    revision: row?.revision as number,
    compacted: row?.compacted_revision as number,
    incarnation: row?.incarnation as string,
  };
}

/** The stamp a change was written with, as a column. */
export const stampOf = (table: string): string => `${table}.derived ->> '$.stamp' AS stamp`;

export const loopStatement: Statement = { sql: 'SELECT epoch, processed, next_due FROM loop WHERE id = 1', args: [] };

export function getStatement(key: ObjectKey): Statement {
  const text = new SqlText();
  const at = useKey(text, key);
  return text.as(
    `SELECT o.uid, o.revision, ${stampOf('c')}, c.body FROM objects o JOIN changes c ON c.revision = o.revision WHERE ${isKey('o', at)}`,
  );
}

export function getManyStatement(keys: readonly ObjectKey[]): Statement {
  const list = JSON.stringify(keys.map((key) => [key.resource, key.namespace, key.name]));
  return {
    sql: `SELECT k.key AS place, o.uid, o.revision, ${stampOf('c')}, c.body FROM json_each(?1) k
      JOIN objects o ON o.resource = k.value ->> 0 AND o.namespace = k.value ->> 1 AND o.name = k.value ->> 2
      JOIN changes c ON c.revision = o.revision`,
    args: [list],
  };
}

export function toObject(key: ObjectKey, row: Row): StoredObject {
  const object = {
    resource: key.resource,
    namespace: key.namespace,
    name: key.name,
    uid: row.uid as string,
    revision: row.revision as number,
    body: row.body as string,
  };
  return typeof row.stamp === 'string' ? { ...object, stamp: row.stamp } : object;
}

/** A row of {@link listStatement}. */
export function toListed(resource: string, row: Row): StoredObject {
  return toObject({ resource, namespace: row.namespace as string, name: row.name as string }, row);
}

export function pageLimit(limit: number | undefined): number {
  return Math.max(1, Math.min(limit ?? maxPageRows, maxPageRows));
}

/** `labels` is an SQL expression; NULL passes. */
function labelsHold(query: ListQuery, labels: string, text: SqlText): string {
  // The caller looks again: what a statement of bounded length does not say is no harm.
  const terms = (query.labels ?? []).slice(0, maxLabelTerms).map(({ key, operator, values }) => {
    const value = `${labels} ->> ${text.use(`$."${key}"`)}`;
    if (operator === 'exists') return `${value} IS NOT NULL`;
    if (operator === 'notExists') return `${value} IS NULL`;
    const among = `IN (SELECT value FROM json_each(${text.use(JSON.stringify(values))}))`;
    return operator === 'in' ? `${value} ${among}` : `(${value} IS NULL OR NOT ${value} ${among})`;
  });
  return terms.length === 0 ? '' : ` AND (${labels} IS NULL OR (${terms.join(' AND ')}))`;
}

/** Rows `namespace, name, uid, revision, size` that the query asks for, unordered; as SQL. */
function candidates(query: ListQuery, text: SqlText): string {
  const resource = text.use(query.resource);
  const inRange = (table: string): string[] => {
    const where = [`${table}.resource = ${resource}`];
    if (query.namespace !== undefined) where.push(`${table}.namespace = ${text.use(query.namespace)}`);
    if (query.name !== undefined) where.push(`${table}.name = ${text.use(query.name)}`);
    if (query.after && query.namespace !== undefined && query.namespace === query.after.namespace) {
      where.push(`${table}.name > ${text.use(query.after.name)}`);
    } else if (query.after) {
      where.push(`(${table}.namespace, ${table}.name) > (${text.use(query.after.namespace)}, ${text.use(query.after.name)})`);
    }
    return where;
  };
  const present = inRange('o');
  if (query.node !== undefined) present.push(`o.node = ${text.use(query.node)} AND o.node <> ''`);
  const columns = 'o.namespace, o.name, o.uid, o.revision, o.size';
  const from = query.node === undefined ? 'objects o' : 'objects o INDEXED BY objects_node';
  const labelled = labelsHold(query, 'o.labels', text);
  if (query.atRevision === undefined) return `SELECT ${columns} FROM ${from} WHERE ${present.join(' AND ')}${labelled}`;
  const at = text.use(query.atRevision);
  const node = query.node === undefined ? '' : ` AND c.derived ->> '$.node' = ${text.use(query.node)}`;
  // What was not touched since stands in `objects`; what was, is the row before the touch.
  return `SELECT ${columns} FROM ${from} WHERE ${present.join(' AND ')} AND o.revision <= ${at}${labelled}
    UNION ALL
    SELECT c.namespace, c.name, c.uid, c.revision, c.size
    FROM (SELECT DISTINCT m.namespace, m.name FROM changes m NOT INDEXED WHERE m.revision > ${at} AND ${inRange('m').join(' AND ')}) moved
    JOIN changes c ON c.revision = (SELECT p.revision FROM changes p WHERE p.resource = ${resource} AND p.namespace = moved.namespace
      AND p.name = moved.name AND p.revision <= ${at} ORDER BY p.revision DESC LIMIT 1)
    WHERE c.type <> 'DELETED' AND c.size >= 0${node}${labelsHold(query, "(c.derived -> '$.labels')", text)}`;
}

/**
 * Rows of a page, each with `found`, the number of rows before the cut at 1 MiB (at most limit + 1), and its `place` in the order of keys. They are to be put
 * {@link inOrder}: asked to do that, the database would sort them with all their bodies.
 */
export function listStatement(query: ListQuery): Statement {
  const text = new SqlText();
  const from = candidates(query, text);
  const inner = text.use(pageLimit(query.limit) + 1);
  return text.as(
    `SELECT page.namespace, page.name, page.uid, page.revision, page.found, page.place, ${stampOf('c')}, c.body FROM (
      SELECT *, count(*) OVER () AS found, row_number() OVER (ORDER BY namespace, name) AS place,
        sum(size) OVER (ORDER BY namespace, name ROWS UNBOUNDED PRECEDING) - size AS bytes_before
      FROM (SELECT * FROM (${from}) ORDER BY namespace, name LIMIT ${inner})
    ) page CROSS JOIN changes c ON c.revision = page.revision
    WHERE page.bytes_before < ${maxPageBytes} AND page.place < ${inner}`,
  );
}

const placeOf = (row: Row): number => row.place as number;

/** The rows of one {@link listStatement} by their places, where they nearly always are already. */
export const inOrder = (rows: readonly Row[]): readonly Row[] =>
  rows.every((row, i) => i === 0 || placeOf(rows[i - 1]!) < placeOf(row)) ? rows : [...rows].sort((a, b) => placeOf(a) - placeOf(b));

/** How many rows the query would yield without limit. */
export function countStatement(query: ListQuery): Statement {
  const text = new SqlText();
  const from = candidates(query, text);
  return text.as(`SELECT count(*) AS n FROM (SELECT 1 FROM (${from}) LIMIT ${maxCount})`);
}

/** Changes of a page with `found` as in {@link listStatement}. */
export function changesStatement(query: ChangesQuery): Statement {
  const text = new SqlText();
  const after = text.use(query.after);
  const resources = query.resources ? ` AND resource IN (${query.resources.map((resource) => text.use(resource)).join(', ')})` : '';
  const limit = pageLimit(query.limit);
  const inner = text.use(limit + 1);
  const outer = text.use(limit);
  return text.as(
    `SELECT page.found, c.revision, c.resource, c.namespace, c.name, c.uid, c.type, ${stampOf('c')}, c.body,
      CASE c.type WHEN 'ADDED' THEN NULL ELSE (SELECT CASE WHEN p.size >= 0 THEN p.body END FROM changes p WHERE p.resource = c.resource AND p.namespace = c.namespace
        AND p.name = c.name AND p.revision < c.revision ORDER BY p.revision DESC LIMIT 1) END AS previous_body
    FROM (
      SELECT revision, count(*) OVER () AS found, sum(size) OVER (ORDER BY revision ROWS UNBOUNDED PRECEDING) - size AS bytes_before
      FROM (SELECT revision, size FROM changes NOT INDEXED WHERE revision > ${after} AND size >= 0${resources} ORDER BY revision LIMIT ${inner})
    ) page JOIN changes c ON c.revision = page.revision
    WHERE page.bytes_before < ${maxPageBytes} ORDER BY page.revision LIMIT ${outer}`,
  );
}

export function toChange(row: Row): StoredChange {
  const key = { resource: row.resource as string, namespace: row.namespace as string, name: row.name as string };
  const change = { ...toObject(key, row), type: row.type as StoredChange['type'] };
  return typeof row.previous_body === 'string' ? { ...change, previousBody: row.previous_body } : change;
}
