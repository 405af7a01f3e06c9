/** The Dump port on libSQL. */
import { type Driver, DriverError, type Row } from './driver.ts';
import * as sql from './dump.ts';
import { retentionStatement, setRetentionStatements, toRetention } from './history-sql.ts';
import { headStatement, toHead } from './read-sql.ts';
import { type Store, StoreError } from './store.ts';
import { maxBatchBytes, maxBatchWrites } from './write-batch.ts';

type Batch = Driver['batch'];

export function libsqlDump(batch: Batch, store: Pick<Store, 'newIncarnation'>): sql.Dump {
  const toRow = (row: Row): sql.DumpRow => ({
    revision: row.revision as number,
    resource: row.resource as string,
    namespace: row.namespace as string,
    name: row.name as string,
    uid: row.uid as string,
    type: row.type as sql.DumpRow['type'],
    derived: row.derived as string,
    body: (row.size as number) < 0 ? null : (row.body as string),
  });

  return {
    async page({ after, through }) {
      const [heads, rows = []] = await batch([headStatement, sql.dumpStatement(after, through)], 'read');
      const head = toHead(heads?.[0]);
      if (through !== undefined && head.compacted > through) {
        throw new StoreError('compacted', `revision ${through} was compacted while it was read`);
      }
      const more = rows.length > 0 && (rows[0]!.found as number) > rows.length;
      return {
        rows: rows.map(toRow),
        ...(more ? { next: rows.at(-1)!.revision as number } : {}),
        head,
        clusterUid: heads![0]!.cluster_uid as string,
      };
    },

    async notes() {
      const [retention, kinds = []] = await batch([retentionStatement, sql.notesStatement], 'read');
      return {
        retention: toRetention(retention?.[0]),
        trimmed: Object.fromEntries(kinds.map((row) => [row.resource as string, row.trimmed as number])),
      };
    },

    async load(rows) {
      const pending = [...rows];
      while (pending.length > 0) {
        let [count, bytes] = [0, 0];
        while (count < Math.min(pending.length, maxBatchWrites) && (count === 0 || bytes < maxBatchBytes))
          bytes += pending[count++]!.body?.length ?? 0;
        const part = pending.splice(0, count);
        await batch([sql.beginLoadStatement, ...part.map(sql.loadStatement)], 'write').catch((error: unknown) => {
          const cause = error instanceof StoreError ? error.cause : error;
          throw cause instanceof DriverError && /NOT NULL.*incarnation/.test(cause.message) ? sql.notEmpty(error) : error;
        });
      }
    },

    async finish({ retention, trimmed }, through) {
      const results = await batch(
        [...sql.finishStatements(through, trimmed), ...setRetentionStatements(retention), headStatement],
        'write',
      );
      return store.newIncarnation({ expected: toHead(results.at(-1)?.[0]).incarnation });
    },
  };
}
