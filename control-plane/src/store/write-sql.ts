/**
 * The two statements of one write. The first is self-guarding: every precondition stands in the WHERE of the one INSERT, so it either adds
 * the change (and, by trigger, all that is derived) or does nothing. The second answers only when nothing was added, and says why. Both see the writes
 * before them in the batch, so writes that touch each other get the outcomes of one after the other.
 */
import type { Row, Rows, Statement } from './driver.ts';
import { isKey, SqlText, useKey } from './sql-text.ts';
import type { ClaimRow, Derived, Guards, StoredObject, Write, WriteOutcome } from './store.ts';

/** A write on its way, with the id that tells its repetition from a new write. */
export interface PendingWrite {
  readonly write: Write;
  readonly writeId: string;
  readonly epoch: number | undefined;
}

export const namespaceResource = 'core/namespaces';

const changeType = { create: 'ADDED', update: 'MODIFIED', delete: 'DELETED' } as const;

const noneDerived = JSON.stringify({ owners: [], claims: [], node: '', deleting: 0, finalized: 0 });

function derivedJson(derived: Derived): string {
  return JSON.stringify({
    owners: [...new Set(derived.owners)],
    claims: distinctClaims(derived.claims),
    node: derived.node,
    deleting: derived.deleting ? 1 : 0,
    finalized: derived.finalized ? 1 : 0,
  });
}

function distinctClaims(claims: readonly ClaimRow[]): [string, string][] {
  return [...new Map(claims.map((claim) => [`${claim.scope}\n${claim.value}`, [claim.scope, claim.value] as [string, string]])).values()];
}

/** Each guard as SQL that is true when it holds, in the order they are reported. */
const guardSql: readonly { guard: keyof Guards; sql(guards: Guards, namespace: string, text: SqlText): string | undefined }[] = [
  {
    guard: 'ownerUid',
    sql: ({ ownerUid }, _namespace, text) =>
      ownerUid === undefined ? undefined : `EXISTS (SELECT 1 FROM objects WHERE uid = ${text.use(ownerUid)} AND deleting = 0)`,
  },
  {
    guard: 'namespaceAlive',
    sql: ({ namespaceAlive }, namespace, text) =>
      namespaceAlive
        ? `EXISTS (SELECT 1 FROM objects WHERE resource = '${namespaceResource}' AND namespace = '' AND name = ${text.use(namespace)} AND deleting = 0)`
        : undefined,
  },
  {
    guard: 'namespaceEmpty',
    sql: ({ namespaceEmpty }, _namespace, text) =>
      namespaceEmpty === undefined
        ? undefined
        : `NOT EXISTS (SELECT 1 FROM objects WHERE namespace = ${text.use(namespaceEmpty)} AND namespace <> '')`,
  },
  {
    guard: 'noDependents',
    sql: ({ noDependents }, _namespace, text) =>
      noDependents === undefined ? undefined : `NOT EXISTS (SELECT 1 FROM owners WHERE owner_uid = ${text.use(noDependents)})`,
  },
  {
    guard: 'ownersGone',
    sql: ({ ownersGone }, _namespace, text) =>
      ownersGone === undefined
        ? undefined
        : `NOT EXISTS (SELECT 1 FROM objects WHERE uid IN (SELECT value FROM json_each(${text.use(JSON.stringify(ownersGone))})))`,
  },
];

export const guardNames: readonly (keyof Guards)[] = guardSql.map((entry) => entry.guard);

/** The guards asked for, each with its SQL. */
function guardsOf(guards: Guards | undefined, namespace: string, text: SqlText): { guard: keyof Guards; sql: string }[] {
  if (!guards) return [];
  return guardSql.flatMap(({ guard, sql }) => {
    const condition = sql(guards, namespace, text);
    return condition === undefined ? [] : [{ guard, sql: condition }];
  });
}

