/** Pipelines of Hrana 3 in Protocol Buffers, to and from the form of protocol.ts. Field numbers are those of the published schema. */
import { ProtobufReader, ProtobufWriter } from '#control-plane/store/http/protobuf.ts';
import type {
  BatchResult,
  BatchStep,
  Condition,
  HranaErrorBody,
  PipelineRequest,
  SqlRef,
  Stmt,
  StmtResult,
  StreamRequest,
  StreamResult,
  Value,
} from './protocol.ts';

/** Numbers of the kinds of requests, and of the replies to them. */
const kinds = {
  close: 1,
  execute: 2,
  batch: 3,
  sequence: 4,
  describe: 5,
  store_sql: 6,
  close_sql: 7,
  get_autocommit: 8,
} as const satisfies Record<StreamRequest['type'], number>;
const typeOf = new Map(Object.entries(kinds).map(([type, number]) => [number as number, type as StreamRequest['type']]));

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** @throws RangeError for bytes that are no message. */
export function decodePipelineRequest(bytes: Uint8Array): PipelineRequest {
  const reader = new ProtobufReader(bytes);
  const pipeline: Mutable<PipelineRequest> & { requests: StreamRequest[] } = { requests: [] };
  reader.fields((field) => {
    if (field === 1) pipeline.baton = reader.text();
    else if (field === 2) pipeline.requests.push(readRequest(reader));
  });
  return pipeline;
}

function readRequest(reader: ProtobufReader): StreamRequest {
  const request: Record<string, unknown> = {};
  reader.message((kind) => {
    const type = typeOf.get(kind);
    request.type = type;
    if (type === undefined) return;
    reader.message((field) => {
      if (type === 'execute' && field === 1) request.stmt = readStmt(reader);
      else if (type === 'batch' && field === 1) request.batch = { steps: readSteps(reader) };
      else if (type === 'store_sql' && field === 1) request.sql_id = reader.uint();
      else if (type === 'store_sql' && field === 2) request.sql = reader.text();
      else if (type === 'close_sql' && field === 1) request.sql_id = reader.uint();
      else readSqlRef(reader, field, request);
    });
  });
  return request as unknown as StreamRequest;
}

function readSqlRef(reader: ProtobufReader, field: number, into: Mutable<SqlRef>): void {
  if (field === 1) into.sql = reader.text();
  else if (field === 2) into.sql_id = reader.uint();
}

function readSteps(reader: ProtobufReader): BatchStep[] {
  const steps: BatchStep[] = [];
  reader.message((field) => {
    if (field !== 1) return;
    const step: Mutable<BatchStep> = { stmt: {} };
    reader.message((part) => {
      if (part === 1) step.condition = readCondition(reader);
      else if (part === 2) step.stmt = readStmt(reader);
    });
    steps.push(step);
  });
  return steps;
}

function readCondition(reader: ProtobufReader): Condition | null {
  let condition: Condition | null = null;
  reader.message((field) => {
    if (field === 1 || field === 2) condition = { type: field === 1 ? 'ok' : 'error', step: reader.uint() };
    else if (field === 3) condition = { type: 'not', cond: readCondition(reader)! };
    else if (field === 6) condition = { type: 'is_autocommit' };
    else if (field === 4 || field === 5) {
      const conds: Condition[] = [];
      reader.message((part) => part === 1 && conds.push(readCondition(reader)!));
      condition = { type: field === 4 ? 'and' : 'or', conds };
    }
  });
  return condition;
}

function readStmt(reader: ProtobufReader): Stmt {
  const args: Value[] = [];
  const named: { name: string; value: Value }[] = [];
  const stmt: Mutable<Stmt> = { args, named_args: named };
  reader.message((field) => {
    if (field === 3) args.push(readValue(reader));
    else if (field === 4) named.push(readNamed(reader));
    else if (field === 5) stmt.want_rows = reader.uint() !== 0;
    else readSqlRef(reader, field, stmt);
  });
  return stmt;
}

