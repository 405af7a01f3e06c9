/**
 * Followers of one sequence of revisions: backfill from the store, then the ring, with no change missed and none repeated. A follower pulls, so a slow
 * one holds no queue: it falls behind the ring and pages the store again. Lost notifications cost latency only: each start, and each `mend`, reads the store.
 */
import { type Store, type StoredChange, StoreError } from '../store/store.ts';
import { ChangeRing } from './change-ring.ts';
import type { FollowBatch, Follower, FollowFilter } from './hub.ts';
import { type Form, Waiter, Waiters } from './waiters.ts';

const BATCH = 500;
/** A slow follower holds one batch while it cannot send: a thousand of them must not hold much. */
const BATCH_BYTES = 64 * 1024;
/** Followers woken before anything else gets its turn. */
const AT_ONCE = 100;
/** Between two rounds of many: what comes meanwhile is one batch, hence one write for each of them, and a write costs more than what it carries. */
const REST_MS = 4;
/** Followers in turn are at the same place, or at one of a few that changes came between. */
const MAX_SLICES = 16;
/** The ring is for those who are behind: while nobody is, it is let go of when it has grown to the first, down to the second. */
const CALM_BYTES = 1024 * 1024;
const CALM_KEPT_BYTES = 256 * 1024;

export interface FollowersOptions {
  readonly store: Pick<Store, 'changes'>;
  /** Names the sequence in reads of the store; absent: the durable one. */
  readonly resources?: readonly string[];
  readonly now: () => number;
  /** Every change once, in order, before followers are woken. */
  readonly onChanges: (changes: readonly StoredChange[]) => void;
  readonly onError: (error: unknown) => void;
  /** All who waited for a change were handed it, this long after it was notified. */
  readonly onHandedOut?: (ms: number) => void;
  /** How long missing revisions may still be on their way from another writer before the store is read. Default 2 ms. */
  readonly grace?: () => Promise<void>;
  /** A round of many begins; what it returns is called when all have been woken. */
  readonly onRound?: () => () => void;
  /** Lets others have their turn, for at least `ms`. Default: a timer. */
  readonly rest?: (ms: number) => Promise<void>;
}

export interface Followers {
  /** After a commit, in any order. undefined: nothing is missing, and those who wait are due. */
  notify(changes: readonly StoredChange[]): Promise<void> | undefined;
  /** Reads the store for what notifications did not bring. No-op before the first change or follower. */
  mend(): Promise<void>;
  follow(filter: FollowFilter, after: number, signal: AbortSignal): AsyncGenerator<FollowBatch, void>;
  open(filter: FollowFilter, after: number, onNews: () => void): Follower;
  /** Followers now waiting. For tests and metrics. */
  readonly waiting: number;
}

/** What followers of one filter at one place are given is one array, so that what is made of it can be shared, too. */
interface Slice {
  readonly form: Form;
  readonly from: number;
  /** Where the ring ended. */
  readonly last: number;
  readonly to: number;
  readonly wanted: readonly StoredChange[];
}

class SharedSlices {
  #slices: Slice[] = [];
  readonly #ring: ChangeRing;

  constructor(ring: ChangeRing) {
    this.#ring = ring;
  }

