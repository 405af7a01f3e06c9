/** A database that was copied back by hand is told from one that goes on, by what agents show of their past. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { resources } from '#schema/resources.ts';
import type { TagKeys } from '../auth/tokens.ts';
import { createInformerCache } from '../controller-runtime/informer-cache.ts';
import { openFileStore } from '../store/file/open.ts';
import { createHistory } from './history.ts';

const clock = { now: () => Date.parse('2026-01-01T00:00:00Z') };
const random = {
  bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
  uuid: () => crypto.randomUUID(),
  float: () => 0.5,
};
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** One life of the database: every life of a test begins with the same incarnation, as copies of a file do. */
const life = async (incarnation = 'one', keys: TagKeys = { tokenHmacKey: btoa('h'.repeat(32)) }) => {
  const dir = await mkdtemp(join(tmpdir(), 'kedge-history-'));
  ends.push(() => rm(dir, { recursive: true }));
  const ids = [incarnation];
  const uuid = () => ids.shift() ?? crypto.randomUUID();
  const store = await openFileStore({ path: join(dir, 'k.db'), clusterUid: 'c1', clock, random: { ...random, uuid } });
  ends.push(() => store.close());
  const cache = createInformerCache({ store, sealer: undefined, resources, clock });
  await cache.load();
  const history = createHistory({ store, cache, clusterUid: 'c1', keys, log });
  const write = async (...names: string[]): Promise<void> => {
    for (const name of names) {
      await store.write([
        {
          op: 'create',
          key: { resource: 'core/configmaps', namespace: 'default', name },
          uid: `uid-${name}`,
          body: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', uid: `uid-${name}` } }),
          derived: { owners: [], claims: [], node: '', deleting: false, finalized: false },
        },
      ]);
    }
    await cache.catchUp();
  };
  return { store, cache, history, write, mark: () => history.mark(cache.snapshot.revision) };
};

it('knows its own past, however far it has gone on', async () => {
  const { history, write, mark, cache } = await life();
  const atStart = await mark();
  await write('a', 'b');
  const shown = await mark();
  await write('c');
  expect([await history.agrees(atStart), await history.agrees(shown), await history.agrees(undefined)]).toEqual([true, true, true]);
  expect(cache.incarnation).toBe('one');
});

it('begins a new incarnation above what was shown, once, when it has not come that far', async () => {
  const lost = await life();
  await lost.write('a', 'b', 'c');
  const [shown, revision] = [await lost.mark(), lost.cache.snapshot.revision];
  const { history, cache, store, write } = await life();
  await write('a');
  const answers = await Promise.all([history.agrees(shown), history.agrees(shown)]);
  expect(answers).toContain(false);
  expect(cache.incarnation).not.toBe('one');
  const head = await store.head();
  expect(head).toMatchObject({ revision: revision + 1_000_000, compacted: revision + 1_000_000, incarnation: cache.incarnation });
  // another agent with the same past, later
  expect([await history.agrees(shown), (await store.head()).incarnation]).toEqual([true, cache.incarnation]);
});

it('begins one as well when it has passed that revision with other changes', async () => {
  const lost = await life();
  await lost.write('a', 'b', 'c');
  const shown = await lost.mark();
  const { history, cache, write } = await life();
  await write('a', 'x', 'y', 'z', 'zz');
  expect(await history.agrees(shown)).toBe(false);
  expect(cache.incarnation).not.toBe('one');
});

it('knows what was shown under an earlier key', async () => {
  const lost = await life();
  await lost.write('a', 'b');
  const [shown, next] = [await lost.mark(), btoa('n'.repeat(32))];
  const knowing = await life('one', { tokenHmacKey: next, tokenVerifyingKeys: [{ key: btoa('h'.repeat(32)) }] });
  expect(await knowing.history.agrees(shown)).toBe(false);
  // without that key the mark is as a forged one
  expect(await (await life('one', { tokenHmacKey: next })).history.agrees(shown)).toBe(true);
});

it('believes nobody who cannot show what it signed', async () => {
  const stranger = await life('one', { tokenHmacKey: btoa('s'.repeat(32)) });
  await stranger.write('a', 'b', 'c');
  const shown = await stranger.mark();
  const { history, cache, mark } = await life();
  const payload = (text: string) => `${btoa(text).replace(/=+$/, '')}.${shown.split('.')[1]}`;
  const own = await mark();
  const tries = [shown, '', 'x', '.', payload('["one",999]'), `${own}x`, 'y'.repeat(5_000)];
  for (const text of tries) expect([text, await history.agrees(text)]).toEqual([text, true]);
  expect(cache.incarnation).toBe('one');
});

it('says nothing about what compaction took', async () => {
  const lost = await life();
  await lost.write('a', 'b');
  const shown = await lost.mark();
  const { history, cache, store, write } = await life();
  await write('x', 'y', 'z', 'zz');
  await store.compact((await store.head()).revision);
  expect([await history.agrees(shown), cache.incarnation]).toEqual([true, 'one']);
});
