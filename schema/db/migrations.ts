/**
 * Numbered migrations as SQL text, one statement a string, so that they run over HTTP too and need no file at run time. Only ever append:
 * a released number never changes. Change in steps a previous version survives (expand, deploy, contract one release later).
 */

export interface Migration {
  /** 1, 2, 3 ... without gaps. */
  readonly version: number;
  readonly name: string;
  /** Run in one transaction, after which `meta.schema_version` is `version`. */
  readonly statements: readonly string[];
}

const sameKey = 'resource = NEW.resource AND namespace = NEW.namespace AND name = NEW.name';

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
      DELETE FROM owners WHERE ${sameKey} AND owner_uid NOT IN (SELECT value FROM json_each(NEW.derived, '$.owners'));
      INSERT OR IGNORE INTO owners (resource, namespace, name, owner_uid)
        SELECT NEW.resource, NEW.namespace, NEW.name, value FROM json_each(NEW.derived, '$.owners');
      DELETE FROM claims WHERE ${sameKey}
        AND NOT EXISTS (SELECT 1 FROM json_each(NEW.derived, '$.claims') c WHERE c.value ->> 0 = scope AND c.value ->> 1 = claims.value);
      INSERT INTO claims (scope, value, resource, namespace, name, holder_uid)
        SELECT c.value ->> 0, c.value ->> 1, NEW.resource, NEW.namespace, NEW.name, NEW.uid FROM json_each(NEW.derived, '$.claims') c
        WHERE NOT EXISTS (SELECT 1 FROM claims held WHERE held.scope = c.value ->> 0 AND held.value = c.value ->> 1 AND held.holder_uid = NEW.uid);
    END`,
    `CREATE TRIGGER changes_remove AFTER INSERT ON changes WHEN NEW.type = 'DELETED' BEGIN
      DELETE FROM objects WHERE ${sameKey};
      DELETE FROM owners WHERE ${sameKey};
      DELETE FROM claims WHERE ${sameKey};
    END`,
    // Clients read resourceVersion "0" as "any": a list of an empty cluster must not carry it.
    `INSERT INTO sqlite_sequence (name, seq) VALUES ('changes', 1)`,
    'INSERT INTO loop (id, epoch, processed, next_due) VALUES (1, 0, 0, NULL)',
  ],
};

export const migrations: readonly Migration[] = [initial];

/** The schema this program writes. */
export const schemaVersion = migrations.length;
