/**
 * What the libSQL store needs of a connection: one atomic batch of statements, one round trip. `file/` and `http/` implement it; everything above is shared.
 * A driver never retries.
 */

export type SqlValue = string | number | null;

export interface Statement {
  readonly sql: string;
  readonly args: readonly SqlValue[];
  /** It reads, and matters only when the statement before it gave no row. A driver may leave it out otherwise: no rows then. */
  readonly afterNone?: true;
}

/** Columns by name. Integers are numbers. */
export type Row = Readonly<Record<string, unknown>>;

/** Rows of one statement. */
export type Rows = readonly Row[];

export interface Driver {
  /**
   * Runs all statements in one transaction; the rows of each, in order.
   * @throws DriverError when the database did not answer, was busy, or refused a statement (then nothing of the batch is committed);
   * @throws StoreError for what a person must mend (`quota`, `corrupt`, `locked`, credentials).
   */
  batch(statements: readonly Statement[], mode: 'read' | 'write'): Promise<Rows[]>;
  close(): void;
}

/**
 * - `lost`: no answer. The batch may or may not be committed.
 * - `busy`: not committed; the same batch may pass later.
 * - `refused`: not committed; a statement of the batch is at fault.
 */
export type DriverErrorKind = 'lost' | 'busy' | 'refused';

export class DriverError extends Error {
  readonly kind: DriverErrorKind;
  /** What the store says when it gives up. */
  readonly reason: 'unavailable' | 'full';
  constructor(kind: DriverErrorKind, message: string, options?: ErrorOptions & { readonly reason?: 'full' | undefined }) {
    super(message, options);
    this.name = 'DriverError';
    this.kind = kind;
    this.reason = options?.reason ?? 'unavailable';
  }
}
