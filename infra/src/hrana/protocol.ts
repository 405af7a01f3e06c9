/** The JSON of Hrana 2 over HTTP, as far as it is served; protobuf.ts has the same as Protocol Buffers. @see https://github.com/tursodatabase/libsql/blob/main/docs/HTTP_V2_SPEC.md */

export type Value =
  | { readonly type: 'null' }
  | { readonly type: 'integer'; readonly value: string }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'blob'; readonly base64: string };

export interface SqlRef {
  readonly sql?: string | null;
  readonly sql_id?: number | null;
}

export interface Stmt extends SqlRef {
  readonly args?: readonly Value[];
  readonly named_args?: readonly { readonly name: string; readonly value: Value }[];
  readonly want_rows?: boolean | null;
}

export type Condition =
  | { readonly type: 'ok' | 'error'; readonly step: number }
  | { readonly type: 'not'; readonly cond: Condition }
  | { readonly type: 'and' | 'or'; readonly conds: readonly Condition[] }
  | { readonly type: 'is_autocommit' };

export interface BatchStep {
  readonly condition?: Condition | null;
  readonly stmt: Stmt;
}

export type StreamRequest =
  | { readonly type: 'execute'; readonly stmt: Stmt }
  | { readonly type: 'batch'; readonly batch: { readonly steps: readonly BatchStep[] } }
  | ({ readonly type: 'sequence' | 'describe' } & SqlRef)
  | { readonly type: 'store_sql'; readonly sql_id: number; readonly sql: string }
  | { readonly type: 'close_sql'; readonly sql_id: number }
  | { readonly type: 'get_autocommit' | 'close' };

export interface PipelineRequest {
  readonly baton?: string | null;
  readonly requests: readonly StreamRequest[];
}

export interface HranaErrorBody {
  readonly message: string;
  readonly code: string;
}

export interface StmtResult {
  readonly cols: readonly { readonly name: string; readonly decltype: string | null }[];
  readonly rows: readonly (readonly Value[])[];
  readonly affected_row_count: number;
  readonly last_insert_rowid: string | null;
}

export interface BatchResult {
  readonly step_results: (StmtResult | null)[];
  readonly step_errors: (HranaErrorBody | null)[];
}

export type StreamResult =
  | { readonly type: 'ok'; readonly response: { readonly type: StreamRequest['type'] } & Readonly<Record<string, unknown>> }
  | { readonly type: 'error'; readonly error: HranaErrorBody };

/** What a request of a pipeline, or a step of a batch, answers instead of a result. */
export class HranaError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'HranaError';
    this.code = code;
  }
}
