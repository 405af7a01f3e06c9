/** The Store on libSQL over HTTP (Turso, or the local server of infra/src/hrana): stateless batches, one POST each, at most 10 s. Web standards only. */
import type { Clock, Random } from '../../platform/platform.ts';
import { LibsqlStore } from '../libsql-store.ts';
import { migrate } from '../migrate.ts';
import { type HttpDriverOptions, httpDriver } from './driver.ts';

export interface HttpStoreOptions extends HttpDriverOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Given to a new database; random when absent. */
  readonly clusterUid?: string;
  /** A restore that did not end may go on; see migrate.ts. */
  readonly loading?: boolean;
  /** Before the second attempt of a call without answer; four times as long before each next. Default 50. */
  readonly retryPauseMs?: number;
  /** @see LibsqlStoreOptions.joinCommits. Default: each call is a POST of its own, so that on Workers none waits for what another request began. */
  readonly joinCommits?: (run: () => void) => void;
  /** @see LibsqlStoreOptions.joinReads */
  readonly joinReads?: (run: () => void) => void;
}

/** One POST when the schema is current. @throws StoreError `newerSchema`, `corrupt`, `quota`, `unavailable`. */
export async function openHttpStore(options: HttpStoreOptions): Promise<LibsqlStore> {
  const driver = httpDriver(options);
  try {
    const identity = await migrate(driver, {
      where: options.url,
      identity: { clusterUid: options.clusterUid ?? options.random.uuid(), incarnation: options.random.uuid() },
      ...(options.loading ? { loading: true } : {}),
    });
    const { clock, random, deadlineMs = 10_000, retryPauseMs = 50 } = options;
    return new LibsqlStore({
      driver,
      identity,
      keepsHistory: true,
      newWriteId: () => random.uuid(),
      retry: {
        attempts: 4,
        maxMs: deadlineMs,
        now: () => clock.now(),
        pause: (attempt) => new Promise((resolve) => setTimeout(resolve, retryPauseMs * 4 ** (attempt - 2) * (0.5 + random.float()))),
      },
      ...(options.joinCommits ? { joinCommits: options.joinCommits } : {}),
      ...(options.joinReads ? { joinReads: options.joinReads } : {}),
    });
  } catch (error) {
    driver.close();
    throw error;
  }
}
