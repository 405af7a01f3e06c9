/**
 * The tables of one cluster's database, as types. `migrations.ts` creates them (tables.test.ts holds the two equal), `control-plane/src/store`
 * reads and writes them. `changes` is the truth; `objects`, `owners` and `claims` are derived from it by the triggers and never written otherwise.
 */
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

/** One row: who this cluster is. */
export const meta = sqliteTable('meta', {
  id: integer('id').primaryKey(),
  schemaVersion: integer('schema_version').notNull(),
  clusterUid: text('cluster_uid').notNull(),
  /** New on every restore or import. */
  incarnation: text('incarnation').notNull(),
  /** Of the changes at or below it, only the newest of each object that lived then is left. */
  compactedRevision: integer('compacted_revision').notNull(),
  /** Superseded changes are cleared up to here. Below `compacted_revision` after a restore, else equal to it. */
  sweptRevision: integer('swept_revision').notNull(),
});

/** Every change, ascending. The revision is the object's resourceVersion and never goes back (AUTOINCREMENT). */
export const changes = sqliteTable(
  'changes',
  {
    revision: integer('revision').primaryKey({ autoIncrement: true }),
    resource: text('resource').notNull(),
    /** '' for cluster-scoped objects. */
    namespace: text('namespace').notNull(),
    name: text('name').notNull(),
    uid: text('uid').notNull(),
    type: text('type', { enum: ['ADDED', 'MODIFIED', 'DELETED'] }).notNull(),
    /** Tells a repeated write from a new one. */
    writeId: text('write_id').notNull(),
    /** Bytes of the body; -1 when the body was taken out because a sealed object is gone: reads skip such a row. */
    size: integer('size').notNull(),
    /**
     * JSON `{owners: string[], claims: [scope, value][], node, deleting: 0|1, finalized: 0|1, labels?, usage?, scopes?}`: what the triggers spread over the tables
     * below; and what the history tells: `at` (Unix ms), `user`, `via` (field manager), `stamp` (schema the body was defaulted with).
     */
    derived: text('derived').notNull(),
    /** JSON without resourceVersion, or sealed text. Last, so that a scan over the columns before it need not touch its pages. */
    body: text('body').notNull(),
  },
  (table) => [uniqueIndex('changes_key').on(table.resource, table.namespace, table.name, table.revision)],
);

/** The present: one row an object. Its body is the one of the change with its revision. */
export const objects = sqliteTable(
  'objects',
  {
    resource: text('resource').notNull(),
    namespace: text('namespace').notNull(),
    name: text('name').notNull(),
    uid: text('uid').notNull(),
    revision: integer('revision').notNull(),
    size: integer('size').notNull(),
    /** Pods: spec.nodeName. Others: ''. */
    node: text('node').notNull(),
    deleting: integer('deleting').notNull(),
    finalized: integer('finalized').notNull(),
    /** JSON object; NULL where not known (sealed kinds, rows of an earlier schema). */
    labels: text('labels'),
    /** JSON object counter -> integer, what quotas count; NULL when nothing. */
    usage: text('usage'),
    /** JSON array: `usage` counts under `scope/counter`, too. NULL when it has none, and in rows of an earlier schema, whose usage names each counter of a scope. */
    scopes: text('scopes'),
  },
  (table) => [
    primaryKey({ columns: [table.resource, table.namespace, table.name] }),
    index('objects_uid').on(table.uid),
    index('objects_node').on(table.node, table.resource, table.namespace, table.name),
    index('objects_namespace').on(table.namespace),
  ],
);

/** Which objects name which owner. */
export const owners = sqliteTable(
  'owners',
  {
    resource: text('resource').notNull(),
    namespace: text('namespace').notNull(),
    name: text('name').notNull(),
    ownerUid: text('owner_uid').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.resource, table.namespace, table.name, table.ownerUid] }),
    index('owners_owner').on(table.ownerUid),
  ],
);

/** Values only one object may hold: cluster IPs, node ports, node CIDRs. */
export const claims = sqliteTable(
  'claims',
  {
    scope: text('scope').notNull(),
    value: text('value').notNull(),
    resource: text('resource').notNull(),
    namespace: text('namespace').notNull(),
    name: text('name').notNull(),
    holderUid: text('holder_uid').notNull(),
  },
  (table) => [primaryKey({ columns: [table.scope, table.value] }), index('claims_holder').on(table.resource, table.namespace, table.name)],
);

/** One row: the control loop's fence and where it stands. */
export const loop = sqliteTable('loop', {
  id: integer('id').primaryKey(),
  epoch: integer('epoch').notNull(),
  processed: integer('processed').notNull(),
  /** Unix ms. */
  nextDue: integer('next_due'),
});

/** What a person set, as JSON: `history`, `keepDeletedSealed`. */
export const settings = sqliteTable('settings', {
  name: text('name').primaryKey().notNull(),
  value: text('value').notNull(),
});

/** Totals of `objects.usage` a namespace, for the counters that some quota limits. The triggers keep them; a row appears with the first guard that asks. */
export const quotaUsage = sqliteTable(
  'quota_usage',
  { namespace: text('namespace').notNull(), counter: text('counter').notNull(), used: integer('used').notNull() },
  (table) => [primaryKey({ columns: [table.namespace, table.counter] })],
);

/** Superseded changes that left the change log and are kept for the history, as far as their kind's bytes reach. */
export const history = sqliteTable(
  'history',
  {
    revision: integer('revision').primaryKey(),
    resource: text('resource').notNull(),
    namespace: text('namespace').notNull(),
    name: text('name').notNull(),
    uid: text('uid').notNull(),
    type: text('type', { enum: ['ADDED', 'MODIFIED', 'DELETED'] }).notNull(),
    size: integer('size').notNull(),
    derived: text('derived').notNull(),
    body: text('body').notNull(),
  },
  (table) => [
    index('history_key').on(table.resource, table.namespace, table.name, table.revision),
    index('history_resource').on(table.resource, table.revision),
  ],
);

/** The history of each kind. */
export const historyKinds = sqliteTable('history_kinds', {
  resource: text('resource').primaryKey().notNull(),
  /** In `history`; at most too many: counted anew when the kind seems to be above its budget. */
  bytes: integer('bytes').notNull(),
  /** Versions up to here may be missing, because they were beyond the budget. */
  trimmed: integer('trimmed').notNull(),
});

export const tables = [meta, changes, objects, owners, claims, loop, settings, quotaUsage, history, historyKinds] as const;
