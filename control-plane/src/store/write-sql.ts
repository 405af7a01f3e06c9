/**
 * The two statements of one write. The first is self-guarding: every precondition stands in the WHERE of the one INSERT, so it either adds
 * the change (and, by trigger, all that is derived) or does nothing. The second answers only when nothing was added, and says why. Both see the writes
 * before them in the batch, so writes that touch each other get the outcomes of one after the other.
 */
import type { Row, Rows, Statement } from './driver.ts';
import { usedOf, usedOfRow } from './quota-usage.ts';
import { stampOf, toObject } from './read-sql.ts';
import { isKey, SqlText, useKey } from './sql-text.ts';
import type { ClaimRow, Derived, ExceededLimit, Guards, ObjectKey, QuotaLimit, StoredObject, Write, WriteOutcome } from './store.ts';

/** A write on its way, with the id that tells its repetition from a new write. */
export interface PendingWrite {
  readonly write: Write;
  readonly writeId: string;
  readonly epoch: number | undefined;
  /** Unix ms, for the history. */
  readonly atMs: number;
}

export const namespaceResource = 'core/namespaces';

const changeType = { create: 'ADDED', update: 'MODIFIED', delete: 'DELETED' } as const;

const noneDerived: Derived = { owners: [], claims: [], node: '', deleting: false, finalized: false };

/** What stands in the column `derived`: see schema/db/tables.ts. */
function derivedJson({ write, atMs }: PendingWrite): string {
  const derived = write.op === 'delete' ? noneDerived : write.derived;
  const usage = Object.entries(derived.usage ?? {}).filter(([, amount]) => amount !== 0);
  return JSON.stringify({
    owners: [...new Set(derived.owners)],
    claims: distinctClaims(derived.claims),
    node: derived.node,
    deleting: derived.deleting ? 1 : 0,
    finalized: derived.finalized ? 1 : 0,
    ...(derived.labels ? { labels: derived.labels } : {}),
    ...(usage.length > 0 ? { usage: Object.fromEntries(usage) } : {}),
    ...(derived.scopes?.length ? { scopes: derived.scopes } : {}),
    at: atMs,
    ...(write.author ? { user: write.author.user, via: write.author.manager } : {}),
    ...(write.stamp === undefined ? {} : { stamp: write.stamp }),
  });
}

function distinctClaims(claims: readonly ClaimRow[]): [string, string][] {
  return [...new Map(claims.map((claim) => [`${claim.scope}\n${claim.value}`, [claim.scope, claim.value] as [string, string]])).values()];
}

/** What a guard may speak of beside its own values. */
interface Guarded {
  readonly key: ObjectKey;
  readonly uses: Pick<Derived, 'usage' | 'scopes'>;
}

/** Each guard as SQL that is true when it holds, in the order they are reported. */
const guardSql: readonly { guard: keyof Guards; sql(guards: Guards, write: Guarded, text: SqlText): string | undefined }[] = [
  {
    guard: 'ownerUid',
    sql: ({ ownerUid }, _write, text) =>
      ownerUid === undefined ? undefined : `EXISTS (SELECT 1 FROM objects WHERE uid = ${text.use(ownerUid)} AND deleting = 0)`,
  },
  {
    guard: 'namespaceAlive',
    sql: ({ namespaceAlive }, { key }, text) =>
      namespaceAlive
        ? `EXISTS (SELECT 1 FROM objects WHERE resource = '${namespaceResource}' AND namespace = '' AND name = ${text.use(key.namespace)} AND deleting = 0)`
        : undefined,
  },
  {
    guard: 'namespaceEmpty',
    sql: ({ namespaceEmpty }, _write, text) =>
      namespaceEmpty === undefined
        ? undefined
        : `NOT EXISTS (SELECT 1 FROM objects WHERE namespace = ${text.use(namespaceEmpty)} AND namespace <> '')`,
  },
  {
    guard: 'noDependents',
    sql: ({ noDependents }, _write, text) =>
      noDependents === undefined ? undefined : `NOT EXISTS (SELECT 1 FROM owners WHERE owner_uid = ${text.use(noDependents)})`,
  },
  {
    guard: 'ownersGone',
    sql: ({ ownersGone }, _write, text) =>
      ownersGone === undefined
        ? undefined
        : `NOT EXISTS (SELECT 1 FROM objects WHERE uid IN (SELECT value FROM json_each(${text.use(JSON.stringify(ownersGone))})))`,
  },
  {
    guard: 'quota',
    sql: ({ quota }, write, text) => (quota?.length ? `NOT EXISTS (SELECT 1 FROM ${limitsPassed(quota, write, text)})` : undefined),
  },
];

