/** The History port on libSQL: see history-sql.ts for what is read, compaction.ts for how versions come there. */

import { recount } from './compaction.ts';
import type { Rows, Statement } from './driver.ts';
import type { AsOfPage, AsOfQuery, History, StoredVersion, VersionInfo, VersionsQuery } from './history.ts';
import * as sql from './history-sql.ts';
import { pageLimit } from './read-sql.ts';
import type { Retention } from './retention.ts';
import type { ObjectKey, Store } from './store.ts';

type Batch = (statements: readonly Statement[], mode: 'read' | 'write') => Promise<Rows[]>;

export function libsqlHistory(batch: Batch, store: Pick<Store, 'head' | 'compact'>): History {
  const one = async (statement: Statement): Promise<Rows> => (await batch([statement], 'read'))[0]!;
  return {
    async versions(query: VersionsQuery): Promise<{ versions: VersionInfo[]; more: boolean }> {
      const rows = await one(sql.versionsStatement(query));
      const limit = pageLimit(query.limit);
      return { versions: rows.slice(0, limit).map((row) => sql.toVersionInfo(query.key, row)), more: rows.length > limit };
    },

    async version(key: ObjectKey, revision: number): Promise<StoredVersion | undefined> {
      const [row] = await one(sql.versionStatement(key, revision));
      return row && (row.size as number) >= 0 ? sql.toVersion(key, row) : undefined;
    },

    async asOf(query: AsOfQuery): Promise<AsOfPage> {
      const [rows = [], kind = []] = await batch([sql.asOfStatement(query), sql.trimmedStatement(query.resource)], 'read');
      const items: StoredVersion[] = [];
      const lost: { namespace: string; name: string }[] = [];
      for (const row of rows) {
        const place = { namespace: row.namespace as string, name: row.name as string };
        if (typeof row.revision !== 'number') {
          // Nothing of then is left. A key that begins with anything but its creation was there earlier.
          if (row.oldest_type !== 'ADDED') lost.push(place);
        } else if (row.type !== 'DELETED') {
          if ((row.size as number) < 0) lost.push(place);
          else items.push(sql.toVersion({ resource: query.resource, ...place }, row));
        }
      }
      const last = rows.at(-1);
      const more = last !== undefined && (last.found as number) > rows.length;
      return {
        items,
        lost,
        complete: query.revision > ((kind[0]?.trimmed as number | undefined) ?? 0),
        ...(more ? { next: { namespace: last.namespace as string, name: last.name as string } } : {}),
      };
    },

    resourcesIn: async (namespace, resources) =>
      (await one(sql.resourcesInStatement(namespace, resources))).map((row) => row.resource as string),

    revisionAt: async (atMs) => (await one(sql.revisionAtStatement(atMs)))[0]!.revision as number,

    async purge(what) {
      const { revision } = await store.head();
      await store.compact(revision);
      const [gone = []] = await batch([sql.purgeStatement(what), recount(what.resource)], 'write');
      return gone.length;
    },

    retention: async () => sql.toRetention((await one(sql.retentionStatement))[0]),
    setRetention: async (retention: Retention) => {
      await batch(sql.setRetentionStatements(retention), 'write');
    },
  };
}
