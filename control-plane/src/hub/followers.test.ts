/** Followers over a store in memory: a slow one falls out of the ring and pages; an idle one hears how far things are. */
import { describe, expect, it } from 'vitest';
import { type ChangesQuery, type StoredChange, StoreError } from '../store/store.ts';
import { createFollowers, type Followers } from './followers.ts';

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
    /** The store is another one, which knows these. */
    restore: (...changes: StoredChange[]): void => {
      log.splice(0, log.length, ...changes);
      compacted = 0;
    },
    pass: (ms: number): void => {
      nowMs += ms;
    },
  };
};

const filter = { resources: ['core/pods'] };
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Followers of pods from revision 1 that look when they are told of news; `seen`: of each, the revisions of each batch. */
const openMany = (followers: Followers, count: number, onBatch: (changes: readonly StoredChange[]) => void = () => undefined) => {
  const seen: number[][][] = Array.from({ length: count }, () => []);
  const many = seen.map((batches) => {
    const look = (): void => {
      for (let batch = follower.next(); batch && batch !== 'ended'; batch = follower.next()) {
        if (batch.changes.length === 0) continue;
        onBatch(batch.changes);
        batches.push(batch.changes.map((c) => c.revision));
      }
    };
    const follower = followers.open(filter, 1, look);
    look();
    return follower;
  });
  return {
    seen,
    close: (): void => {
      for (const follower of many) follower.close();
    },
  };
};

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

  it('gives each of many followers all there is when its turn comes, the same array for those at the same place', async () => {
    const turns: (() => void)[] = [];
    const { followers, commit, lags, rounds, pass } = setUp(() => new Promise((resolve) => turns.push(resolve)));
    await followers.notify(commit(change(1)));
    const arrays = new Set<readonly StoredChange[]>();
    const { seen, close } = openMany(followers, 240, (changes) => arrays.add(changes));
    await settled();
    expect(followers.waiting).toBe(240);
    // the first hundred have their turn at once
    await followers.notify(commit(change(2)));
    for (let revision = 3; revision <= 5; revision++) await followers.notify(commit(change(revision)));
    for (let turn = turns.shift(); turn; turn = turns.shift()) {
      pass(10);
      turn();
      await settled();
    }
    for (const batches of seen.slice(0, 100)) expect(batches).toEqual([[2], [3, 4, 5]]);
    for (const batches of seen.slice(100)) expect(batches).toEqual([[2, 3, 4, 5]]);
    expect(arrays.size).toBe(3);
    // two pauses in the first round, its rest, and one pause in the second
    expect(lags).toEqual([20, 40]);
    // the second is one of few
    expect(rounds).toEqual(['begins', 'ended']);
    close();
  });

  it('hands out nothing of a store that was replaced, though revisions come again', async () => {
    const { followers, commit, lift, restore } = setUp();
    const bodies: string[] = [];
    const follow = () => openMany(followers, 1, (changes) => bodies.push(...changes.map(({ body }) => body)));
    await followers.notify(commit(change(1)));
    const before = follow();
    await settled();
    await followers.notify(commit(change(2, 'core/pods', 'before')));
    before.close();
    lift(1_000);
    await followers.mend();
    restore(change(1));
    const after = follow();
    await settled();
    await followers.notify(commit(change(2, 'core/pods', 'after')));
    expect(bodies).toEqual(['before', 'after']);
    after.close();
  });

  it('keeps what a follower waits for when something that concerns nobody comes before its turn', async () => {
    const turns: (() => void)[] = [];
    const { followers, commit } = setUp(() => new Promise((resolve) => turns.push(resolve)));
    await followers.notify(commit(change(1)));
    const { seen, close } = openMany(followers, 120);
    await settled();
    expect(followers.waiting).toBe(120);
    await followers.notify(commit(change(2)));
    // the last twenty have not had their turn
    await followers.notify(commit(change(3, 'core/services')));
    for (let turn = turns.shift(); turn; turn = turns.shift()) {
      turn();
      await settled();
    }
    expect(seen).toEqual(seen.map(() => [[2]]));
    close();
    expect(followers.waiting).toBe(0);
  });
});
