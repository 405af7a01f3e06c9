/** The libSQL store's driver on a Durable Object's own SQLite: a batch is one synchronous transaction, and it never loses an answer. */
import { type Driver, DriverError, type Row, type Rows } from '../../store/driver.ts';

export const objectDriver = (storage: DurableObjectStorage): Driver => ({
  batch: async (statements) => {
    try {
      return storage.transactionSync((): Rows[] =>
        statements.map(({ sql, args }) => storage.sql.exec(sql, ...(args as (string | number | null)[])).toArray() as unknown as Row[]),
      );
    } catch (error) {
      throw new DriverError('refused', (error as Error).message, { cause: error });
    }
  },
  close: () => undefined,
});
