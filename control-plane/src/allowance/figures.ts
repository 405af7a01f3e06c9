/**
 * What a control plane on Workers has used of what its plan allows, as counts of a UTC day and of a month. Each object keeps a ledger of its own; a Worker's isolate
 * hands its counts to the hub. Pure. @see ./report.ts for what they mean
 */

/** Counts that add up. */
export interface Figures {
  readonly workerRequests: number;
  /** Calls, alarms and a twentieth of the socket messages that reached objects. */
  readonly objectRequests: number;
  /** Milliseconds that objects were awake or may be billed as awake. */
  readonly awakeMs: number;
  /** Rows of the objects' own SQLite. */
  readonly objectRowsWritten: number;
  /** Rows of the database, seen from above. */
  readonly rowsRead: number;
  readonly rowsWritten: number;
}

export const noFigures: Figures = { workerRequests: 0, objectRequests: 0, awakeMs: 0, objectRowsWritten: 0, rowsRead: 0, rowsWritten: 0 };

export const plus = (a: Figures, b: Partial<Figures>): Figures => ({
  workerRequests: a.workerRequests + (b.workerRequests ?? 0),
  objectRequests: a.objectRequests + (b.objectRequests ?? 0),
  awakeMs: a.awakeMs + (b.awakeMs ?? 0),
  objectRowsWritten: a.objectRowsWritten + (b.objectRowsWritten ?? 0),
  rowsRead: a.rowsRead + (b.rowsRead ?? 0),
  rowsWritten: a.rowsWritten + (b.rowsWritten ?? 0),
});

export interface Ledger {
  /** `2026-01-31`, UTC. */
  readonly day: string;
  /** Of that day. */
  readonly today: Figures;
  /** Of the month of that day. */
  readonly month: Figures;
}

/** RFC 3339, the start of it. */
const dayOf = (nowMs: number): string => new Date(nowMs).toISOString().slice(0, 10);
const monthOf = (day: string): string => day.slice(0, 7);

/** The ledger as of now: a new day begins at nothing, and so does a new month. A clock that goes back changes nothing. */
export const ledgerAt = (ledger: Ledger | undefined, nowMs: number): Ledger => {
  const day = dayOf(nowMs);
  if (!ledger) return { day, today: noFigures, month: noFigures };
  if (day <= ledger.day) return ledger;
  return { day, today: noFigures, month: monthOf(day) === monthOf(ledger.day) ? ledger.month : noFigures };
};

export const used = (ledger: Ledger | undefined, nowMs: number, more: Partial<Figures>): Ledger => {
  const present = ledgerAt(ledger, nowMs);
  return { day: present.day, today: plus(present.today, more), month: plus(present.month, more) };
};

/** Of several objects. Ledgers of a day that is over count for the month alone. */
export const sum = (ledgers: readonly (Ledger | undefined)[], nowMs: number): Ledger =>
  ledgers.reduce<Ledger>(
    (all, ledger) => {
      const present = ledgerAt(ledger, nowMs);
      return { day: all.day, today: plus(all.today, present.today), month: plus(all.month, present.month) };
    },
    ledgerAt(undefined, nowMs),
  );
