/** Leases in the hub object's own SQLite: one row each, and one that says how far their revisions have come. */
import type { Kept, KeptRows } from '../../store/volatile/kept-store.ts';
import type { Entry } from '../../store/volatile/present.ts';
import type { Exec } from './object-driver.ts';

interface LeaseRow extends Omit<Entry, 'derived' | 'stamp'> {
  readonly derived: string;
  readonly stamp: string | null;
}

const tables = [
  `CREATE TABLE IF NOT EXISTS kept_objects (resource TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, uid TEXT NOT NULL,
    revision INTEGER NOT NULL, body TEXT NOT NULL, stamp TEXT, derived TEXT NOT NULL, writtenMs INTEGER NOT NULL,
    PRIMARY KEY (resource, namespace, name)) WITHOUT ROWID`,
  'CREATE TABLE IF NOT EXISTS kept_state (id INTEGER PRIMARY KEY CHECK (id = 0), revision INTEGER NOT NULL, open INTEGER NOT NULL)',
];

/** `begun`: something was saved before. */
export const leaseRows = (exec: Exec, transaction: (work: () => void) => void): KeptRows & { begun(): boolean } => {
  for (const table of tables) exec(table);
  return {
    begun: () => exec('SELECT 1 FROM kept_state').length > 0,
    load: (): Kept | undefined => {
      const [state] = exec('SELECT revision, open FROM kept_state') as { revision: number; open: number }[];
      if (!state) return undefined;
      const rows = exec('SELECT * FROM kept_objects') as unknown as LeaseRow[];
      const entries = rows.map(
        ({ derived, stamp, ...row }): Entry => ({
          ...{ ...row, derived: JSON.parse(derived) as Entry['derived'] },
          ...(stamp === null ? {} : { stamp }),
        }),
      );
      return { entries, revision: state.revision, open: state.open === 1 };
    },
    save: ({ written, gone, revision, open }) =>
      transaction(() => {
        for (const { resource, namespace, name, uid, revision: at, body, stamp, derived, writtenMs } of written) {
          const values = [resource, namespace, name, uid, at, body, stamp ?? null, JSON.stringify(derived), writtenMs];
          exec('INSERT OR REPLACE INTO kept_objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)', values);
        }
        for (const { resource, namespace, name } of gone)
          exec('DELETE FROM kept_objects WHERE resource = ? AND namespace = ? AND name = ?', [resource, namespace, name]);
        exec('INSERT OR REPLACE INTO kept_state VALUES (0, ?, ?)', [revision, open ? 1 : 0]);
      }),
  };
};