/** FROM and WHERE that yield the limits this write would pass. Totals that are not kept yet are there by {@link countStatement}. */
function limitsPassed(quota: readonly QuotaLimit[], { key, uses }: Guarded, text: SqlText): string {
  const at = useKey(text, key);
  const limits = text.use(JSON.stringify(quota.map(({ counter, hard }) => [counter, hard, usedOf(uses, counter) ?? 0])));
  return `(SELECT l.value ->> 0 AS counter, l.value ->> 1 AS hard,
      coalesce((SELECT q.used FROM quota_usage q WHERE q.namespace = ${at.namespace} AND q.counter = l.value ->> 0), 0) AS used,
      (l.value ->> 2) - coalesce((SELECT ${usedOfRow('o', '(l.value ->> 0)')} FROM objects o WHERE ${isKey('o', at)}), 0) AS growth
      FROM json_each(${limits}) l) WHERE growth > 0 AND used + growth > hard`;
}

/** Begins to keep totals that nobody asked for before, from what all objects of the namespace use. Reads nothing but an index otherwise. */
export function countStatement(namespace: string, counters: readonly string[]): Statement {
  return {
    sql: `INSERT INTO quota_usage (namespace, counter, used)
      SELECT ?1, c.value, coalesce((SELECT sum(${usedOfRow('o', 'c.value')}) FROM objects o WHERE o.namespace = ?1 AND o.namespace <> ''), 0)
      FROM json_each(?2) c WHERE NOT EXISTS (SELECT 1 FROM quota_usage q WHERE q.namespace = ?1 AND q.counter = c.value)`,
    args: [namespace, JSON.stringify(counters)],
  };
}

export function usageStatement(namespace: string, counters: readonly string[]): Statement {
  return {
    sql: 'SELECT counter, used FROM quota_usage WHERE namespace = ?1 AND counter IN (SELECT value FROM json_each(?2))',
    args: [namespace, JSON.stringify(counters)],
  };
}

export const guardNames: readonly (keyof Guards)[] = guardSql.map((entry) => entry.guard);

/** The guards asked for, each with its SQL. */
function guardsOf(guards: Guards | undefined, write: Guarded, text: SqlText): { guard: keyof Guards; sql: string }[] {
  if (!guards) return [];
  return guardSql.flatMap(({ guard, sql }) => {
    const condition = sql(guards, write, text);
    return condition === undefined ? [] : [{ guard, sql: condition }];
  });
}

function guardedOf(write: Write): Guarded {
  return { key: write.key, uses: write.op === 'delete' ? {} : write.derived };
}

/** One row with a column (0 or 1) for each guard asked for but `quota`, which speaks of a write; undefined when none is. */
export function guardsStatement(guards: Guards, namespace: string): Statement | undefined {
  const text = new SqlText();
  const { quota: _, ...others } = guards;
  const key = { resource: '', namespace, name: '' };
  const columns = guardsOf(others, { key, uses: {} }, text).map(({ guard, sql }) => `${sql} AS ${guard}`);
  return columns.length === 0 ? undefined : text.as(`SELECT ${columns.join(', ')}`);
}

function claimsOf(write: Write): readonly ClaimRow[] {
  return write.op === 'delete' ? [] : write.derived.claims;
}

/** FROM and WHERE that yield the claims of this write that others hold. */
function claimsHeld(write: Write, text: SqlText): string {
  const wanted = text.use(JSON.stringify(distinctClaims(claimsOf(write))));
  return `json_each(${wanted}) wanted JOIN claims held ON held.scope = wanted.value ->> 0 AND held.value = wanted.value ->> 1
    WHERE held.holder_uid <> ${text.use(write.uid)}`;
}

/** Was this very write committed before? One row with its revision, or none. */
export function committedStatement({ write, writeId }: PendingWrite): Statement {
  const text = new SqlText();
  const at = useKey(text, write.key);
  return text.as(`SELECT revision FROM changes c WHERE ${isKey('c', at)} AND c.write_id = ${text.use(writeId)}`);
}

