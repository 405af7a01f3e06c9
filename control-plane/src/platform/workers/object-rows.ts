/** Rows that an object writes into its own storage, as they are billed: counted as consumption, and said in the log for whoever measures (KEDGE_LIMITS). */
import { consumed } from './consumption.ts';
import { limitsOf } from './meter.ts';

const wrap = <T extends object>(target: T, replaced: (name: string | symbol, call: (...args: unknown[]) => unknown) => unknown): T =>
  new Proxy(target, {
    get: (_, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return replaced(name, (...args) => Reflect.apply(member, target, args));
    },
  });

const many = (given: unknown): number => (Array.isArray(given) ? given.length : 1);

/** An alarm is a row, too. */
const rowsOf: Readonly<Record<string, (given: unknown) => number>> = {
  put: (given) => (typeof given === 'object' && given !== null ? Object.keys(given).length : 1),
  delete: many,
  setAlarm: () => 1,
  deleteAlarm: () => 1,
};

export const countedStorage = (
  storage: DurableObjectStorage,
  object: string,
  env: { readonly KEDGE_LIMITS?: string },
): DurableObjectStorage => {
  const count = (rows: number): void => {
    if (rows === 0) return;
    consumed({ objectRowsWritten: rows });
    if (limitsOf(env)) console.log(JSON.stringify({ level: 'debug', component: 'meter', message: 'rows', object, rows }));
  };
  const sql = wrap(storage.sql, (name, call) => {
    if (name !== 'exec') return call;
    return (...args: unknown[]) => {
      const cursor = call(...args) as SqlStorageCursor<Record<string, SqlStorageValue>>;
      const toArray = () => {
        const rows = cursor.toArray();
        count(cursor.rowsWritten);
        return rows;
      };
      return wrap(cursor, (member, on) => (member === 'toArray' ? toArray : on));
    };
  });
  const counted = wrap(storage, (name, call) => {
    const rows = rowsOf[String(name)];
    return rows
      ? (...args: unknown[]) => {
          count(rows(args[0]));
          return call(...args);
        }
      : call;
  });
  return new Proxy(counted, { get: (target, name) => (name === 'sql' ? sql : Reflect.get(target, name)) });
};
