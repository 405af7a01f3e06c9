/** Followers over a store in memory: a slow one falls out of the ring and pages; an idle one hears how far things are. */
import { describe, expect, it } from 'vitest';
import { type ChangesQuery, type StoredChange, StoreError } from '../store/store.ts';
import { createFollowers } from './followers.ts';

const change = (revision: number, resource = 'core/pods', body = '{}'): StoredChange => ({
  ...{ resource, namespace: 'd', name: `o${revision}`, uid: `u${revision}`, revision, body },
  type: 'ADDED',
});

const setUp = (rest?: (ms: number) => Promise<void>) => {
  const log: StoredChange[] = [];
  let reads = 0;
  let nowMs = 0;
  let compacted = 0;
  const store = {
    changes: async ({ after, resources, limit = 500 }: ChangesQuery) => {
      reads++;
      if (after < compacted) throw new StoreError('compacted', `${after} is compacted`);
      const all = log.filter((c) => c.revision > after && (!resources || resources.includes(c.resource)));
      const changes = all.slice(0, limit);
      const more = all.length > changes.length;
      const revision = log.at(-1)?.revision ?? 0;
      return { changes, more, through: more ? changes.at(-1)!.revision : revision, head: { revision, compacted: 0, incarnation: 'i' } };
    },
  };
  const seen: number[] = [];
  const lags: number[] = [];
  const rounds: string[] = [];
  const followers = createFollowers({
    store,
    now: () => nowMs,
    onChanges: (changes) => seen.push(...changes.map((c) => c.revision)),
    onError: (error) => {
      throw error;
    },
    onHandedOut: (ms) => lags.push(ms),
    onRound: () => {
      rounds.push('begins');
      return () => rounds.push('ended');
    },
    grace: async () => undefined,
    ...(rest ? { rest } : {}),
  });
  const commit = (...changes: StoredChange[]): StoredChange[] => {
    log.push(...changes);
    return changes;
  };
  return {
    ...{ followers, commit, seen, lags, rounds },
    reads: () => reads,
    /** As a new incarnation does. */
    lift: (revision: number): void => {
      compacted = revision;
    },
    pass: (ms: number): void => {
      nowMs += ms;
    },
  };
};

const filter = { resources: ['core/pods'] };

