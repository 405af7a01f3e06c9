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
    /** Bytes of the body. */
    size: integer('size').notNull(),
    /** JSON `{owners: string[], claims: [scope, value][], node, deleting: 0|1, finalized: 0|1}`: what the triggers spread over the tables below. */
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

export const tables = [meta, changes, objects, owners, claims, loop] as const;
