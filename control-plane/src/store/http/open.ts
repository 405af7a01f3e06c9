/** The Store on libSQL over HTTP (Turso, or the local server of infra/src/hrana): stateless batches, one POST each, at most 10 s. Web standards only. */
import { createClient } from '@libsql/client/web';
import type { Clock, Random } from '../../platform/platform.ts';
import type { Driver, Row, Rows } from '../driver.ts';
import { toStoreOrDriverError } from '../libsql-errors.ts';
import { LibsqlStore } from '../libsql-store.ts';
import { migrate } from '../migrate.ts';

export interface HttpStoreOptions {
  /** `https://...`, `libsql://...`, or `http://...`. */
  readonly url: string;
  readonly authToken?: string;
  readonly fetch?: typeof fetch;
  readonly clock: Clock;
  readonly random: Random;
  /** Given to a new database; random when absent. */
  readonly clusterUid?: string;
  /** A restore that did not end may go on; see migrate.ts. */
  readonly loading?: boolean;
  /** For one call. Default 10,000. */
  readonly deadlineMs?: number;
  /** Before the second attempt of a call without answer; four times as long before each next. Default 50. */
  readonly retryPauseMs?: number;
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
    });
  } catch (error) {
    driver.close();
    throw error;
  }
}

function httpDriver(options: HttpStoreOptions): Driver {
  const send = options.fetch ?? fetch;
  const deadlineMs = options.deadlineMs ?? 10_000;
  const client = createClient({
    url: options.url,
    ...(options.authToken === undefined ? {} : { authToken: options.authToken }),
    intMode: 'number',
    // No queue in the client: on Workers a call must not wait for another request's. (0 would mean its default, 20.)
    concurrency: Number.MAX_SAFE_INTEGER,
    fetch: (request: Request) => send(request, { signal: AbortSignal.timeout(deadlineMs) }),
  });
  return {
    async batch(statements, mode): Promise<Rows[]> {
      const calls = statements.map(({ sql, args }) => ({ sql, args: args as (string | number | null)[] }));
      try {
        const results = mode === 'read' && calls.length === 1 ? [await client.execute(calls[0]!)] : await client.batch(calls, mode);
        return results.map((result) => result.rows as unknown as Row[]);
      } catch (error) {
        throw toStoreOrDriverError(error);
      }
    },
    close: () => client.close(),
  };
}
