/**
 * Numbered migrations as SQL text, one statement a string, so that they run over HTTP too and need no file at run time. Only ever append:
 * a released number never changes. Change in steps a previous version survives (expand, deploy, contract one release later).
 */

export interface Migration {
  /** 1, 2, 3 ... without gaps. */
  readonly version: number;
  readonly name: string;
  /** The lowest schema whose programs still work with this one, so that they may be returned to: a step that only adds. Absent: none but those that know it. */
  readonly readableFrom?: number;
  /** Run in one transaction, after which `meta.schema_version` is `version`. */
  readonly statements: readonly string[];
}

const sameKey = 'resource = NEW.resource AND namespace = NEW.namespace AND name = NEW.name';

// Parts of triggers that stayed the same from one schema to the next: as the migrations that use them, they never change.
const spreadOwnersAndClaims = `DELETE FROM owners WHERE ${sameKey} AND owner_uid NOT IN (SELECT value FROM json_each(NEW.derived, '$.owners'));
      INSERT OR IGNORE INTO owners (resource, namespace, name, owner_uid)
        SELECT NEW.resource, NEW.namespace, NEW.name, value FROM json_each(NEW.derived, '$.owners');
      DELETE FROM claims WHERE ${sameKey}
        AND NOT EXISTS (SELECT 1 FROM json_each(NEW.derived, '$.claims') c WHERE c.value ->> 0 = scope AND c.value ->> 1 = claims.value);
      INSERT INTO claims (scope, value, resource, namespace, name, holder_uid)
        SELECT c.value ->> 0, c.value ->> 1, NEW.resource, NEW.namespace, NEW.name, NEW.uid FROM json_each(NEW.derived, '$.claims') c
        WHERE NOT EXISTS (SELECT 1 FROM claims held WHERE held.scope = c.value ->> 0 AND held.value = c.value ->> 1 AND held.holder_uid = NEW.uid);`;
const removeRows = `DELETE FROM objects WHERE ${sameKey};
      DELETE FROM owners WHERE ${sameKey};
      DELETE FROM claims WHERE ${sameKey};`;

const initial: Migration = {
  version: 1,
  name: 'initial',
  statements: [
    `CREATE TABLE meta (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      schema_version INTEGER NOT NULL,
      cluster_uid TEXT NOT NULL,
      incarnation TEXT NOT NULL,
      compacted_revision INTEGER NOT NULL
    )`,
    `CREATE TABLE changes (
      revision INTEGER PRIMARY KEY AUTOINCREMENT,
      resource TEXT NOT NULL CHECK (resource <> ''),
      namespace TEXT NOT NULL,
      name TEXT NOT NULL CHECK (name <> ''),
      uid TEXT NOT NULL CHECK (uid <> ''),
      type TEXT NOT NULL CHECK (type IN ('ADDED', 'MODIFIED', 'DELETED')),
      write_id TEXT NOT NULL,
      size INTEGER NOT NULL,
      derived TEXT NOT NULL,
      body TEXT NOT NULL
    )`,
    'CREATE UNIQUE INDEX changes_key ON changes (resource, namespace, name, revision)',
    `CREATE TABLE objects (
      resource TEXT NOT NULL,
      namespace TEXT NOT NULL,
      name TEXT NOT NULL,
      uid TEXT NOT NULL,
      revision INTEGER NOT NULL,
      size INTEGER NOT NULL,
      node TEXT NOT NULL,
      deleting INTEGER NOT NULL,
      finalized INTEGER NOT NULL,
      PRIMARY KEY (resource, namespace, name)
    ) WITHOUT ROWID`,
    'CREATE INDEX objects_uid ON objects (uid)',
    `CREATE INDEX objects_node ON objects (node, resource, namespace, name) WHERE node <> ''`,
    `CREATE INDEX objects_namespace ON objects (namespace) WHERE namespace <> ''`,
    `CREATE TABLE owners (
      resource TEXT NOT NULL,
      namespace TEXT NOT NULL,
      name TEXT NOT NULL,
      owner_uid TEXT NOT NULL,
      PRIMARY KEY (resource, namespace, name, owner_uid)
    ) WITHOUT ROWID`,
    'CREATE INDEX owners_owner ON owners (owner_uid)',
    `CREATE TABLE claims (
      scope TEXT NOT NULL,
      value TEXT NOT NULL,
      resource TEXT NOT NULL,
      namespace TEXT NOT NULL,
      name TEXT NOT NULL,
      holder_uid TEXT NOT NULL,
      PRIMARY KEY (scope, value)
    ) WITHOUT ROWID`,
    'CREATE INDEX claims_holder ON claims (resource, namespace, name)',
    `CREATE TABLE loop (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      epoch INTEGER NOT NULL,
      processed INTEGER NOT NULL,
      next_due INTEGER
    )`,
    // Unchanged owners and claims are left alone: on a hosted database every written row is billed.
    `CREATE TRIGGER changes_set AFTER INSERT ON changes WHEN NEW.type <> 'DELETED' BEGIN
      INSERT INTO objects (resource, namespace, name, uid, revision, size, node, deleting, finalized)
        VALUES (NEW.resource, NEW.namespace, NEW.name, NEW.uid, NEW.revision, NEW.size,
          NEW.derived ->> '$.node', NEW.derived ->> '$.deleting', NEW.derived ->> '$.finalized')
        ON CONFLICT (resource, namespace, name) DO UPDATE SET uid = excluded.uid, revision = excluded.revision, size = excluded.size,
          node = excluded.node, deleting = excluded.deleting, finalized = excluded.finalized;
      ${spreadOwnersAndClaims}
    END`,
    `CREATE TRIGGER changes_remove AFTER INSERT ON changes WHEN NEW.type = 'DELETED' BEGIN
      ${removeRows}
    END`,
    // Clients read resourceVersion "0" as "any": a list of an empty cluster must not carry it.
    `INSERT INTO sqlite_sequence (name, seq) VALUES ('changes', 1)`,
    'INSERT INTO loop (id, epoch, processed, next_due) VALUES (1, 0, 0, NULL)',
  ],
};