describe('createFollowers', () => {
  it('lets a follower that is slower than the ring page the store, and loses nothing', async () => {
    const { followers, commit, seen } = setUp();
    const stop = new AbortController();
    const slow = followers.follow(filter, 0, stop.signal);
    await followers.notify(commit(change(1)));
    expect((await slow.next()).value).toMatchObject({ through: 1 });
    // far more than the ring holds, while the follower does something else
    const body = 'x'.repeat(200_000);
    for (let revision = 2; revision <= 300; revision++) await followers.notify(commit(change(revision, 'core/pods', body)));
    const revisions: number[] = [];
    while (revisions.length < 299) {
      const { value } = await slow.next();
      for (const c of value?.changes ?? []) revisions.push(c.revision);
    }
    expect(revisions).toEqual(Array.from({ length: 299 }, (_, i) => i + 2));
    expect(seen).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
    stop.abort();
  });

  // the larger ones are let go of as soon as nobody needs them
  it.each([2, 300_000])('asks the store once for a follower that keeps up with changes of %i characters', async (characters) => {
    const { followers, commit, reads } = setUp();
    const stop = new AbortController();
    await followers.notify(commit(change(1)));
    const follower = followers.follow(filter, 0, stop.signal);
    await follower.next();
    const before = reads();
    for (let revision = 2; revision < 50; revision++) {
      const next = follower.next();
      await followers.notify(commit(change(revision, 'core/pods', 'x'.repeat(characters))));
      expect((await next).value).toMatchObject({ through: revision, changes: [{ revision }] });
    }
    expect(reads()).toBe(before);
    stop.abort();
  });

  it('tells a waiting follower when the sequence goes on elsewhere, and serves the next', async () => {
    const { followers, commit, lift, seen } = setUp();
    const stop = new AbortController();
    const follower = followers.follow(filter, 0, stop.signal);
    await followers.notify(commit(change(1)));
    await follower.next();
    const next = follower.next();
    await new Promise((resolve) => setImmediate(resolve));
    lift(1_000_000);
    await followers.notify(commit(change(1_000_001)));
    await expect(next).rejects.toMatchObject({ reason: 'compacted' });
    const anew = followers.follow(filter, 1_000_000, stop.signal);
    expect((await anew.next()).value).toMatchObject({ through: 1_000_001 });
    const after = anew.next();
    await followers.notify(commit(change(1_000_002)));
    expect((await after).value).toMatchObject({ changes: [{ revision: 1_000_002 }] });
    expect(seen).toContain(1_000_002);
    stop.abort();
  });

  it('wakes nobody for what concerns nobody, but tells an idle follower how far it is now and then', async () => {
    const { followers, commit, pass } = setUp();
    const stop = new AbortController();
    const follower = followers.follow(filter, 0, stop.signal);
    await followers.notify(commit(change(1)));
    await follower.next();
    let told: number | undefined;
    const next = follower.next().then(({ value }) => {
      told = value?.through;
    });
    await followers.notify(commit(change(2, 'core/services')));
    expect([told, followers.waiting]).toEqual([undefined, 1]);
    pass(10_000);
    await followers.notify(commit(change(3, 'core/services')));
    await next;
    expect(told).toBe(3);
    stop.abort();
  });

  it('gives many followers what came while they were woken as one batch, the same array for all', async () => {
    let turn: (() => void) | undefined;
    const { followers, commit, lags, rounds, pass } = setUp(
      () =>
        new Promise((resolve) => {
          turn = resolve;
        }),
    );
    const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const stop = new AbortController();
    await followers.notify(commit(change(1)));
    const many = Array.from({ length: 120 }, () => followers.follow(filter, 1, stop.signal));
    const batches: number[][][] = many.map(() => []);
    const arrays = new Set<readonly StoredChange[]>();
    const reading = many.map(async (follower, i) => {
      for await (const { changes } of follower) {
        if (changes.length === 0) continue;
        arrays.add(changes);
        batches[i]!.push(changes.map((c) => c.revision));
      }
    });
    await settled();
    expect(followers.waiting).toBe(120);
    for (let revision = 2; revision <= 5; revision++) await followers.notify(commit(change(revision)));
    while (followers.waiting < 120 || batches.some((seen) => seen.flat().length < 4)) {
      pass(10);
      turn?.();
      await settled();
    }
    for (const seen of batches) expect(seen).toEqual([[2], [3, 4, 5]]);
    expect(arrays.size).toBe(2);
    // two pauses in each round, and the rest after the first counts for what came meanwhile
    expect(lags).toEqual([20, 50]);
    expect(rounds).toEqual(['begins', 'ended', 'begins', 'ended']);
    stop.abort();
    await Promise.all(reading);
  });

  it('keeps what a follower waits for when something that concerns nobody comes before its turn', async () => {
    const turns: (() => void)[] = [];
    const { followers, commit } = setUp(() => new Promise((resolve) => turns.push(resolve)));
    await followers.notify(commit(change(1)));
    const seen: number[][] = Array.from({ length: 60 }, () => []);
    const many = seen.map((revisions) => {
      const look = (): void => {
        for (let batch = follower.next(); batch && batch !== 'ended'; batch = follower.next())
          revisions.push(...batch.changes.map((c) => c.revision));
      };
      const follower = followers.open(filter, 1, look);
      look();
      return follower;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(followers.waiting).toBe(60);
    await followers.notify(commit(change(2)));
    // the last ten have not had their turn
    await followers.notify(commit(change(3, 'core/services')));
    for (let turn = turns.shift(); turn; turn = turns.shift()) {
      turn();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(seen).toEqual(seen.map(() => [2]));
    for (const follower of many) follower.close();
    expect(followers.waiting).toBe(0);
  });
});
