/**
 * Joins writes of concurrent callers in one commit: what arrives before `schedule` fires, or while a commit runs, shares the next one. Every caller gets
 * the outcomes of its own writes, in order. Used where a commit costs an fsync or a round trip.
 */
import type { WriteOutcome } from './store.ts';
import { cutBatches } from './write-batch.ts';
import type { PendingWrite } from './write-sql.ts';

interface Waiting extends PendingWrite {
  readonly settle: (outcome: WriteOutcome) => void;
  readonly fail: (error: unknown) => void;
}

export function groupCommit(
  commit: (batch: readonly PendingWrite[]) => Promise<WriteOutcome[]>,
  schedule: (run: () => void) => void,
): (writes: readonly PendingWrite[]) => Promise<WriteOutcome[]> {
  let queue: Waiting[] = [];
  let running = false;

  async function run(): Promise<void> {
    const taken = queue;
    queue = [];
    for (const batch of cutBatches(taken)) {
      try {
        const outcomes = await commit(batch);
        for (const [index, waiting] of batch.entries()) waiting.settle(outcomes[index]!);
      } catch (error) {
        for (const waiting of batch) waiting.fail(error);
      }
    }
    running = queue.length > 0;
    if (running) schedule(() => void run());
  }

  return (writes) => {
    const outcomes = writes.map((pending) => new Promise<WriteOutcome>((settle, fail) => queue.push({ ...pending, settle, fail })));
    if (!running) {
      running = true;
      schedule(() => void run());
    }
    return Promise.all(outcomes);
  };
}