const sealed = `substr(body, 1, 6) = 'kdgs1.'`;
/** Empties a row; who and when stay. */
const emptied = `body = '', size = -1, derived = json_remove(derived, '$.owners', '$.claims', '$.labels', '$.usage')`;
/** What the object of a new change used before it, of one counter. */
const usedBefore = `coalesce((SELECT o.usage ->> ('$."' || quota_usage.counter || '"') FROM objects o
        WHERE o.resource = NEW.resource AND o.namespace = NEW.namespace AND o.name = NEW.name), 0)`;
const usesNow = `coalesce(NEW.derived ->> ('$.usage."' || quota_usage.counter || '"'), 0)`;

const history: Migration = {
  version: 2,
  name: 'history, quota usage, selector columns',
  statements: [
    'ALTER TABLE meta ADD COLUMN swept_revision INTEGER NOT NULL DEFAULT 0',
    'UPDATE meta SET swept_revision = compacted_revision',
    'ALTER TABLE objects ADD COLUMN labels TEXT',
    'ALTER TABLE objects ADD COLUMN usage TEXT',
    'CREATE TABLE settings (name TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) WITHOUT ROWID',
    `CREATE TABLE quota_usage (
      namespace TEXT NOT NULL,
      counter TEXT NOT NULL,
      used INTEGER NOT NULL,
      PRIMARY KEY (namespace, counter)
    ) WITHOUT ROWID`,
    `CREATE TABLE history (
      revision INTEGER PRIMARY KEY,
      resource TEXT NOT NULL,
      namespace TEXT NOT NULL,
      name TEXT NOT NULL,
      uid TEXT NOT NULL,
      type TEXT NOT NULL,
      size INTEGER NOT NULL,
      derived TEXT NOT NULL,
      body TEXT NOT NULL
    )`,
    'CREATE INDEX history_key ON history (resource, namespace, name, revision)',
    'CREATE INDEX history_resource ON history (resource, revision)',
    'CREATE TABLE history_kinds (resource TEXT PRIMARY KEY NOT NULL, bytes INTEGER NOT NULL, trimmed INTEGER NOT NULL) WITHOUT ROWID',
    'DROP TRIGGER changes_set',
    `CREATE TRIGGER changes_set AFTER INSERT ON changes WHEN NEW.type <> 'DELETED' BEGIN
      UPDATE quota_usage SET used = used + ${usesNow} - ${usedBefore}
        WHERE namespace = NEW.namespace AND NEW.namespace <> '' AND ${usesNow} <> ${usedBefore};
      INSERT INTO objects (resource, namespace, name, uid, revision, size, node, deleting, finalized, labels, usage)
        VALUES (NEW.resource, NEW.namespace, NEW.name, NEW.uid, NEW.revision, NEW.size,
          NEW.derived ->> '$.node', NEW.derived ->> '$.deleting', NEW.derived ->> '$.finalized', NEW.derived ->> '$.labels', NEW.derived ->> '$.usage')
        ON CONFLICT (resource, namespace, name) DO UPDATE SET uid = excluded.uid, revision = excluded.revision, size = excluded.size,
          node = excluded.node, deleting = excluded.deleting, finalized = excluded.finalized, labels = excluded.labels, usage = excluded.usage;
      ${spreadOwnersAndClaims}
    END`,
    'DROP TRIGGER changes_remove',
    `CREATE TRIGGER changes_remove AFTER INSERT ON changes WHEN NEW.type = 'DELETED' BEGIN
      UPDATE quota_usage SET used = used - ${usedBefore} WHERE namespace = NEW.namespace AND NEW.namespace <> '' AND ${usedBefore} <> 0;
      DELETE FROM quota_usage WHERE namespace = NEW.name AND NEW.resource = 'core/namespaces';
      ${removeRows}
    END`,
    // A sealed object that is gone leaves nothing to open, unless a person wants it kept. Its rows stay, emptied, so that revisions have no holes.
    `CREATE TRIGGER changes_purge AFTER INSERT ON changes
      WHEN NEW.type = 'DELETED' AND substr(NEW.body, 1, 6) = 'kdgs1.' AND NOT EXISTS (SELECT 1 FROM settings WHERE name = 'keepDeletedSealed') BEGIN
      UPDATE changes SET ${emptied}
        WHERE ${sameKey} AND revision < NEW.revision AND type <> 'DELETED' AND size >= 0 AND ${sealed};
      DELETE FROM history WHERE ${sameKey} AND ${sealed};
    END`,
    // The same for what was deleted before this schema; its tombstone becomes what names it.
    `UPDATE changes SET ${emptied} WHERE type <> 'DELETED' AND ${sealed}
      AND NOT EXISTS (SELECT 1 FROM objects o WHERE o.uid = changes.uid)`,
    `UPDATE changes SET body = json_object('apiVersion', 'v1', 'kind', 'Secret', 'metadata', json_object('name', name, 'namespace', namespace, 'uid', uid))
      WHERE type = 'DELETED' AND ${sealed}`,
  ],
};

