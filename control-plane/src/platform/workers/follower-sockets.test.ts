/** A model of the hub with its followers: notifications in any order, lost, late, over wakes and readers that stand still. Nobody misses or repeats anything. */
import { expect, it } from 'vitest';
import fc from '#fast-check';
import type { StoredChange } from '../../store/store.ts';
import { createFollowerSockets } from './follower-sockets.ts';
import type { FollowMessage } from './rpc.ts';

const kinds = ['core/configmaps', 'core/pods', 'core/events'] as const;
const FULL = 64 * 1024 * 1024;

/** Reads as hub-stub.ts does: what continues is taken, for all else the store is asked. */
class Reader {
  readonly seen: number[] = [];
  readonly resource: string;
  bufferedAmount = 0;
  readyState = 1;
  pages = 0;
  #cursor = 0;
  readonly #log: readonly StoredChange[];

  constructor(resource: string, log: readonly StoredChange[]) {
    this.resource = resource;
    this.#log = log;
    this.page();
  }

  page(): void {
    this.pages++;
    this.#take(this.#log, this.#log.length);
  }

  send(text: string): void {
    const { after, through, changes } = JSON.parse(text) as FollowMessage;
    if (through <= this.#cursor) return;
    if (after > this.#cursor) this.page();
    else this.#take(changes, through);
  }

  /** What begins anew is another socket to the hub. */
  close(): void {
    this.readyState = 3;
    this.page();
  }

  deserializeAttachment(): unknown {
    return { kind: 'follow', resources: [this.resource] };
  }

  #take(changes: readonly StoredChange[], through: number): void {
    for (const { revision, resource } of changes) if (revision > this.#cursor && resource === this.resource) this.seen.push(revision);
    this.#cursor = through;
  }
}

const createWorld = () => {
  const log: StoredChange[] = [];
  const readers: Reader[] = [];
  const timers: (() => void)[] = [];
  const wake = () =>
    createFollowerSockets({
      sockets: () => readers.filter(({ readyState }) => readyState === 1) as unknown as WebSocket[],
      clock: { now: () => 0 },
      later: (_, run) => void timers.push(run),
    });
  let hub = wake();
  return {
    log,
    readers,
    get hub() {
      return hub;
    },
    commit: (resource: string): StoredChange => {
      const revision = log.length + 1;
      const change = { resource, namespace: 'default', name: `c${revision}`, uid: '', revision, body: '', type: 'ADDED' } as const;
      log.push(change as StoredChange);
      return change as StoredChange;
    },
    open: (resource: string): Reader => {
      const reader = new Reader(resource, log);
      readers.push(reader);
      return reader;
    },
    /** An object with a timer does not sleep. */
    sleep: () => {
      if (timers.length === 0) hub = wake();
    },
    later: (times = 1) => {
      for (let i = 0; i < times && timers.length > 0; i++) for (const run of timers.splice(0)) run();
    },
    missing: () =>
      readers.flatMap(({ resource, seen }) => {
        const wanted = log.filter((change) => change.resource === resource).map(({ revision }) => revision);
        return JSON.stringify(seen) === JSON.stringify(wanted) ? [] : [{ resource, seen, wanted }];
      }),
  };
};

it('hands on what was overtaken, at the cost of nobody’s page', () => {
  const { hub, commit, open, later, missing } = createWorld();
  const [maps, pods] = [open('core/configmaps'), open('core/pods')];
  hub.notify([commit('core/configmaps')]);
  const [overtaken, first] = [commit('core/configmaps'), commit('core/pods')];
  hub.notify([first]);
  hub.notify([overtaken]);
  expect(missing()).toEqual([]);
  later();
  expect([maps.pages, pods.pages, hub.through]).toEqual([1, 1, 3]);
});

it('tells those whom the next change does not concern of one that was lost', () => {
  const { hub, commit, open, later, missing } = createWorld();
  open('core/configmaps');
  open('core/pods');
  hub.notify([commit('core/configmaps')]);
  commit('core/configmaps');
  hub.notify([commit('core/pods')]);
  expect([missing().length, hub.through]).toEqual([2, 1]);
  later();
  expect([missing(), hub.through]).toEqual([[], 3]);
});

it('tells one that did not read as soon as it does, and closes one that never does', () => {
  const { hub, commit, open, later, missing } = createWorld();
  const [slow, dead] = [open('core/pods'), open('core/pods')];
  hub.notify([commit('core/pods')]);
  for (const reader of [slow, dead]) reader.bufferedAmount = FULL;
  hub.notify([commit('core/pods')]);
  expect(missing()).toHaveLength(2);
  slow.bufferedAmount = 0;
  later();
  expect([slow.seen, dead.seen]).toEqual([[1, 2], [1]]);
  later(100);
  expect([dead.readyState, missing()]).toEqual([3, []]);
});

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), kind: fc.constantFrom(...kinds.slice(0, 2)) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('notify' as const), pick: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const), pick: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('open' as const), kind: fc.constantFrom(...kinds) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('sleep' as const, 'later' as const, 'tick' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('fill' as const, 'drain' as const), pick: fc.nat(20) }) },
);

it('misses nothing, whatever becomes of the notifications, once one has come after them or cron has ticked', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, byCron) => {
      const world = createWorld();
      const { log, readers } = world;
      const waiting: StoredChange[] = [];
      const some = <T>(list: T[], pick: number): T[] => (list.length === 0 ? [] : list.splice(pick % list.length, 1));
      for (const one of steps) {
        if (one.do === 'write') waiting.push(world.commit(one.kind));
        else if (one.do === 'notify') for (const change of some(waiting, one.pick)) world.hub.notify([change]);
        else if (one.do === 'lose') some(waiting, one.pick);
        else if (one.do === 'open') world.open(one.kind);
        else if (one.do === 'sleep') world.sleep();
        else if (one.do === 'later') world.later();
        else if (one.do === 'tick') world.hub.head(log.length);
        else if (readers.length > 0) readers[one.pick % readers.length]!.bufferedAmount = one.do === 'fill' ? FULL : 0;
      }
      for (const reader of readers) reader.bufferedAmount = 0;
      if (byCron) world.hub.head(log.length);
      else world.hub.notify([world.commit('core/pods')]);
      world.later(3);
      expect(world.missing()).toEqual([]);
      expect(world.hub.through).toBe(log.length);
    }),
    { numRuns: 300 },
  );
});