function readNamed(reader: ProtobufReader): { name: string; value: Value } {
  const named = { name: '', value: { type: 'null' } as Value };
  reader.message((field) => {
    if (field === 1) named.name = reader.text();
    else if (field === 2) named.value = readValue(reader);
  });
  return named;
}

function readValue(reader: ProtobufReader): Value {
  let value: Value = { type: 'null' };
  reader.message((field) => {
    if (field === 2) value = { type: 'integer', value: String(reader.sint()) };
    else if (field === 3) value = { type: 'float', value: reader.double() };
    else if (field === 4) value = { type: 'text', value: reader.text() };
    else if (field === 5) value = { type: 'blob', base64: Buffer.from(reader.bytes()).toString('base64') };
  });
  return value;
}

/** About what a reply takes, by the bytes of its values: a quarter for what stands around them, and for texts that are longer as bytes. */
export const replyRoom = (bytes: number): number => 1_024 + Math.ceil(bytes * 1.25);

/** In `memory`, unless that is too little. */
export function encodePipelineReply(
  baton: string | null,
  results: readonly StreamResult[],
  memory: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const writer = new ProtobufWriter(memory);
  if (baton !== null) writer.text(1, baton);
  for (const result of results) {
    writer.message(3, () => {
      if (result.type === 'error') writer.message(2, () => writeError(writer, result.error));
      else writer.message(1, () => writer.message(kinds[result.response.type], () => writeResponse(writer, result.response)));
    });
  }
  return writer.finish();
}

function writeResponse(writer: ProtobufWriter, { type, result, is_autocommit: autocommit }: Record<string, unknown>): void {
  if (type === 'execute') writer.message(1, () => writeResult(writer, result as StmtResult));
  else if (type === 'batch') writer.message(1, () => writeBatch(writer, result as BatchResult));
  else if (type === 'describe') writer.message(1, () => writeDescription(writer, result as Description));
  else if (type === 'get_autocommit') writer.uint(1, Number(autocommit));
}

/** Maps of what is there; a key or a value that has nothing but defaults is left out, as the writers of other languages do. */
function writeBatch(writer: ProtobufWriter, { step_results: results, step_errors: errors }: BatchResult): void {
  const entry = (field: number, step: number, write: () => void) =>
    writer.message(field, () => {
      if (step > 0) writer.uint(1, step);
      writer.message(2, write);
    });
  for (const [step, result] of results.entries()) if (result) entry(1, step, () => writeResult(writer, result));
  for (const [step, error] of errors.entries()) if (error) entry(2, step, () => writeError(writer, error));
}

function writeResult(writer: ProtobufWriter, result: StmtResult): void {
  for (const { name, decltype } of result.cols) {
    writer.message(1, () => {
      writer.text(1, name);
      if (decltype !== null) writer.text(2, decltype);
    });
  }
  for (const row of result.rows) {
    writer.message(2, () => {
      for (const value of row) writer.message(1, () => writeValue(writer, value));
    });
  }
  if (result.affected_row_count > 0) writer.uint(3, result.affected_row_count);
  if (result.last_insert_rowid !== null) writer.sint(4, BigInt(result.last_insert_rowid));
}

function writeValue(writer: ProtobufWriter, value: Value): void {
  if (value.type === 'text') writer.text(4, value.value);
  else if (value.type === 'integer') writer.sint(2, BigInt(value.value));
  else if (value.type === 'float') writer.double(3, value.value);
  else if (value.type === 'blob') writer.bytes(5, Buffer.from(value.base64, 'base64'));
  else writer.message(1);
}

function writeError(writer: ProtobufWriter, { message, code }: HranaErrorBody): void {
  writer.text(1, message);
  writer.text(2, code);
}

interface Description {
  readonly params: readonly { readonly name: string }[];
  readonly cols: StmtResult['cols'];
  readonly is_explain: boolean;
  readonly is_readonly: boolean;
}

function writeDescription(writer: ProtobufWriter, described: Description): void {
  for (const { name } of described.params) writer.message(1, () => writer.text(1, name));
  for (const { name } of described.cols) writer.message(2, () => writer.text(1, name));
  writer.uint(3, Number(described.is_explain));
  writer.uint(4, Number(described.is_readonly));
}
