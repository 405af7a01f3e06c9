/**
 * The Store on libSQL, whatever the driver: statements from `write-sql.ts` and `read-sql.ts`, one driver batch (one POST over HTTP) a call.
 * Holds no state but the identity; two stores on one database see the same.
 */

import { compactStatements, kindsStatement, nextStepStatement, trimStatements } from './compaction.ts';
import type { GuardQuestion } from './compose.ts';
import { type Driver, DriverError, type Rows, type Statement } from './driver.ts';
import type { Dump } from './dump.ts';
import { groupCommit } from './group-commit.ts';
import { groupRead } from './group-read.ts';
import type { History } from './history.ts';
import { retentionStatement, toRetention } from './history-sql.ts';
import { incarnationStatements } from './incarnation.ts';
import { libsqlDump } from './libsql-dump.ts';
import { libsqlHistory } from './libsql-history.ts';
import * as reads from './read-sql.ts';
import { noRetention } from './retention.ts';
import { libsqlSealedRows, type SealedRows } from './sealed-rows.ts';
import {
  type ChangesPage,
  type ChangesQuery,
  type Gathered,
  type Guards,
  type Head,
  type Identity,
  type ListPage,
  type ListQuery,
  type LoopState,
  type ObjectKey,
  type Store,
  type StoredObject,
  StoreError,
  type Wanted,
  type Write,
  type WriteOutcome,
} from './store.ts';
import { commitBatch, cutBatches, type RetryPolicy } from './write-batch.ts';
import { countStatement, guardNames, guardsStatement, type PendingWrite, usageStatement } from './write-sql.ts';

export interface LibsqlStoreOptions {
  readonly driver: Driver;
  readonly identity: Identity;
  /** One a call; never the same twice. */
  readonly newWriteId: () => string;
  readonly retry: RetryPolicy;
  /** When given, concurrent writes share commits; it defers its argument to the moment others have had the chance to come along. */
  readonly joinCommits?: (run: () => void) => void;
  /** When given, concurrent reads of single objects share round trips in the same way. */
  readonly joinReads?: (run: () => void) => void;
  /** Superseded versions are kept for the history. Default false: compaction drops them. */
  readonly keepsHistory?: boolean;
  /** Changes walked in one transaction of a compaction. Default 2,500: a hosted database ends long ones. */
  readonly compactRows?: number;
}

export class LibsqlStore implements Store {
  readonly #driver: Driver;
  readonly #newWriteId: () => string;
  readonly #retry: RetryPolicy;
  readonly #read: (statements: readonly Statement[]) => Promise<Rows[]>;
  readonly #commit: (writes: readonly PendingWrite[]) => Promise<WriteOutcome[]>;
  #identity: Identity;
  readonly history: History | undefined;
  readonly dump: Dump;
  readonly sealedRows: SealedRows;
  readonly #compactRows: number;
  readonly #defer: ((run: () => void) => void) | undefined;

