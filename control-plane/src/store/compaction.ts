/**
 * Compaction as statements: superseded changes and tombstones leave the change log for the history, in steps of a bounded number of rows, and the
 * history is cut to the bytes of each kind. Up to `meta.swept_revision` each living key has exactly one row, and nothing else has any.
 */
import type { Row, Statement } from './driver.ts';
import { budgetOf, type Retention, VERSION_OVERHEAD } from './retention.ts';

const from = '(SELECT swept_revision FROM meta WHERE id = 1)';
const sameKey = (a: string, b: string): string =>
  `${a}.resource = ${b}.resource AND ${a}.namespace = ${b}.namespace AND ${a}.name = ${b}.name`;

/** Where the next step towards `target` ends, and where compaction stands. */
export const nextStepStatement = (target: number, rows: number): Statement => ({
  sql: `SELECT swept_revision AS swept, min(?1, coalesce((SELECT revision FROM changes WHERE revision > ${from} ORDER BY revision LIMIT 1 OFFSET ?2), ?1)) AS next
    FROM meta WHERE id = 1`,
  args: [target, rows - 1],
});

/** Revisions that nothing at or above ?1 needs. */
const leaving = `(
  SELECT p.revision FROM changes p WHERE p.revision > ${from} AND p.revision <= ?1
    AND (p.type = 'DELETED' OR EXISTS (SELECT 1 FROM changes c WHERE ${sameKey('c', 'p')} AND c.revision > p.revision AND c.revision <= ?1))
  UNION
  SELECT (SELECT b.revision FROM changes b WHERE ${sameKey('b', 'c')} AND b.revision <= ${from} ORDER BY b.revision DESC LIMIT 1)
    FROM changes c WHERE c.revision > ${from} AND c.revision <= ?1)`;

const kept = `size >= 0 AND coalesce(?2 ->> ('$.kinds."' || resource || '"'), ?2 ->> '$.bytes') > 0`;

/** One step: what leaves goes to the history of its kind, or away where it has none. */
export function compactStatements(to: number, retention: Retention): Statement[] {
  const policy = JSON.stringify({ bytes: retention.bytes, kinds: retention.kinds });
  return [
    {
      sql: `INSERT INTO history_kinds (resource, bytes, trimmed)
        SELECT resource, sum(CASE WHEN ${kept} THEN size + ${VERSION_OVERHEAD} ELSE 0 END), max(CASE WHEN ${kept} THEN 0 ELSE revision END)
        FROM changes WHERE revision IN ${leaving} GROUP BY resource
        ON CONFLICT (resource) DO UPDATE SET bytes = bytes + excluded.bytes, trimmed = max(trimmed, excluded.trimmed)`,
      args: [to, policy],
    },
    {
      sql: `INSERT OR IGNORE INTO history (revision, resource, namespace, name, uid, type, size, derived, body)
        SELECT revision, resource, namespace, name, uid, type, size, derived, body FROM changes WHERE revision IN ${leaving} AND ${kept}`,
      args: [to, policy],
    },
    { sql: `DELETE FROM changes WHERE revision IN ${leaving}`, args: [to] },
    {
      sql: 'UPDATE meta SET swept_revision = max(swept_revision, ?1), compacted_revision = max(compacted_revision, ?1) WHERE id = 1',
      args: [to],
    },
  ];
}

export const kindsStatement: Statement = { sql: 'SELECT resource, bytes FROM history_kinds', args: [] };

/** Cuts the oldest versions of the kinds that have more than their budget, to nine tenths of it. `rows` are of {@link kindsStatement}. */
export function trimStatements(rows: readonly Row[], retention: Retention): Statement[] {
  return rows.flatMap((row) => {
    const resource = row.resource as string;
    const budget = budgetOf(retention, resource);
    return (row.bytes as number) > budget ? trimKind(resource, Math.floor(budget * 0.9)) : [];
  });
}

const trimKind = (resource: string, bytes: number): Statement[] => [
  {
    sql: `UPDATE history_kinds SET trimmed = max(trimmed, coalesce((SELECT revision FROM
        (SELECT revision, sum(size + ${VERSION_OVERHEAD}) OVER (ORDER BY revision DESC ROWS UNBOUNDED PRECEDING) AS kept FROM history WHERE resource = ?1)
        WHERE kept > ?2 ORDER BY revision DESC LIMIT 1), 0)) WHERE resource = ?1`,
    args: [resource, bytes],
  },
  {
    sql: 'DELETE FROM history WHERE resource = ?1 AND revision <= (SELECT trimmed FROM history_kinds WHERE resource = ?1)',
    args: [resource],
  },
  recount(resource),
];

/** The true bytes of a kind's history. */
export const recount = (resource: string): Statement => ({
  sql: `UPDATE history_kinds SET bytes = coalesce((SELECT sum(size + ${VERSION_OVERHEAD}) FROM history WHERE resource = ?1), 0) WHERE resource = ?1`,
  args: [resource],
});