/** One row with a column (0 or 1) for each guard asked for; undefined when none is. */
export function guardsStatement(guards: Guards, namespace: string): Statement | undefined {
  const text = new SqlText();
  const columns = guardsOf(guards, namespace, text).map(({ guard, sql }) => `${sql} AS ${guard}`);
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
export function insertStatement({ write, writeId, epoch }: PendingWrite, repeat: boolean): Statement {
  const text = new SqlText();
  const at = useKey(text, write.key);
  const uid = text.use(write.uid);
  const id = text.use(writeId);
  const body = text.use(write.body);
  const derived = text.use(write.op === 'delete' ? noneDerived : derivedJson(write.derived));
  const where: string[] = [];
  if (epoch !== undefined) where.push(`(SELECT epoch FROM loop WHERE id = 1) = ${text.use(epoch)}`);
  if (write.op === 'create') {
    where.push(`NOT EXISTS (SELECT 1 FROM objects o WHERE ${isKey('o', at)})`);
  } else {
    const revision = write.revision === undefined ? '' : ` AND o.revision = ${text.use(write.revision)}`;
    where.push(`EXISTS (SELECT 1 FROM objects o WHERE ${isKey('o', at)} AND o.uid = ${uid}${revision})`);
  }
  for (const { sql } of guardsOf(write.guards, write.key.namespace, text)) where.push(sql);
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
  const columns = ['l.epoch', 'o.uid', 'o.revision', 'b.body'];
  for (const { guard, sql } of guardsOf(write.guards, write.key.namespace, text)) columns.push(`${sql} AS ${guard}`);
  if (claimsOf(write).length > 0)
    columns.push(`(SELECT json_array(held.scope, held.value, held.holder_uid) FROM ${claimsHeld(write, text)} LIMIT 1) AS claimed`);
  return text.as(
    `SELECT ${columns.join(', ')} FROM loop l LEFT JOIN objects o ON ${isKey('o', at)} LEFT JOIN changes b ON b.revision = o.revision
     WHERE l.id = 1 AND ${id} <> coalesce((SELECT c.write_id FROM changes c WHERE ${isKey('c', at)} ORDER BY c.revision DESC LIMIT 1), '')`,
  );
}

/** What became of a write, from the rows of its statements. `committed` is absent on the first attempt. */
export function outcomeOf(pending: PendingWrite, rows: { committed?: Rows; inserted: Rows; reason: Rows }): WriteOutcome {
  const { write } = pending;
  const revision = (rows.committed?.[0] ?? rows.inserted[0])?.revision;
  if (typeof revision === 'number') {
    return { status: 'ok', object: { ...write.key, uid: write.uid, revision, body: write.body } };
  }
  const reason = rows.reason[0];
  if (!reason) throw new Error(`the store gave no reason for refusing ${write.op} ${write.key.resource} ${write.key.name}`);
  return refusal(pending, reason);
}

function refusal({ write, epoch }: PendingWrite, row: Row): WriteOutcome {
  if (epoch !== undefined && row.epoch !== epoch) return { status: 'fenced', epoch: row.epoch as number };
  const current: StoredObject | undefined =
    typeof row.revision === 'number'
      ? { ...write.key, uid: row.uid as string, revision: row.revision, body: row.body as string }
      : undefined;
  if (write.op === 'create') {
    if (current) return { status: 'alreadyExists', current };
  } else {
    if (!current) return { status: 'notFound' };
    if (current.uid !== write.uid || (write.revision !== undefined && current.revision !== write.revision))
      return { status: 'conflict', current };
  }
  const guard = guardNames.find((name) => row[name] === 0);
  if (guard) return { status: 'guard', guard };
  if (typeof row.claimed === 'string') {
    const [scope, value, holderUid] = JSON.parse(row.claimed) as [string, string, string];
    return { status: 'claimed', claim: { scope, value }, holderUid };
  }
  throw new Error(`the store cannot tell why it refused ${write.op} ${write.key.resource} ${write.key.namespace}/${write.key.name}`);
}
