/** One stream: a connection of its own, stored SQL texts, and the requests that may be made on it. Bounds are those of libSQL's server. */
import type Database from 'libsql';
import {
  type BatchResult,
  type Condition,
  HranaError,
  type HranaErrorBody,
  type SqlRef,
  type Stmt,
  type StmtResult,
  type StreamRequest,
  type StreamResult,
  type Value,
} from './protocol.ts';

const maxRowBytes = 5_000_000;
const maxResponseBytes = 10_000_000;
const maxStoredSql = 50;
const maxStoredSqlBytes = 5_000;
const maxPrepared = 200;

/** Statements of each connection: to compile one, with the triggers behind it, costs more than to run it. */
const prepared = new WeakMap<Database.Database, Map<string, Database.Statement>>();

function prepare(database: Database.Database, sql: string): Database.Statement {
  let known = prepared.get(database);
  if (!known || known.size >= maxPrepared) {
    known = new Map();
    prepared.set(database, known);
  }
  let statement = known.get(sql);
  if (!statement) {
    statement = database.prepare(sql);
    statement.safeIntegers(true);
    if (statement.reader) statement.raw(true);
    known.set(sql, statement);
  }
  return statement;
}

/** Rows that a connection has changed since it was opened. */
export const totalChanges = (database: Database.Database): number =>
  Number((prepare(database, 'SELECT total_changes()').all([]) as [[bigint]])[0][0]);

export class Stream {
  readonly database: Database.Database;
  readonly #stored = new Map<number, string>();
  closed = false;

  #changes: number;
  /** What the values in the reply of the last pipeline take. */
  replyBytes = 0;

  constructor(database: Database.Database) {
    this.database = database;
    this.#changes = this.#totalChanges();
  }

  /** Did a write end since the last call? What an open transaction holds does not count yet. */
  takeCommitted(): boolean {
    if (this.database.inTransaction) return false;
    const before = this.#changes;
    this.#changes = this.#totalChanges();
    return this.#changes !== before;
  }

  /** All requests run, also after one that failed. */
  run(requests: readonly StreamRequest[]): StreamResult[] {
    this.replyBytes = 0;
    return requests.map((request) => {
      try {
        if (this.closed) throw new HranaError('STREAM_CLOSED', 'the stream is closed');
        const response = this.#handle(request);
        if (this.replyBytes > maxResponseBytes) throw new HranaError('RESPONSE_TOO_LARGE', 'Response is too large');
        return { type: 'ok', response };
      } catch (error) {
        return { type: 'error', error: toErrorBody(error) };
      }
    });
  }

  /** Ends what is open, for the next use of the connection. */
  rollback(): void {
    if (this.database.inTransaction) this.database.exec('ROLLBACK');
  }

