/** The libSQL store's driver on a Durable Object's own SQLite: a batch is one synchronous transaction, and it never loses an answer. */
import { type Driver, DriverError, type Row, type Rows } from '../../store/driver.ts';

/** One statement, all its rows. */
export type Exec = (sql: string, args?: readonly (string | number | null)[]) => Row[];

export const objectExec =
  (storage: DurableObjectStorage): Exec =>
  (sql, args = []) =>
    storage.sql.exec(sql, ...args).toArray() as unknown as Row[];

export const objectDriver = (storage: DurableObjectStorage): Driver => {
  const exec = objectExec(storage);
  return {
    batch: async (statements) => {
      try {
        return storage.transactionSync((): Rows[] => statements.map(({ sql, args }) => exec(sql, args as (string | number | null)[])));
      } catch (error) {
        throw new DriverError('refused', (error as Error).message, { cause: error });
      }
    },
    close: () => undefined,
  };
};
