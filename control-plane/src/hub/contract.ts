/**
 * What every Hub promises, run by each implementation over a real store: followers see every change once and in order, whatever happens to the
 * notifications; liveness counts only what was seen.
 */
import { afterEach, describe, expect, it } from 'vitest';
import type { Store, StoredChange } from '../store/store.ts';
import type { FollowBatch, Hub } from './hub.ts';

export interface OpenedHub {
  readonly hub: Hub;
  readonly store: Store;
  /** Reads what was never notified, as the cron tick does. */
  readonly mend: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Commits one object each and returns the changes as a writer would notify them. */
const commit = async (
  store: Store,
  names: readonly string[],
  resource = 'core/configmaps',
  namespace = 'default',
): Promise<StoredChange[]> => {
  const derived = { owners: [], claims: [], node: '', deleting: false, finalized: false };
  const outcomes = await store.write(
    names.map((name) => ({
      op: 'create' as const,
      key: { resource, namespace, name },
      uid: `uid-${resource}-${name}`,
      body: JSON.stringify({ metadata: { name, namespace, uid: `uid-${resource}-${name}` } }),
      derived,
    })),
  );
  return outcomes.map((outcome) => {
    if (outcome.status !== 'ok') throw new Error(outcome.status);
    return { ...outcome.object, type: 'ADDED' as const };
  });
};

const numbered = (count: number, prefix = 'c'): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

/** Pulls until `count` changes came. */
const take = async (batches: AsyncIterator<FollowBatch>, count: number): Promise<string[]> => {
  const names: string[] = [];
  while (names.length < count) {
    const { value, done } = await batches.next();
    if (done) throw new Error(`the stream ended after ${names.length} of ${count}`);
    for (const change of (value as FollowBatch).changes) names.push(change.name);
  }
  return names;
};

export const describeHub = (name: string, open: () => Promise<OpenedHub>): void => {
  describe(`${name} is a Hub`, () => {
    const opened: OpenedHub[] = [];
    const controllers: AbortController[] = [];
    const openOne = async (): Promise<OpenedHub> => {
      const one = await open();
      opened.push(one);
      return one;
    };
    const follow = ({ hub }: OpenedHub, after: number, resources = ['core/configmaps'], namespace?: string) => {
      const controller = new AbortController();
      controllers.push(controller);
      const filter = namespace === undefined ? { resources } : { resources, namespace };
      return { batches: hub.follow(filter, after, controller.signal)[Symbol.asyncIterator](), stop: () => controller.abort() };
    };
    afterEach(async () => {
      for (const controller of controllers.splice(0)) controller.abort();
      for (const one of opened.splice(0)) await one.close();
    });

    it('hands out what was before, then what comes, each change once', async () => {
      const one = await openOne();
      await one.hub.notify(await commit(one.store, ['a', 'b']));
      const { batches } = follow(one, 0);
      expect(await take(batches, 2)).toEqual(['a', 'b']);
      const next = take(batches, 3);
      for (const name of ['c', 'd', 'e']) await one.hub.notify(await commit(one.store, [name]));
      expect(await next).toEqual(['c', 'd', 'e']);
    });

    it('bears notifications out of order, repeated and lost', async () => {
      const one = await openOne();
      const { batches } = follow(one, 0);
      const all = take(batches, 9);
      const changes = await commit(one.store, numbered(9));
      await one.hub.notify([changes[0]!]);
      await one.hub.notify([changes[2]!]);
      await one.hub.notify([changes[1]!]);
      await one.hub.notify([changes[1]!, changes[2]!]);
      // 3 to 7 are lost
      await one.hub.notify([changes[8]!]);
      expect(await all).toEqual(numbered(9));
    });

    it('shows a follower what was overtaken by, or only to be told from, changes that are not its own', async () => {
      const one = await openOne();
      await one.hub.notify(await commit(one.store, ['a']));
      const { batches } = follow(one, 0);
      expect(await take(batches, 1)).toEqual(['a']);
      // both sides' first words
      await one.hub.notify(await commit(one.store, ['b']));
      expect(await take(batches, 1)).toEqual(['b']);
      const overtaken = await commit(one.store, ['overtaken']);
      await one.hub.notify(await commit(one.store, ['p'], 'core/pods'));
      await one.hub.notify(overtaken);
      expect(await take(batches, 1)).toEqual(['overtaken']);
      await commit(one.store, ['silent']);
      await one.hub.notify(await commit(one.store, ['q'], 'core/pods'));
      expect(await take(batches, 1)).toEqual(['silent']);
    });

    it('shows a follower what was committed without a notification before it came', async () => {
      const one = await openOne();
      await one.hub.notify(await commit(one.store, ['a']));
      await commit(one.store, ['silent']);
      expect(await take(follow(one, 0).batches, 2)).toEqual(['a', 'silent']);
    });

    it('brings a lost last change with the next tick', async () => {
      const one = await openOne();
      await one.hub.notify(await commit(one.store, ['a']));
      const { batches } = follow(one, 0);
      expect(await take(batches, 1)).toEqual(['a']);
      const next = take(batches, 1);
      await commit(one.store, ['silent']);
      await one.mend();
      expect(await next).toEqual(['silent']);
    });

    it('keeps to the filter and tells how far it has seen', async () => {
      const one = await openOne();
      const inOther = await commit(one.store, ['x'], 'core/configmaps', 'other');
      const pods = await commit(one.store, ['p'], 'core/pods');
      const mine = await commit(one.store, ['m']);
      const { batches } = follow(one, 0, ['core/configmaps'], 'default');
      const { value } = await batches.next();
      expect((value as FollowBatch).changes.map((change) => change.name)).toEqual(['m']);
      expect((value as FollowBatch).through).toBe(mine[0]!.revision);
      expect(inOther[0]!.revision).toBeLessThan(pods[0]!.revision);
    });

    it('ends without error when aborted, waiting or not', async () => {
      const one = await openOne();
      await one.hub.notify(await commit(one.store, ['a']));
      const { batches, stop } = follow(one, 0);
      await take(batches, 1);
      const waiting = batches.next();
      stop();
      expect((await waiting).done).toBe(true);
    });

    it('refuses a revision above the head', async () => {
      const one = await openOne();
      await expect(follow(one, 1_000).batches.next()).rejects.toMatchObject({ name: 'StoreError', reason: 'future' });
    });

    it('serves followers that start and stop while many writers notify in any order', async () => {
      const one = await openOne();
      const names = numbered(60);
      const early = take(follow(one, 0).batches, 60);
      const changes: StoredChange[] = [];
      for (const name of names) changes.push(...(await commit(one.store, [name])));
      // each writer notifies its own; every third is late, every fifth lost
      const late: StoredChange[] = [];
      const followers: Promise<string[]>[] = [];
      for (const [i, change] of changes.entries()) {
        if (i % 10 === 4) followers.push(take(follow(one, change.revision - 1).batches, 60 - i));
        if (i % 5 === 0) continue;
        if (i % 3 === 0) late.push(change);
        else await one.hub.notify([change]);
      }
      await Promise.all(late.reverse().map((change) => one.hub.notify([change])));
      await one.mend();
      expect(await early).toEqual(names);
      for (const [i, seen] of (await Promise.all(followers)).entries()) expect(seen).toEqual(names.slice(i * 10 + 4));
    });

    it('keeps the revisions of volatile kinds apart', async () => {
      const one = await openOne();
      await one.hub.notify(await commit(one.store, ['a', 'b', 'c']));
      const { revision } = await one.store.list({ resource: 'core/events' });
      const events = take(follow(one, revision, ['core/events']).batches, 2);
      await one.hub.notify(await commit(one.store, ['e1', 'e2'], 'core/events'));
      expect(await events).toEqual(['e1', 'e2']);
    });

    it('knows no node it has not heard, and is not connected to it', async () => {
      const { hub } = await openOne();
      expect((await hub.liveness()).nodes).toEqual([]);
      expect(await hub.openStream('n1', streamOpen)).toBe(false);
      await hub.heard('n1');
      const [node] = (await hub.liveness()).nodes;
      expect(node).toMatchObject({ node: 'n1', connected: false });
      expect(node!.lastHeardMs).toBeGreaterThanOrEqual((await hub.liveness()).observingSinceMs);
    });

    it('decides for a node by its own pods', async () => {
      const one = await openOne();
      const request = { verb: 'get', group: '', resource: 'secrets', subresource: '', namespace: 'default', name: 's', fieldSelector: '' };
      expect(await one.hub.authorizeNode('n1', request)).toEqual({
        allowed: false,
        reason: "no relationship found between node 'n1' and this object",
      });
    });
  });
};

const streamOpen = { session: 's', kind: 'exec', namespace: 'default', pod: 'p', podUid: 'u', container: 'c', params: {} } as const;
