/**
 * The volatile kinds as the hub keeps them in its own SQLite: Events row by row, and Leases in memory with their renewals written rarely. Two stores, each
 * with a sequence of revisions of its own, behind one.
 */
import { leases } from '#schema/coordination/lease.ts';
import type { KubeObject } from '#schema/resource.ts';
import { deriveColumns } from '../../registry/derived.ts';
import { composeStores } from '../../store/compose.ts';
import { LibsqlStore } from '../../store/libsql-store.ts';
import { migrate } from '../../store/migrate.ts';
import type { Store } from '../../store/store.ts';
import { createKeptStore, type KeptRows } from '../../store/volatile/kept-store.ts';
import type { Entry } from '../../store/volatile/present.ts';
import { clock, random } from './core.ts';
import { leaseRows } from './lease-rows.ts';
import { objectDriver, objectExec } from './object-driver.ts';
import { LEASES } from './sequences.ts';

export interface HubVolatileOptions {
  readonly storage: DurableObjectStorage;
  readonly clusterUid: string;
  /** A timer went off: the object was awake for it. */
  readonly onTimer: () => void;
}

export const openHubVolatile = async ({ storage, clusterUid, onTimer }: HubVolatileOptions): Promise<Store> => {
  const driver = objectDriver(storage);
  const identity = await migrate(driver, { where: 'the hub', identity: { clusterUid, incarnation: random.uuid() } });
  const events = new LibsqlStore({
    driver,
    identity,
    newWriteId: () => random.uuid(),
    retry: { attempts: 1, maxMs: 1_000, now: () => clock.now(), pause: async () => undefined },
  });
  const rows = leaseRows(objectExec(storage), (work) => storage.transactionSync(work));
  if (!rows.begun()) await adoptLeases(events, rows);
  const later = (ms: number, run: () => void): void => {
    // an object with a timer does not sleep
    setTimeout(() => {
      onTimer();
      run();
    }, ms);
  };
  // most wakes ask for no lease
  const kept = lazily(() => createKeptStore({ identity, clock, random, rows, later, isExpendable: () => false }));
  return composeStores({ durable: events, volatile: kept, isVolatile: (resource) => resource === LEASES });
};

/** Leases that an older version keeps beside the Events; they stay there for it. */
const adoptLeases = async (events: Store, rows: KeptRows): Promise<void> => {
  const found: Entry[] = [];
  let after: { namespace: string; name: string } | undefined;
  for (;;) {
    const { items, more } = await events.list({ resource: LEASES, ...(after ? { after } : {}) });
    for (const item of items)
      found.push({ ...item, derived: deriveColumns(leases, JSON.parse(item.body) as KubeObject), writtenMs: clock.now() });
    const last = items.at(-1);
    if (!more || !last) break;
    after = { namespace: last.namespace, name: last.name };
  }
  rows.save({ written: found, gone: [], revision: clock.now(), open: false });
};

const lazily = <T extends object>(make: () => T): T => {
  let made: T | undefined;
  return new Proxy({} as T, {
    get: (_, name) => {
      made ??= make();
      const member: unknown = Reflect.get(made, name);
      return typeof member === 'function' ? member.bind(made) : member;
    },
  });
};
