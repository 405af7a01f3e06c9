/**
 * Followers of one sequence of revisions: backfill from the store, then the ring, with no change missed and none repeated. A follower pulls, so a slow
 * one holds no queue: it falls behind the ring and pages the store again. Lost notifications cost latency only: each start, and each `mend`, reads the store.
 */
import { type Store, type StoredChange, StoreError } from '../store/store.ts';
import { ChangeRing } from './change-ring.ts';
import type { FollowBatch, FollowFilter } from './hub.ts';

const BATCH = 500;
/** A slow follower holds one batch while it cannot send: a thousand of them must not hold much. */
const BATCH_BYTES = 64 * 1024;
/** An idle follower hears how far it has seen after this many foreign revisions, or this long, whichever comes first. */
const IDLE_REVISIONS = 500;
const IDLE_MS = 5_000;
/** Followers woken before anything else gets its turn. */
const AT_ONCE = 50;
const LONGEST_REST_MS = 40;
const MAX_SLICES = 16;

interface Waiter {
  readonly wake: () => void;
  readonly wants: (change: StoredChange) => boolean;
  cursor: number;
  told: number;
  toldMs: number;
}

export interface FollowersOptions {
  readonly store: Pick<Store, 'changes'>;
  /** Names the sequence in reads of the store; absent: the durable one. */
  readonly resources?: readonly string[];
  readonly now: () => number;
  /** Every change once, in order, before followers are woken. */
  readonly onChanges: (changes: readonly StoredChange[]) => void;
  readonly onError: (error: unknown) => void;
  /** How long missing revisions may still be on their way from another writer before the store is read. Default 2 ms. */
  readonly grace?: () => Promise<void>;
  /** Lets others have their turn, for at least `ms`. Default: a timer. */
  readonly rest?: (ms: number) => Promise<void>;
}

export interface Followers {
  /** After a commit, in any order. Synchronous up to the wake-ups when nothing is missing. */
  notify(changes: readonly StoredChange[]): Promise<void>;
  /** Reads the store for what notifications did not bring. No-op before the first change or follower. */
  mend(): Promise<void>;
  follow(filter: FollowFilter, after: number, signal: AbortSignal): AsyncGenerator<FollowBatch, void>;
  /** Followers now waiting. For tests and metrics. */
  readonly waiting: number;
}

/** What followers of one filter at one place are given is one array, so that what is made of it can be shared, too. */
class SharedSlices {
  readonly #slices = new Map<string, readonly StoredChange[]>();

