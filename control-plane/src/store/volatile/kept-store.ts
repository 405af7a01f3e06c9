/**
 * A volatile store that outlasts its process, in rows that are written as rarely as can be. What changes anything but the time of a renewal is written before
 * the writer hears of it; renewals gather in memory. A crash loses renewals only: the leader's next one finds another revision, reads, and goes on as
 * holder. Revisions never come back: after a crash they begin above every one that was given out, and watches of before list again.
 */
import type { ObjectKey, Store } from '../store.ts';
import { type Entry, keyText } from './present.ts';
import { createVolatileStore, type VolatileStoreOptions } from './volatile-store.ts';

export interface Kept {
  readonly entries: readonly Entry[];
  readonly revision: number;
  /** Renewals above this revision may have been acknowledged. */
  readonly open: boolean;
}

/** Where the objects are kept. One call of `save` is one transaction. */
export interface KeptRows {
  load(): Kept | undefined;
  save(batch: {
    readonly written: readonly Entry[];
    readonly gone: readonly ObjectKey[];
    readonly revision: number;
    readonly open: boolean;
  }): void;
}

export interface KeptStoreOptions extends Omit<VolatileStoreOptions, 'begin' | 'onCommit'> {
  readonly rows: KeptRows;
  /** Calls back once, after so long. The process must not go to sleep before. */
  readonly later: (ms: number, run: () => void) => void;
}

/** Without a write for this long everything is saved, and the process may sleep. */
export const QUIET_MS = 4_000;
/** Renewals that never pause are saved this often. */
export const SAVE_MS = 60_000;
/** Revisions that may have been given out since the last save, at most. */
const LEAP = 10_000_000;

export const createKeptStore = ({ rows, later, ...options }: KeptStoreOptions): Store => {
  const { clock } = options;
  const kept = rows.load();
  let revision = kept && !kept.open ? kept.revision : Math.max(Math.floor(clock.now()), (kept?.revision ?? 0) + LEAP);
  let open = false;
  const renewed = new Map<string, Entry>();
  let [writtenMs, savedMs] = [0, clock.now()];

  const save = (written: readonly Entry[], gone: readonly ObjectKey[], stillOpen: boolean): void => {
    open = stillOpen;
    rows.save({ written, gone, revision, open });
  };

  const saveRenewals = (stillOpen: boolean): void => {
    save([...renewed.values()], [], stillOpen);
    renewed.clear();
    savedMs = clock.now();
  };

  const wait = (): void =>
    later(QUIET_MS, () => {
      const quiet = clock.now() - writtenMs >= QUIET_MS;
      if (quiet || clock.now() - savedMs >= SAVE_MS) saveRenewals(!quiet);
      if (!quiet) wait();
    });

  // what a crash left half said is over: from here on only what is given out anew counts
  if (kept?.open) save([], [], false);

  return createVolatileStore({
    ...options,
    begin: { revision, entries: kept?.entries ?? [] },
    onCommit: (before, after, at) => {
      revision = at;
      writtenMs = clock.now();
      if (before && after && isRenewal(before.body, after.body)) {
        renewed.set(keyText(after), after);
        if (open) return;
        savedMs = clock.now();
        save([], [], true);
        wait();
        return;
      }
      renewed.delete(keyText((after ?? before)!));
      save(after ? [after] : [], after || !before ? [] : [before], open);
    },
  });
};

interface Lease {
  readonly metadata: { readonly managedFields?: unknown };
  readonly spec?: { readonly renewTime?: unknown };
}

/** Nothing but when. */
export const isRenewal = (before: string, after: string): boolean => timeless(before) === timeless(after);

const timeless = (body: string): string => {
  try {
    const { metadata, spec, ...rest } = JSON.parse(body) as Lease;
    const { managedFields: _, ...named } = metadata;
    const { renewTime: __, ...said } = spec ?? {};
    return JSON.stringify([named, said, rest]);
  } catch {
    return body;
  }
};