  #totalChanges(): number {
    return totalChanges(this.database);
  }

  #handle(request: StreamRequest): { type: StreamRequest['type'] } & Record<string, unknown> {
    const { type } = request;
    switch (type) {
      case 'execute':
        return { type, result: this.#execute(request.stmt) };
      case 'batch':
        return { type, result: this.#batch(request.batch.steps) };
      case 'sequence':
        this.database.exec(this.#text(request));
        return { type };
      case 'describe':
        return { type, result: this.#describe(this.#text(request)) };
      case 'store_sql':
        if (this.#stored.has(request.sql_id)) throw new HranaError('SQL_STORE_EXISTS', `SQL text ${request.sql_id} is already stored`);
        if (this.#stored.size >= maxStoredSql || request.sql.length > maxStoredSqlBytes) {
          throw new HranaError('SQL_STORE_TOO_LARGE', 'too much SQL text is stored on this stream');
        }
        this.#stored.set(request.sql_id, request.sql);
        return { type };
      case 'close_sql':
        this.#stored.delete(request.sql_id);
        return { type };
      case 'get_autocommit':
        return { type, is_autocommit: !this.database.inTransaction };
      case 'close':
        this.rollback();
        this.closed = true;
        return { type };
      default:
        throw new HranaError('UNKNOWN_REQUEST', `unknown request type ${JSON.stringify(type)}`);
    }
  }

  #text({ sql, sql_id: id }: SqlRef): string {
    if (typeof sql === 'string') return sql;
    const stored = typeof id === 'number' ? this.#stored.get(id) : undefined;
    if (stored === undefined) throw new HranaError('SQL_NOT_FOUND', `SQL text ${id} is not stored on this stream`);
    return stored;
  }

  #batch(steps: readonly { condition?: Condition | null; stmt: Stmt }[]): BatchResult {
    const result: BatchResult = { step_results: [], step_errors: [] };
    for (const { condition, stmt } of steps) {
      let stepResult: StmtResult | null = null;
      let stepError: HranaErrorBody | null = null;
      if (!condition || this.#holds(condition, result)) {
        try {
          stepResult = this.#execute(stmt);
        } catch (error) {
          stepError = toErrorBody(error);
        }
      }
      result.step_results.push(stepResult);
      result.step_errors.push(stepError);
    }
    return result;
  }

  #holds(condition: Condition, { step_results, step_errors }: BatchResult): boolean {
    switch (condition.type) {
      case 'ok':
        return step_results[condition.step] != null;
      case 'error':
        return step_errors[condition.step] != null;
      case 'not':
        return !this.#holds(condition.cond, { step_results, step_errors });
      case 'and':
        return condition.conds.every((each) => this.#holds(each, { step_results, step_errors }));
      case 'or':
        return condition.conds.some((each) => this.#holds(each, { step_results, step_errors }));
      case 'is_autocommit':
        return !this.database.inTransaction;
    }
  }

  #execute(stmt: Stmt): StmtResult {
    const args = argsOf(stmt);
    const statement = prepare(this.database, this.#text(stmt));
    if (!statement.reader) {
      const { changes, lastInsertRowid } = statement.run(args as unknown[]);
      return { cols: [], rows: [], affected_row_count: changes, last_insert_rowid: String(lastInsertRowid) };
    }
    const rows = (statement.all(args as unknown[]) as unknown[][]).map((row) => row.map(toValue));
    const cols = statement.columns().map(({ name, type }) => ({ name, decltype: type }));
    let total = 0;
    for (const row of rows) {
      const bytes = row.reduce((sum, value) => sum + bytesOf(value), 0);
      if (bytes > maxRowBytes) throw new HranaError('SQLITE_TOOBIG', 'string or blob too big');
      total += bytes;
    }
    if (stmt.want_rows === false) return { cols, rows: [], affected_row_count: 0, last_insert_rowid: null };
    this.replyBytes += total;
    return { cols, rows, affected_row_count: 0, last_insert_rowid: null };
  }

  #describe(sql: string): unknown {
    const statement = this.database.prepare(sql);
    const cols = statement.reader ? statement.columns().map(({ name, type }) => ({ name, decltype: type })) : [];
    const params = [...new Set(sql.match(/[?:@$]\w+/g) ?? [])].map((name) => ({ name }));
    return { params, cols, is_explain: /^\s*explain/i.test(sql), is_readonly: /^\s*(select|explain|with)/i.test(sql) };
  }
}

function argsOf({ args = [], named_args: named = [] }: Stmt): unknown[] | Record<string, unknown> {
  const values = args.map(fromValue);
  if (args.reduce((sum, arg) => sum + bytesOf(arg), 0) > maxRowBytes) throw new HranaError('SQLITE_TOOBIG', 'string or blob too big');
  if (named.length === 0) return values;
  return Object.fromEntries(named.map(({ name, value }) => [name.replace(/^[:@$]/, ''), fromValue(value)]));
}

function fromValue(value: Value): unknown {
  switch (value.type) {
    case 'null':
      return null;
    case 'integer':
      return BigInt(value.value);
    case 'float':
    case 'text':
      return value.value;
    case 'blob':
      return Buffer.from(value.base64, 'base64');
  }
}

function toValue(value: unknown): Value {
  if (value === null || value === undefined) return { type: 'null' };
  if (typeof value === 'bigint') return { type: 'integer', value: String(value) };
  if (typeof value === 'number') return { type: 'float', value };
  if (typeof value === 'string') return { type: 'text', value };
  return { type: 'blob', base64: Buffer.from(value as Uint8Array).toString('base64') };
}

/** About as many bytes as the value takes in a reply. */
function bytesOf(value: Value): number {
  if (value.type === 'text') return Buffer.byteLength(value.value);
  return value.type === 'blob' ? value.base64.length : 8;
}

function toErrorBody(error: unknown): HranaErrorBody {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return { code: typeof code === 'string' ? code : 'UNKNOWN', message: String(message ?? error) };
}