/** @param repeat the write may be committed already: it then does nothing */
export function insertStatement(pending: PendingWrite, repeat: boolean): Statement {
  const { write, writeId, epoch } = pending;
  const text = new SqlText();
  const at = useKey(text, write.key);
  const uid = text.use(write.uid);
  const id = text.use(writeId);
  const body = text.use(write.body);
  const derived = text.use(derivedJson(pending));
  const where: string[] = [];
  if (epoch !== undefined) where.push(`(SELECT epoch FROM loop WHERE id = 1) = ${text.use(epoch)}`);
  if (write.op === 'create') {
    where.push(`NOT EXISTS (SELECT 1 FROM objects o WHERE ${isKey('o', at)})`);
  } else {
    const revision = write.revision === undefined ? '' : ` AND o.revision = ${text.use(write.revision)}`;
    where.push(`EXISTS (SELECT 1 FROM objects o WHERE ${isKey('o', at)} AND o.uid = ${uid}${revision})`);
  }
  for (const { sql } of guardsOf(write.guards, guardedOf(write), text)) where.push(sql);
  if (claimsOf(write).length > 0) where.push(`NOT EXISTS (SELECT 1 FROM ${claimsHeld(write, text)})`);
  if (repeat) where.push(`NOT EXISTS (SELECT 1 FROM changes c WHERE ${isKey('c', at)} AND c.write_id = ${id})`);
  return text.as(
    `INSERT INTO changes (resource, namespace, name, uid, type, write_id, size, derived, body)
     SELECT ${at.resource}, ${at.namespace}, ${at.name}, ${uid}, '${changeType[write.op]}', ${id}, octet_length(${body}), ${derived}, ${body}
     WHERE ${where.join('\n AND ')}
     RETURNING revision`,
  );
}

/** One row that says why the write before it did nothing; no row when it did. */
export function reasonStatement({ write, writeId }: PendingWrite): Statement {
  const text = new SqlText();
  const at = useKey(text, write.key);
  const id = text.use(writeId);
  const columns = ['l.epoch', 'o.uid', 'o.revision', 'b.body', stampOf('b')];
  for (const { guard, sql } of guardsOf(write.guards, guardedOf(write), text)) columns.push(`${sql} AS ${guard}`);
  if (write.guards?.quota?.length) {
    const exceeded = limitsPassed(write.guards.quota, guardedOf(write), text);
    columns.push(`(SELECT json_group_array(json_array(counter, hard, used, growth)) FROM ${exceeded}) AS exceeded`);
  }
  if (claimsOf(write).length > 0)
    columns.push(`(SELECT json_array(held.scope, held.value, held.holder_uid) FROM ${claimsHeld(write, text)} LIMIT 1) AS claimed`);
  const statement = text.as(
    `SELECT ${columns.join(', ')} FROM loop l LEFT JOIN objects o ON ${isKey('o', at)} LEFT JOIN changes b ON b.revision = o.revision
     WHERE l.id = 1 AND ${id} <> coalesce((SELECT c.write_id FROM changes c WHERE ${isKey('c', at)} ORDER BY c.revision DESC LIMIT 1), '')`,
  );
  return { ...statement, afterNone: true };
}

/** What became of a write, from the rows of its statements. `committed` is absent on the first attempt. */
export function outcomeOf(pending: PendingWrite, rows: { committed?: Rows; inserted: Rows; reason: Rows }): WriteOutcome {
  const { write } = pending;
  const revision = (rows.committed?.[0] ?? rows.inserted[0])?.revision;
  if (typeof revision === 'number') {
    const object = { ...write.key, uid: write.uid, revision, body: write.body };
    return { status: 'ok', object: write.stamp === undefined ? object : { ...object, stamp: write.stamp } };
  }
  const reason = rows.reason[0];
  if (!reason) throw new Error(`the store gave no reason for refusing ${write.op} ${write.key.resource} ${write.key.name}`);
  return refusal(pending, reason);
}

function toExceeded(json: string): ExceededLimit[] {
  return (JSON.parse(json) as [string, number, number, number][]).map(([counter, hard, used, growth]) => ({ counter, hard, used, growth }));
}

function refusal({ write, epoch }: PendingWrite, row: Row): WriteOutcome {
  if (epoch !== undefined && row.epoch !== epoch) return { status: 'fenced', epoch: row.epoch as number };
  const current: StoredObject | undefined = typeof row.revision === 'number' ? toObject(write.key, row) : undefined;
  if (write.op === 'create') {
    if (current) return { status: 'alreadyExists', current };
  } else {
    if (!current) return { status: 'notFound' };
    if (current.uid !== write.uid || (write.revision !== undefined && current.revision !== write.revision))
      return { status: 'conflict', current };
  }
  const guard = guardNames.find((name) => row[name] === 0);
  if (guard === 'quota') return { status: 'guard', guard, exceeded: toExceeded(row.exceeded as string) };
  if (guard) return { status: 'guard', guard };
  if (typeof row.claimed === 'string') {
    const [scope, value, holderUid] = JSON.parse(row.claimed) as [string, string, string];
    return { status: 'claimed', claim: { scope, value }, holderUid };
  }
  throw new Error(`the store cannot tell why it refused ${write.op} ${write.key.resource} ${write.key.namespace}/${write.key.name}`);
}