  /** The next changes for a follower at `from`, which must be covered; undefined when it has seen all. */
  next(form: Form, from: number): Slice | undefined {
    const last = this.#ring.last!;
    const known = this.#slices.find((slice) => slice.from === from && slice.last === last && slice.form === form);
    if (known || from === last) return known;
    const all = this.#ring.after(from, BATCH, BATCH_BYTES);
    const to = all.at(-1)!.revision;
    // one that was cut stays what it was when more has come behind it
    const wanted = this.#slices.find((slice) => slice.from === from && slice.to === to && slice.form === form)?.wanted;
    const slice = { form, from, last, to, wanted: wanted ?? all.filter(form.wants) };
    if (this.#slices.unshift(slice) > MAX_SLICES) this.#slices.pop();
    return slice;
  }

  clear(): void {
    this.#slices = [];
  }
}

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const shortly = (): Promise<void> => after(2);

export const createFollowers = (options: FollowersOptions): Followers => {
  const { store, resources, now, onChanges, onError, onHandedOut, onRound, grace = shortly, rest = after } = options;
  const ring = new ChangeRing();
  const waiters = new Waiters();
  let waking = false;
  /** When the oldest news came that somebody is due for. */
  let newsMs: number | undefined;
  const slices = new SharedSlices(ring);
  /** Followers that are not closed, waiting or not. */
  let opened = 0;
  let mending: Promise<void> | undefined;

  const spread = (added: readonly StoredChange[]): void => {
    if (added.length === 0) return;
    onChanges(added);
    const nowMs = now();
    waiters.spread(added, ring.last!, nowMs);
    if (waiters.anyDue) newsMs ??= nowMs;
    if (!waking) void wake();
  };

  /**
   * Synchronous for few. A round of many lets others have their turn again and again, and rests afterwards. Who has its turn is given all there is by then,
   * so a change waits for no round to begin: those whose turn is still to come have it at once, the others in the next.
   */
  const wake = async (): Promise<void> => {
    waking = true;
    while (waiters.anyDue) {
      const round = waiters.takeRound();
      const startMs = now();
      const sinceMs = newsMs ?? startMs;
      newsMs = undefined;
      let woken = 0;
      const ended = round.size > AT_ONCE ? onRound?.() : undefined;
      try {
        for (let waiter = round.take(); waiter; waiter = round.take()) {
          waiter.wake();
          if (++woken % AT_ONCE === 0) await rest(0);
        }
      } finally {
        ended?.();
      }
      onHandedOut?.(now() - sinceMs);
      if (woken >= AT_ONCE) await rest(REST_MS);
    }
    waking = false;
    if (waiters.size === opened && ring.bytes > CALM_BYTES) {
      ring.trim(CALM_KEPT_BYTES);
      slices.clear();
    }
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
        slices.clear();
        waiters.makeAllDue();
        const everybody = waiters.takeRound();
        for (let waiter = everybody.take(); waiter; waiter = everybody.take()) waiter.wake();
      })
      .finally(() => {
        mending = undefined;
      });
    return mending;
  };

  const mendIfBroken = async (): Promise<void> => {
    await grace();
    if (ring.broken) await mend().catch(onError);
  };

  const notify = (changes: readonly StoredChange[]): Promise<void> | undefined => {
    spread(ring.add(changes));
    return ring.broken ? mendIfBroken() : undefined;
  };

  const open = (filter: FollowFilter, after: number, onNews: () => void): Follower => {
    const form = waiters.formOf(filter);
    const state = new Waiter(form, after, now(), onNews);
    // a notification may have been lost before this follower came: the store says how things stand
    let checked = false;
    let closed = false;
    opened++;
    /** What the store is being asked. */
    let asking = false;
    let answer: (() => FollowBatch | undefined) | undefined;

    const ask = <T>(question: Promise<T>, then: (found: T) => FollowBatch | undefined): void => {
      asking = true;
      const answered = (take: () => FollowBatch | undefined): void => {
        asking = false;
        answer = take;
        if (!closed) onNews();
      };
      question.then(
        (found) => answered(() => then(found)),
        (error: unknown) =>
          answered(() => {
            throw error;
          }),
      );
    };

    const told = (changes: readonly StoredChange[]): FollowBatch => {
      state.tell(now());
      return { changes, through: state.cursor };
    };

    const wait = (): void => {
      // news that came while the store was asked
      waiters.add(state, ring.last !== undefined && ring.last > state.cursor);
    };

    const takePage = (page: Awaited<ReturnType<typeof store.changes>>): FollowBatch | undefined => {
      if (!page.more) checked = true;
      const moved = page.through > state.cursor;
      state.cursor = page.through;
      if (ring.last === undefined && checked) ring.start(page.through);
      return moved || page.changes.length > 0 ? told(page.changes.filter(form.wants)) : undefined;
    };

    const fromRing = (): FollowBatch | undefined => {
      for (;;) {
        const slice = slices.next(form, state.cursor);
        if (!slice) return wait() as undefined;
        state.cursor = slice.to;
        if (slice.wanted.length > 0 || state.idleLong(slice.to, now())) return told(slice.wanted);
      }
    };

    return {
      next: () => {
        if (asking || closed || state.line) return undefined;
        const take = answer;
        answer = undefined;
        const batch = take?.();
        if (batch) return batch;
        if (checked && ring.covers(state.cursor)) return fromRing();
        // a waiter now, or one that asks again
        if (state.line) return undefined;
        if (checked && ring.last !== undefined && state.cursor > ring.last) {
          ask(behind(state.cursor), (mended) => (mended ? undefined : (wait() as undefined)));
        } else ask(store.changes({ after: state.cursor, resources: filter.resources }), takePage);
        return undefined;
      },
      close: () => {
        if (!closed) opened--;
        closed = true;
        waiters.remove(state);
      },
    };
  };

  async function* follow(filter: FollowFilter, after: number, signal: AbortSignal): AsyncGenerator<FollowBatch, void> {
    let news = (): void => undefined;
    const follower = open(filter, after, () => news());
    const end = (): void => news();
    signal.addEventListener('abort', end, { once: true });
    try {
      while (!signal.aborted) {
        const batch = follower.next();
        if (batch === 'ended') return;
        if (batch) yield batch;
        else {
          await new Promise<void>((resolve) => {
            news = resolve;
          });
        }
      }
    } finally {
      signal.removeEventListener('abort', end);
      follower.close();
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
    open,
    get waiting() {
      return waiters.size;
    },
  };
};
