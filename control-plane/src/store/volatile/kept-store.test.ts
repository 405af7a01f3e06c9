import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import { commit, create, key, remove, update } from '../contract/fixture.ts';
import { testWorld } from '../contract/world.ts';
import { describeStore } from '../contract.ts';
import type { ObjectKey, Store, StoredObject } from '../store.ts';
import { createKeptStore, type Kept, type KeptRows, QUIET_MS, SAVE_MS } from './kept-store.ts';
import { type Entry, keyText } from './present.ts';

const identity = { clusterUid: 'cluster', incarnation: 'first' };

const newRows = () => {
  const entries = new Map<string, Entry>();
  let state: Omit<Kept, 'entries'> | undefined;
  const rows: KeptRows = {
    load: () => state && { ...state, entries: [...entries.values()] },
    save: ({ written, gone, ...rest }) => {
      for (const entry of written) entries.set(keyText(entry), entry);
      for (const at of gone) entries.delete(keyText(at));
      state = rest;
      saved.push(written.length + gone.length + 1);
    },
  };
  /** Rows of each save. */
  const saved: number[] = [];
  return { rows, saved };
};

/** A process that may end at any moment, with a clock and one timer. */
const newProcess = (rows: KeptRows, time: { now: number }) => {
  let timer: { atMs: number; run: () => void } | undefined;
  const store = createKeptStore({
    ...{ identity, ...testWorld, rows, clock: { now: () => time.now } },
    later: (ms, run) => {
      timer = { atMs: time.now + ms, run };
    },
  });
  return {
    store,
    pass: (ms: number) => {
      const end = time.now + ms;
      while (timer && timer.atMs <= end) {
        const { atMs, run } = timer;
        timer = undefined;
        time.now = atMs;
        run();
      }
      time.now = end;
    },
    get waits() {
      return timer !== undefined;
    },
  };
};

const resource = 'coordination.k8s.io/leases';
const leaseKey = (name: string): ObjectKey => key(name, 'default', resource);
const body = (holder: string, renewed: number) =>
  JSON.stringify({ metadata: { name: 'l', managedFields: [{ time: renewed }] }, spec: { holderIdentity: holder, renewTime: renewed } });
const revisionOf = async (store: Store) => (await store.head()).revision;

describeStore(
  'the kept store',
  async () => {
    const { store } = newProcess(newRows().rows, { now: testWorld.clock.now() });
    return { store, close: () => store.close() };
  },
  { durable: false, network: false },
);

describe('createKeptStore', () => {
  it('writes renewals rarely while they come, and all of them once they pause', async () => {
    const { rows, saved } = newRows();
    const process = newProcess(rows, { now: 1_000_000 });
    let lease = await commit(process.store, create(leaseKey('l'), { body: body('a', 0) }));
    saved.length = 0;
    for (let i = 1; i <= 300; i++) {
      process.pass(2_000);
      lease = await commit(process.store, update(lease, { body: body('a', i) }));
    }
    expect(saved.length).toBeLessThanOrEqual(1 + 600_000 / SAVE_MS);
    expect(saved.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(22);
    process.pass(2 * QUIET_MS);
    expect(process.waits).toBe(false);
    const again = newProcess(rows, { now: 9_000_000 }).store;
    expect(await again.get(leaseKey('l'))).toEqual(lease);
    expect(await revisionOf(again)).toBe(lease.revision);
  });

  it('writes another holder before it answers, and goes on above every revision after a crash', async () => {
    const { rows } = newRows();
    const time = { now: 1_000_000 };
    const { store } = newProcess(rows, time);
    const first = await commit(store, create(leaseKey('l'), { body: body('a', 0) }));
    const renewed = await commit(store, update(first, { body: body('a', 1) }));
    const taken = await commit(store, update(renewed, { body: body('b', 2) }));
    const lost = await commit(store, update(taken, { body: body('b', 3) }));
    // the clock of the machine it comes back on is behind
    time.now = 500_000;
    const { store: after } = newProcess(rows, time);
    const found = (await after.get(leaseKey('l'))) as StoredObject;
    expect(found).toEqual(taken);
    expect(await after.write([update(lost, { body: body('b', 4) })])).toMatchObject([{ status: 'conflict', current: taken }]);
    await expect(after.changes({ after: lost.revision })).rejects.toMatchObject({ reason: 'compacted' });
    expect((await commit(after, update(found, { body: body('b', 5) }))).revision).toBeGreaterThan(lost.revision);
  });

  it('over crashes at any moment: revisions rise, holders and deletions stay', async () => {
    const step = fc.constantFrom('renew', 'take', 'delete', 'wait', 'sleep', 'crash');
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { rows } = newRows();
        const time = { now: 1_000_000 };
        let process = newProcess(rows, time);
        let highest = 0;
        let holder: string | undefined;
        for (const [i, what] of steps.entries()) {
          const current = await process.store.get(leaseKey('l'));
          expect(current && JSON.parse(current.body).spec.holderIdentity).toBe(holder);
          if (what === 'wait') process.pass(1_000);
          else if (what === 'sleep' || what === 'crash') {
            if (what === 'sleep') process.pass(10 * QUIET_MS);
            const before = await revisionOf(process.store);
            process = newProcess(rows, time);
            if (what === 'sleep') expect(await revisionOf(process.store)).toBe(before);
          } else if (what === 'delete') {
            if (current) highest = (await commit(process.store, remove(current))).revision;
            holder = undefined;
          } else {
            if (what === 'take' || !current) holder = `h${i}`;
            const next = { body: body(holder!, i) };
            const { revision } = await commit(process.store, current ? update(current, next) : create(leaseKey('l'), next));
            expect(revision).toBeGreaterThan(highest);
            highest = revision;
          }
        }
      }),
    );
  });
});