  constructor(options: LibsqlStoreOptions) {
    this.#driver = options.driver;
    this.#identity = options.identity;
    this.#newWriteId = options.newWriteId;
    this.#retry = options.retry;
    this.#compactRows = options.compactRows ?? 2_500;
    this.#defer = options.joinCommits;
    this.dump = libsqlDump((statements, mode) => this.#batch(statements, mode), this);
    this.sealedRows = libsqlSealedRows((statements, mode) => this.#batch(statements, mode));
    this.history = options.keepsHistory ? libsqlHistory((statements, mode) => this.#batch(statements, mode), this) : undefined;
    const read = (statements: readonly Statement[]) => this.#batch(statements, 'read');
    this.#read = options.joinReads ? groupRead(read, options.joinReads) : read;
    const commit = (batch: readonly PendingWrite[]) => commitBatch(this.#driver, this.#retry, batch);
    this.#commit = options.joinCommits
      ? groupCommit(commit, options.joinCommits)
      : async (writes) => {
          const outcomes: WriteOutcome[] = [];
          for (const batch of cutBatches(writes)) outcomes.push(...(await commit(batch)));
          return outcomes;
        };
  }

  async identity(): Promise<Identity> {
    return this.#identity;
  }

  async head(): Promise<Head> {
    const [head] = await this.#batch([reads.headStatement], 'read');
    return this.#toHead(head);
  }

  async get(key: ObjectKey): Promise<StoredObject | undefined> {
    const [rows] = await this.#read([reads.getStatement(key)]);
    const row = rows?.[0];
    return row && reads.toObject(key, row);
  }

  async getMany(keys: readonly ObjectKey[]): Promise<(StoredObject | undefined)[]> {
    const objects: (StoredObject | undefined)[] = keys.map(() => undefined);
    if (keys.length === 0) return objects;
    const [rows] = await this.#read([reads.getManyStatement(keys)]);
    for (const row of rows ?? []) objects[row.place as number] = reads.toObject(keys[row.place as number]!, row);
    return objects;
  }

  async gather({ keys, lists }: Wanted): Promise<Gathered> {
    if (keys.length + lists.length === 0) return { objects: [], lists: [] };
    const queries = lists.map(({ resource, namespace }): ListQuery => (namespace === '' ? { resource } : { resource, namespace }));
    const [found = [], ...rows] = await this.#read([reads.getManyStatement(keys), ...queries.map(reads.listStatement)]);
    const objects: (StoredObject | undefined)[] = keys.map(() => undefined);
    for (const row of found) objects[row.place as number] = reads.toObject(keys[row.place as number]!, row);
    return { objects, lists: rows.map((page, index) => reads.inOrder(page).map((row) => reads.toListed(queries[index]!.resource, row))) };
  }

  async list(query: ListQuery): Promise<ListPage> {
    const statements = [reads.headStatement, reads.listStatement(query)];
    if (query.counted ?? query.limit !== undefined) statements.push(reads.countStatement(query));
    const [headRows, rows = [], count] = await this.#batch(statements, 'read');
    const head = this.#toHead(headRows);
    if (query.atRevision !== undefined) assertKept(query.atRevision, head);
    const items = reads.inOrder(rows).map((row) => reads.toListed(query.resource, row));
    const page = { items, revision: query.atRevision ?? head.revision, head, more: found(rows) > rows.length };
    return count ? { ...page, remaining: (count[0]!.n as number) - items.length } : page;
  }

  async changes(query: ChangesQuery): Promise<ChangesPage> {
    const [headRows, rows = []] = await this.#batch([reads.headStatement, reads.changesStatement(query)], 'read');
    const head = this.#toHead(headRows);
    assertKept(query.after, head);
    const changes = rows.map(reads.toChange);
    const more = found(rows) > rows.length;
    return { changes, through: more ? changes.at(-1)!.revision : head.revision, head, more };
  }

  async write(writes: readonly Write[], options: { readonly epoch?: number } = {}): Promise<WriteOutcome[]> {
    if (writes.length === 0) return [];
    const call = this.#newWriteId();
    const atMs = this.#retry.now();
    const pending = writes.map((write, index) => ({ write, writeId: `${call}.${index}`, epoch: options.epoch, atMs }));
    return this.#commit(pending);
  }

  async loopState(): Promise<LoopState> {
    const [head, rows] = await this.#batch([reads.headStatement, reads.loopStatement], 'read');
    const row = rows![0]!;
    const state = { epoch: row.epoch as number, processed: row.processed as number, head: this.#toHead(head) };
    return typeof row.next_due === 'number' ? { ...state, nextDueMs: row.next_due } : state;
  }

  async acquireEpoch(): Promise<number> {
    // Said twice after a lost reply it raises twice, which fences no one who holds an epoch.
    const [rows] = await this.#batch([{ sql: 'UPDATE loop SET epoch = epoch + 1 WHERE id = 1 RETURNING epoch', args: [] }], 'write');
    return rows![0]!.epoch as number;
  }

  async saveLoopState(state: { readonly epoch: number; readonly processed: number; readonly nextDueMs?: number }): Promise<boolean> {
    const sql = 'UPDATE loop SET processed = ?2, next_due = ?3 WHERE id = 1 AND epoch = ?1 RETURNING epoch';
    const args = [state.epoch, state.processed, state.nextDueMs ?? null];
    const [rows] = await this.#batch([{ sql, args }], 'write');
    return rows!.length === 1;
  }

  async compact(revision: number): Promise<Head> {
    const [headRows, settings] = await this.#batch([reads.headStatement, retentionStatement], 'read');
    let head = this.#toHead(headRows);
    const retention = this.history ? toRetention(settings?.[0]) : noRetention;
    const target = Math.min(revision, head.revision);
    if (head.compacted >= target) return head;
    const look = nextStepStatement(target, this.#compactRows);
    let [step] = await this.#batch([look], 'read');
    for (;;) {
      const { swept, next } = step![0] as { swept: number; next: number };
      if (swept >= target) break;
      const results = await this.#batch([...compactStatements(next, retention), kindsStatement, look], 'write');
      step = results.at(-1);
      const trims = trimStatements(results.at(-2)!, retention);
      if (trims.length > 0) await this.#batch(trims, 'write');
      // A step on a file is synchronous: others take their turn between two.
      if (this.#defer) await new Promise<void>(this.#defer);
    }
    head = await this.head();
    return head;
  }

  async usage(namespace: string, counters: readonly string[]): Promise<Record<string, number>> {
    if (counters.length === 0) return {};
    const read = usageStatement(namespace, counters);
    let [rows = []] = await this.#batch([read], 'read');
    if (rows.length < new Set(counters).size) rows = (await this.#batch([countStatement(namespace, counters), read], 'write'))[1]!;
    return Object.fromEntries(rows.map((row) => [row.counter as string, row.used as number]));
  }

  async newIncarnation({ expected, above }: { readonly expected: string; readonly above?: number }): Promise<Head> {
    const started = this.#newWriteId();
    const results = await this.#batch([...incarnationStatements(expected, started, above), reads.headStatement], 'write');
    return this.#toHead(results.at(-1));
  }

  /**
   * The first guard of each that does not hold now. For writes that are committed elsewhere (see compose.ts): unlike the guards of a write, it may be
   * outdated when they are.
   */
  async failingGuards(questions: readonly GuardQuestion[]): Promise<(keyof Guards | undefined)[]> {
    const statements = questions.map(({ guards, namespace }) => guardsStatement(guards, namespace));
    const asked = statements.filter((statement) => statement !== undefined);
    const results = asked.length === 0 ? [] : await this.#batch(asked, 'read');
    let at = 0;
    return statements.map((statement) => {
      const [row] = statement ? results[at++]! : [];
      return row && guardNames.find((name) => row[name] === 0);
    });
  }

  async close(): Promise<void> {
    this.#driver.close();
  }

  #toHead(rows: Rows | undefined): Head {
    const head = reads.toHead(rows?.[0]);
    if (head.incarnation !== this.#identity.incarnation) this.#identity = { ...this.#identity, incarnation: head.incarnation };
    return head;
  }

  /** Everything but writes of objects is safe to say twice, so a lost or refused-for-now attempt is repeated once. */
  async #batch(statements: readonly Statement[], mode: 'read' | 'write'): Promise<Rows[]> {
    try {
      return await this.#driver.batch(statements, mode);
    } catch (error) {
      if (!(error instanceof DriverError) || error.kind === 'refused') throw unavailable(error);
    }
    await this.#retry.pause(2);
    try {
      return await this.#driver.batch(statements, mode);
    } catch (error) {
      throw unavailable(error);
    }
  }
}

function unavailable(error: unknown): unknown {
  return error instanceof DriverError ? new StoreError(error.reason, error.message, { cause: error }) : error;
}

/** Rows before the cut at the byte limit, at most one more than the row limit. */
function found(rows: Rows): number {
  return (rows[0]?.found as number | undefined) ?? 0;
}

function assertKept(revision: number, head: Head): void {
  if (revision < head.compacted) throw new StoreError('compacted', `revision ${revision} is compacted (up to ${head.compacted})`);
  if (revision > head.revision)
    throw new StoreError('future', `revision ${revision} is above the current ${head.revision}`, { head: head.revision });
}
