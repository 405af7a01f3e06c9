/**
 * A batch as a pipeline of Hrana 3 in Protocol Buffers, and its reply as rows. One transaction: each step runs only after the one before, then COMMIT, or else
 * ROLLBACK; the stream is closed within the same POST. Field numbers are those of the published schema.
 * @see https://github.com/tursodatabase/libsql/blob/main/docs/HRANA_3_SPEC.md
 */
import type { Row, Rows, SqlValue, Statement } from '../driver.ts';
import { ProtobufReader, ProtobufWriter } from './protobuf.ts';

/** What a server keeps in one stream. */
const maxStored = 50;
const maxStoredBytes = 5_000;

/** An error that the server told, with its code. */
export class HranaReplyError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HranaReplyError';
    this.code = code;
  }
}

const isSingleRead = (statements: readonly Statement[], mode: 'read' | 'write'): boolean => mode === 'read' && statements.length === 1;

export function encodePipeline(statements: readonly Statement[], mode: 'read' | 'write'): Uint8Array<ArrayBuffer> {
  const writer = new ProtobufWriter();
  const request = (kind: number, write?: () => void) => writer.message(2, () => writer.message(kind, write));
  const stored = repeatedTexts(statements);
  for (const [sql, id] of stored) {
    request(6, () => {
      writer.uint(1, id);
      writer.text(2, sql);
    });
  }
  const writeStatement = ({ sql, args }: Statement): void => {
    writer.message(2, () => {
      const id = stored.get(sql);
      if (id === undefined) writer.text(1, sql);
      else writer.uint(2, id);
      for (const arg of args) writer.message(3, () => writeValue(writer, arg));
      writer.uint(5, 1);
    });
  };
  const step = (statement: Statement, condition?: () => void): void => {
    writer.message(1, () => {
      if (condition) writer.message(1, condition);
      writeStatement(statement);
    });
  };
  const plain = (sql: string): Statement => ({ sql, args: [] });
  request(3, () => {
    writer.message(1, () => {
      if (isSingleRead(statements, mode)) return step(statements[0]!);
      step(plain(mode === 'write' ? 'BEGIN IMMEDIATE' : 'BEGIN TRANSACTION READONLY'));
      const afterStep = (index: number) => () => writer.uint(1, index);
      for (const [index, statement] of statements.entries()) step(statement, afterStep(index));
      const commit = statements.length + 1;
      step(plain('COMMIT'), afterStep(statements.length));
      step(plain('ROLLBACK'), () => writer.message(3, afterStep(commit)));
    });
  });
  request(1);
  return writer.finish();
}

/** Texts that come more than once, to be sent once. */
function repeatedTexts(statements: readonly Statement[]): Map<string, number> {
  const stored = new Map<string, number>();
  const seen = new Set<string>();
  for (const { sql } of statements) {
    if (seen.has(sql) && !stored.has(sql) && stored.size < maxStored && sql.length < maxStoredBytes) stored.set(sql, stored.size + 1);
    seen.add(sql);
  }
  return stored;
}

function writeValue(writer: ProtobufWriter, value: SqlValue): void {
  if (value === null) writer.message(1);
  else if (typeof value === 'number') writer.double(3, value);
  else writer.text(4, value);
}

/** The rows of each statement. @throws HranaReplyError what the database said; RangeError for bytes that are no reply */
export function decodePipeline(bytes: Uint8Array, statements: readonly Statement[], mode: 'read' | 'write'): Rows[] {
  const reader = new ProtobufReader(bytes);
  const results = new Map<number, Rows>();
  const errors = new Map<number, HranaReplyError>();
  reader.fields((field) => {
    if (field !== 3) return;
    reader.message((outcome) => {
      if (outcome === 2) throw readError(reader);
      // ok, of a batch: its result
      if (outcome === 1) reader.message((kind) => kind === 3 && reader.message((part) => part === 1 && readBatch(reader, results, errors)));
    });
  });
  for (const index of [...errors.keys()].sort((a, b) => a - b)) {
    // A ROLLBACK of what the database has rolled back already.
    if (isSingleRead(statements, mode) || index <= statements.length + 1) throw errors.get(index);
  }
  const first = isSingleRead(statements, mode) ? 0 : 1;
  return statements.map((_, index) => {
    const rows = results.get(first + index);
    if (!rows) throw new HranaReplyError('TRANSACTION_CLOSED', 'a statement was not executed: the transaction had ended before it');
    return rows;
  });
}

function readBatch(reader: ProtobufReader, results: Map<number, Rows>, errors: Map<number, HranaReplyError>): void {
  reader.message((kind) => {
    if (kind !== 1 && kind !== 2) return;
    // An entry of a map: the number of a step, which is left out when it is 0, and what it gave.
    let step = 0;
    let rows: Rows = [];
    let error: HranaReplyError | undefined;
    reader.message((part) => {
      if (part === 1) step = reader.uint();
      else if (part === 2 && kind === 1) rows = readRows(reader);
      else if (part === 2) error = readError(reader);
    });
    if (error) errors.set(step, error);
    else results.set(step, rows);
  });
}

function readError(reader: ProtobufReader): HranaReplyError {
  let message = '';
  let code = 'UNKNOWN';
  reader.message((field) => {
    if (field === 1) message = reader.text();
    else if (field === 2) code = reader.text();
  });
  return new HranaReplyError(code, message);
}

function readRows(reader: ProtobufReader): Rows {
  const columns: string[] = [];
  const rows: Row[] = [];
  reader.message((field) => {
    if (field === 1) columns.push(readColumn(reader));
    else if (field === 2) rows.push(readRow(reader, columns));
  });
  return rows;
}

function readColumn(reader: ProtobufReader): string {
  let name = '';
  reader.message((field) => {
    if (field === 1) name = reader.text();
  });
  return name;
}

function readRow(reader: ProtobufReader, columns: readonly string[]): Row {
  const row: Record<string, unknown> = {};
  let index = 0;
  reader.message((field) => {
    if (field === 1) row[columns[index++]!] = readValue(reader);
  });
  return row;
}

function readValue(reader: ProtobufReader): unknown {
  let value: unknown = null;
  reader.message((field) => {
    if (field === 2) value = reader.safeSint();
    else if (field === 3) value = reader.double();
    else if (field === 4) value = reader.text();
    else if (field === 5) value = reader.bytes().slice();
  });
  return value;
}
