/** What an error of `@libsql/client`, of `http/pipeline.ts` or of the `libsql` binding means for the store: the one table of their codes. */
import { DriverError, type DriverErrorKind } from './driver.ts';
import { StoreError, type StoreErrorReason } from './store.ts';

const needsPerson: readonly (readonly [prefix: string, reason: StoreErrorReason, message: string])[] = [
  ['SQLITE_CORRUPT', 'corrupt', 'the database is damaged'],
  ['SQLITE_NOTADB', 'corrupt', 'the file is not a database'],
  ['SQLITE_CANTOPEN', 'unavailable', 'the database file cannot be opened'],
  ['SQLITE_READONLY', 'unavailable', 'the database is read-only'],
  ['SQLITE_PERM', 'unavailable', 'no permission to use the database file'],
  ['SQLITE_AUTH', 'unavailable', 'the database does not permit this statement'],
  ['AUTH_', 'unavailable', 'the database refused the token'],
  ['BLOCKED', 'quota', 'the database is blocked: its quota is used up'],
  ['SQL_READ_BLOCKED', 'quota', 'reads are blocked: the quota of the database is used up'],
  ['SQL_WRITE_BLOCKED', 'quota', 'writes are blocked: the quota of the database is used up'],
];

/** The first that fits. Any other code speaks of the connection, not of a statement: lost. */
const kinds: readonly (readonly [prefix: string, kind: DriverErrorKind])[] = [
  ['SQLITE_BUSY', 'busy'],
  ['SQLITE_LOCKED', 'busy'],
  ['TRANSACTION_TIMEOUT', 'busy'],
  ['TRANSACTION_BUSY', 'busy'],
  ['STREAM_EXPIRED', 'busy'],
  // A statement was skipped because the transaction had ended before it.
  ['TRANSACTION_CLOSED', 'busy'],
  // The disk is full or failed while committing: what was written is found out by the write id.
  ['SQLITE_IOERR', 'lost'],
  ['SQLITE_FULL', 'lost'],
  ['SQLITE_', 'refused'],
  ['SQL_', 'refused'],
  ['ARGS_', 'refused'],
  ['RESPONSE_TOO_LARGE', 'refused'],
];

interface CodedError extends Error {
  readonly code: string;
}

/** By name, since the classes come from packages that only one of the drivers loads. */
function isDatabaseError(error: unknown): error is CodedError {
  return (
    error instanceof Error && ['LibsqlError', 'LibsqlBatchError', 'SqliteError', 'HranaReplyError'].includes(error.name) && 'code' in error
  );
}

/** `status` of the HTTP reply, when there was one that was not 2xx. */
function httpStatus(error: Error): number | undefined {
  const status = (error.cause as { status?: unknown } | undefined)?.status;
  return typeof status === 'number' ? status : undefined;
}

/** Errors of none of these pass for a lost reply: fetch and its body reader throw many kinds. */
export function toStoreOrDriverError(error: unknown): StoreError | DriverError {
  if (error instanceof StoreError || error instanceof DriverError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (!isDatabaseError(error)) return new DriverError('lost', `no answer from the database: ${message}`, { cause: error });
  const status = httpStatus(error);
  if (status === 401 || status === 403) return new StoreError('unavailable', 'the database refused the token', { cause: error });
  if (status === 429) return new DriverError('busy', message, { cause: error });
  const person = needsPerson.find(([prefix]) => error.code.startsWith(prefix));
  if (person) return new StoreError(person[1], `${person[2]} (${message})`, { cause: error });
  const kind = kinds.find(([prefix]) => error.code.startsWith(prefix))?.[1] ?? 'lost';
  return new DriverError(kind, message, { cause: error, reason: error.code.startsWith('SQLITE_FULL') ? 'full' : undefined });
}
