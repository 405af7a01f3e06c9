/**
 * Commits pending writes: one batch each while all goes well. When no answer came, the batch is sent again in a form that first looks for its write
 * ids, so a reply lost after the commit is neither a false conflict nor a double. When the database refuses a statement, the batch is halved
 * until the failing write stands alone and is reported; the rest goes on.
 */

import type { Statement } from './driver.ts';
import { type Driver, DriverError, type Rows } from './driver.ts';
import { StoreError, type WriteOutcome } from './store.ts';
import { committedStatement, countStatement, insertStatement, outcomeOf, type PendingWrite, reasonStatement } from './write-sql.ts';

export const maxBatchWrites = 100;
export const maxBatchBytes = 1_000_000;
/** A database row may hold 5 MB; objects are at most 1.5 MiB, sealed ones a third more. */
export const maxBodyBytes = 4_194_304;

/** When and how often a batch without answer is sent again. */
export interface RetryPolicy {
  readonly attempts: number;
  /** No third attempt after this time: the first two may each have waited for the driver's deadline. */
  readonly maxMs: number;
  now(): number;
  /** Before attempt 2, 3 ... */
  pause(attempt: number): Promise<void>;
}

/** Cuts writes, in order, into batches of at most 100 writes and 1 MB. A larger write stands alone. */
export function cutBatches<T extends PendingWrite>(writes: readonly T[]): T[][] {
  const batches: T[][] = [];
  let bytes = 0;
  for (const pending of writes) {
    const size = pending.write.body.length;
    const last = batches.at(-1);
    if (last && last.length < maxBatchWrites && bytes + size <= maxBatchBytes) {
      last.push(pending);
      bytes += size;
    } else {
      batches.push([pending]);
      bytes = size;
    }
  }
  return batches;
}

/**
 * The outcomes of one batch of {@link cutBatches}, in order.
 * @throws StoreError `unavailable` when the database gave no answer; then it is unknown what was committed.
 */
export async function commitBatch(
  driver: Driver,
  retry: RetryPolicy,
  batch: readonly PendingWrite[],
  repeat = false,
): Promise<WriteOutcome[]> {
  const only = batch[0];
  if (!only) return [];
  if (batch.length === 1 && only.write.body.length > maxBodyBytes) {
    return [{ status: 'rejected', message: `the object has more than ${maxBodyBytes} bytes` }];
  }
  try {
    return await send(driver, retry, batch, repeat);
  } catch (error) {
    if (!(error instanceof DriverError) || error.kind !== 'refused') throw error;
    if (batch.length === 1) return [{ status: 'rejected', message: error.message }];
    const middle = batch.length >> 1;
    // In order, so that the later half sees what the earlier one did.
    return [
      ...(await commitBatch(driver, retry, batch.slice(0, middle), true)),
      ...(await commitBatch(driver, retry, batch.slice(middle), true)),
    ];
  }
}

async function send(driver: Driver, retry: RetryPolicy, batch: readonly PendingWrite[], repeatFirst: boolean): Promise<WriteOutcome[]> {
  const start = retry.now();
  let repeat = repeatFirst;
  for (let attempt = 1; ; attempt++) {
    try {
      return await sendOnce(driver, batch, repeat);
    } catch (error) {
      if (!(error instanceof DriverError) || error.kind === 'refused') throw error;
      if (error.kind === 'lost') repeat = true;
      if (attempt >= retry.attempts || (attempt >= 2 && retry.now() - start > retry.maxMs)) {
        throw new StoreError(error.reason, error.message, { cause: error });
      }
      await retry.pause(attempt + 1);
    }
  }
}

async function sendOnce(driver: Driver, batch: readonly PendingWrite[], repeat: boolean): Promise<WriteOutcome[]> {
  const counting = countStatements(batch);
  const statements = batch.flatMap((pending) => [
    ...(repeat ? [committedStatement(pending)] : []),
    insertStatement(pending, repeat),
    reasonStatement(pending),
  ]);
  const results = (await driver.batch([...counting, ...statements], 'write')).slice(counting.length);
  const stride = repeat ? 3 : 2;
  return batch.map((pending, index) => {
    const rows = results.slice(index * stride, index * stride + stride) as Rows[];
    const [inserted, reason] = rows.slice(-2) as [Rows, Rows];
    return outcomeOf(pending, { ...(repeat ? { committed: rows[0]! } : {}), inserted, reason });
  });
}

/** One for each namespace whose quotas are asked about: the totals exist before the first guard reads them. */
function countStatements(batch: readonly PendingWrite[]): Statement[] {
  const counters = new Map<string, Set<string>>();
  for (const { write } of batch) {
    if (!write.guards?.quota?.length) continue;
    const wanted = counters.get(write.key.namespace) ?? new Set();
    for (const { counter } of write.guards.quota) wanted.add(counter);
    counters.set(write.key.namespace, wanted);
  }
  return [...counters].map(([namespace, wanted]) => countStatement(namespace, [...wanted].sort()));
}