/** What an object uses of the counter of a row of `quota_usage`: `usage` and `scopes` are SQL expressions of JSON. */
const usedIn = (usage: string, scopes: string): string =>
  `coalesce(${usage} ->> ('$."' || quota_usage.counter || '"'),
        (SELECT ${usage} ->> ('$."' || substr(quota_usage.counter, length(scope.value) + 2) || '"') FROM json_each(${scopes}) scope
          WHERE substr(quota_usage.counter, 1, length(scope.value) + 1) = scope.value || '/'), 0)`;
const usesNew = usedIn(`(NEW.derived -> '$.usage')`, `coalesce(NEW.derived -> '$.scopes', '[]')`);
const usesOld = `coalesce((SELECT ${usedIn('o.usage', `coalesce(o.scopes, '[]')`)} FROM objects o
        WHERE o.resource = NEW.resource AND o.namespace = NEW.namespace AND o.name = NEW.name), 0)`;

const scopes: Migration = {
  version: 3,
  name: 'quota scopes beside the usage they repeat',
  statements: [
    'ALTER TABLE objects ADD COLUMN scopes TEXT',
    'DROP TRIGGER changes_set',
    // An update leaves the indexes of uid and node alone, as they nearly always stay: every index that a statement names is written.
    `CREATE TRIGGER changes_set AFTER INSERT ON changes WHEN NEW.type <> 'DELETED' BEGIN
      UPDATE quota_usage SET used = used + ${usesNew} - ${usesOld}
        WHERE namespace = NEW.namespace AND NEW.namespace <> '' AND ${usesNew} <> ${usesOld};
      UPDATE objects SET revision = NEW.revision, size = NEW.size, deleting = NEW.derived ->> '$.deleting', finalized = NEW.derived ->> '$.finalized',
          labels = NEW.derived ->> '$.labels', usage = NEW.derived ->> '$.usage', scopes = NEW.derived ->> '$.scopes'
        WHERE ${sameKey} AND uid = NEW.uid AND node = NEW.derived ->> '$.node';
      INSERT INTO objects (resource, namespace, name, uid, revision, size, node, deleting, finalized, labels, usage, scopes)
        SELECT NEW.resource, NEW.namespace, NEW.name, NEW.uid, NEW.revision, NEW.size, NEW.derived ->> '$.node', NEW.derived ->> '$.deleting',
          NEW.derived ->> '$.finalized', NEW.derived ->> '$.labels', NEW.derived ->> '$.usage', NEW.derived ->> '$.scopes'
        WHERE NOT EXISTS (SELECT 1 FROM objects WHERE ${sameKey} AND revision = NEW.revision)
        ON CONFLICT (resource, namespace, name) DO UPDATE SET uid = excluded.uid, revision = excluded.revision, size = excluded.size, node = excluded.node,
          deleting = excluded.deleting, finalized = excluded.finalized, labels = excluded.labels, usage = excluded.usage, scopes = excluded.scopes;
      ${spreadOwnersAndClaims}
    END`,
    'DROP TRIGGER changes_remove',
    `CREATE TRIGGER changes_remove AFTER INSERT ON changes WHEN NEW.type = 'DELETED' BEGIN
      UPDATE quota_usage SET used = used - ${usesOld} WHERE namespace = NEW.namespace AND NEW.namespace <> '' AND ${usesOld} <> 0;
      DELETE FROM quota_usage WHERE namespace = NEW.name AND NEW.resource = 'core/namespaces';
      ${removeRows}
    END`,
  ],
};

export const migrations: readonly Migration[] = [initial, history, scopes];

/** The schema this program writes. */
export const schemaVersion = migrations.length;