  of(key: string, make: () => readonly StoredChange[]): readonly StoredChange[] {
    let slice = this.#slices.get(key);
    if (!slice) {
      slice = make();
      if (this.#slices.size >= MAX_SLICES) this.#slices.delete(this.#slices.keys().next().value!);
      this.#slices.set(key, slice);
    }
    return slice;
  }
}

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const shortly = (): Promise<void> => after(2);

export const createFollowers = (options: FollowersOptions): Followers => {
  const { store, resources, now, onChanges, onError, grace = shortly, rest = after } = options;
  const ring = new ChangeRing();
  const waiters = new Set<Waiter>();
  /** Waiters with news, in the order the news came. */
  let due = new Set<Waiter>();
  let waking = false;
  const slices = new SharedSlices();
  let mending: Promise<void> | undefined;

  const idleLong = (waiter: Waiter, revision: number): boolean =>
    revision - waiter.told >= IDLE_REVISIONS || (revision > waiter.told && now() - waiter.toldMs >= IDLE_MS);

  const spread = (added: readonly StoredChange[]): void => {
    if (added.length === 0) return;
    onChanges(added);
    const last = ring.last!;
    for (const waiter of waiters) {
      if (due.has(waiter)) continue;
      if (added.some(waiter.wants) || idleLong(waiter, last)) due.add(waiter);
      else waiter.cursor = last;
    }
    if (!waking) void wake();
  };

  /**
   * Synchronous for few. A round of many rests afterwards for as long as it took: then at most half of the time goes to followers, and what comes
   * meanwhile is one batch of the next round.
   */
  const wake = async (): Promise<void> => {
    waking = true;
    while (due.size > 0) {
      const round = due;
      due = new Set();
      const startMs = now();
      let woken = 0;
      for (const waiter of round) {
        waiter.wake();
        if (++woken % AT_ONCE === 0) await rest(0);
      }
      if (woken >= AT_ONCE) await rest(Math.max(0, Math.min(now() - startMs, LONGEST_REST_MS)));
    }
    waking = false;
  };

  const readOn = async (): Promise<void> => {
    for (;;) {
      const page = await store.changes({ after: ring.last!, ...(resources ? { resources } : {}) });
      const before = ring.last!;
      const added = ring.add(page.changes);
      if (ring.last! < page.through) {
        // revisions that no change holds: nothing to hand out, but nothing is missing either
        const rest = page.changes.filter((change) => change.revision > ring.last!);
        ring.start(page.through);
        spread([...added, ...rest]);
      } else spread(added);
      if (!page.more || ring.last === before) return;
    }
  };

  const mend = (): Promise<void> => {
    if (ring.last === undefined) return Promise.resolve();
    mending ??= readOn()
      .catch((error: unknown) => {
        if (!(error instanceof StoreError) || (error.reason !== 'compacted' && error.reason !== 'future')) throw error;
        // the sequence goes on elsewhere (another incarnation): each follower hears from the store that its place is gone
        ring.forget();
        for (const waiter of waiters) waiter.wake();
      })
      .finally(() => {
        mending = undefined;
      });
    return mending;
  };

  const notify = async (changes: readonly StoredChange[]): Promise<void> => {
    spread(ring.add(changes));
    if (!ring.broken) return;
    await grace();
    if (ring.broken) await mend().catch(onError);
  };

  const news = (waiter: Waiter, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        if (!waiters.delete(entry)) return;
        signal.removeEventListener('abort', done);
        waiter.cursor = entry.cursor;
        resolve();
      };
      const entry: Waiter = { ...waiter, wake: done };
      waiters.add(entry);
      signal.addEventListener('abort', done, { once: true });
      if (signal.aborted) done();
    });

  async function* follow(filter: FollowFilter, after: number, signal: AbortSignal): AsyncGenerator<FollowBatch, void> {
    const named = new Set(filter.resources);
    const form = `${filter.namespace ?? ''} ${filter.resources.join(' ')}`;
    const wants = (change: StoredChange): boolean =>
      named.has(change.resource) && (filter.namespace === undefined || change.namespace === filter.namespace);
    const state: Waiter = { wake: () => undefined, wants, cursor: after, told: after, toldMs: now() };
    // a notification may have been lost before this follower came: the store says how things stand
    let checked = false;
    while (!signal.aborted) {
      const covered = ring.covers(state.cursor);
      if (!checked || !covered) {
        if (checked && ring.last !== undefined && state.cursor > ring.last && !(await behind(state.cursor))) {
          await news(state, signal);
          continue;
        }
        const page = await store.changes({ after: state.cursor, resources: filter.resources });
        if (!page.more) checked = true;
        const moved = page.through > state.cursor;
        state.cursor = page.through;
        if (ring.last === undefined && checked) ring.start(page.through);
        if (moved || page.changes.length > 0) yield told(page.changes.filter(wants));
        continue;
      }
      const slice = ring.after(state.cursor, BATCH, BATCH_BYTES);
      if (slice.length === 0) {
        await news(state, signal);
        continue;
      }
      const from = state.cursor;
      state.cursor = slice.at(-1)!.revision;
      const wanted = slices.of(`${from} ${state.cursor} ${form}`, () => slice.filter(wants));
      if (wanted.length > 0 || idleLong(state, state.cursor)) yield told(wanted);
    }

    function told(changes: readonly StoredChange[]): FollowBatch {
      state.told = state.cursor;
      state.toldMs = now();
      return { changes, through: state.cursor };
    }
  }

  /** The store showed a follower more than the ring has: the ring's notifications are late or lost. */
  const behind = async (cursor: number): Promise<boolean> => {
    await mend().catch(onError);
    return ring.last !== undefined && ring.last >= cursor;
  };

  return {
    notify,
    mend,
    follow,
    get waiting() {
      return waiters.size;
    },
  };
};
