import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { type HranaServer, startHranaServer } from '#infra/hrana/server.ts';
import { changesSince, commit, configMaps, create, key, ok, remove, statuses, update } from '../contract/fixture.ts';
import { testWorld } from '../contract/world.ts';
import type { Store, Write } from '../store.ts';
import { type HttpStoreOptions, openHttpStore } from './open.ts';

const opened: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const undo of opened.splice(0).reverse()) await undo();
});

async function start(options: Partial<HttpStoreOptions> = {}): Promise<{ server: HranaServer; store: Store }> {
  const folder = mkdtempSync(join(tmpdir(), 'kedge-store-'));
  opened.push(() => rmSync(folder, { recursive: true, force: true }));
  const server = await startHranaServer({ path: join(folder, 'kedge.db'), port: 0 });
  opened.push(() => server.close());
  const store = await openHttpStore({ url: server.url, retryPauseMs: 1, ...testWorld, joinCommits: setImmediate, ...options });
  opened.push(() => store.close());
  return { server, store };
}

/** One caller each. */
const together = async (store: Store, writes: readonly Write[]) =>
  statuses((await Promise.all(writes.map((one) => store.write([one])))).flat());

it('sends what several callers write in one POST, and gives each its own outcome', async () => {
  const { server, store } = await start();
  const a = await commit(store, create(key('a')));
  const before = server.pipelines;
  const writes = [
    update(a),
    create(key('a')),
    update(a),
    create(key('b'), { guards: { ownerUid: 'nobody' } }),
    create(key('c'), { claims: [{ scope: 'port', value: '1' }] }),
    create(key('d'), { claims: [{ scope: 'port', value: '1' }] }),
    remove(a, { anyRevision: true }),
  ];
  const outcomes = await together(store, writes);
  expect(outcomes).toEqual(['ok', 'alreadyExists', 'conflict', 'guard', 'ok', 'claimed', 'ok']);
  expect(server.pipelines - before).toBe(1);
  const changes = await changesSince(store, a.revision);
  expect(changes.map(({ name, revision }) => [name, revision - a.revision])).toEqual([
    ['a', 1],
    ['c', 2],
    ['a', 3],
  ]);
});

it('keeps a write the database refuses from harming those it came with', async () => {
  const { store } = await start();
  const writes = ['a', 'b', 'poison', 'c'].map((name) => create(key(name), name === 'poison' ? { uid: '' } : {}));
  expect(await together(store, writes)).toEqual(['ok', 'ok', 'rejected', 'ok']);
});

it('sends what comes while a POST is under way in the next one', async () => {
  let pass: (() => void) | undefined;
  let hold = false;
  const { server, store } = await start({
    async fetch(...call: Parameters<typeof fetch>) {
      if (hold) await new Promise<void>((resolve) => (pass = resolve));
      return fetch(...call);
    },
  });
  hold = true;
  const first = store.write([create(key('first'))]);
  while (!pass) await new Promise(setImmediate);
  hold = false;
  const before = server.pipelines;
  const others = ['x', 'y', 'z'].map((name) => store.write([create(key(name))]));
  pass();
  const revisions = (await Promise.all([first, ...others])).map(([outcome]) => ok(outcome).revision);
  expect(revisions).toEqual(revisions.map((_, index) => revisions[0]! + index));
  expect(server.pipelines - before).toBe(2);
});

it('writes nothing of a POST that fails, and tells each caller', async () => {
  const { server, store } = await start();
  const { revision } = await store.head();
  server.failNext(1, 403, 'BLOCKED');
  const results = await Promise.allSettled(['a', 'b', 'c'].map((name) => store.write([create(key(name))])));
  expect(results).toMatchObject(Array.from({ length: 3 }, () => ({ status: 'rejected', reason: { name: 'StoreError', reason: 'quota' } })));
  expect((await store.head()).revision).toBe(revision);
  expect(await together(store, [create(key('a')), create(key('b'))])).toEqual(['ok', 'ok']);
});

it.each(['dropNext', 'loseNext'] as const)('keeps the outcomes of all callers apart after %s', async (loss) => {
  const { server, store } = await start();
  const a = await commit(store, create(key('a')));
  server[loss](2);
  const writes = [create(key('a')), create(key('b')), update(a), update(a), create(key('c'), { guards: { ownerUid: 'nobody' } })];
  expect(await together(store, writes)).toEqual(['alreadyExists', 'ok', 'ok', 'conflict', 'guard']);
  expect((await store.head()).revision).toBe(a.revision + 2);
});

it('reads what several callers ask for in one POST', async () => {
  const { server, store } = await start({ joinReads: setImmediate });
  const a = await commit(store, create(key('a')));
  const b = await commit(store, create(key('b')));
  const before = server.pipelines;
  const wanted = { keys: [key('gone'), key('b')], lists: [{ resource: configMaps, namespace: 'default' }] };
  const read = await Promise.all([store.get(key('a')), store.getMany([key('b'), key('a')]), store.gather(wanted), store.get(key('gone'))]);
  expect(read).toEqual([a, [b, a], { objects: [undefined, b], lists: [[a, b]] }, undefined]);
  expect(server.pipelines - before).toBe(1);
  server.failNext(1, 403, 'BLOCKED');
  const refused = await Promise.allSettled([store.get(key('a')), store.get(key('b'))]);
  expect(refused).toMatchObject([{ reason: { reason: 'quota' } }, { reason: { reason: 'quota' } }]);
});
