import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type HranaServer, type HranaServerOptions, startHranaServer } from '#infra/hrana/server.ts';
import { changesSince, commit, configMaps, create, key, remove, update } from '../contract/fixture.ts';
import { testWorld } from '../contract/world.ts';
import { describeStore } from '../contract.ts';
import type { Store } from '../store.ts';
import { type HttpStoreOptions, openHttpStore } from './open.ts';

describeStore(
  'the HTTP store',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kedge-store-'));
    const server = await startHranaServer({ path: join(folder, 'kedge.db'), port: 0, authToken: 'secret' });
    const open = () => openHttpStore({ url: server.url, authToken: 'secret', retryPauseMs: 1, ...testWorld });
    let store: Store = await open();
    return {
      store,
      network: server,
      async reopen() {
        await store.close();
        store = await open();
        return store;
      },
      async close() {
        await store.close();
        await server.close();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
  { durable: true, network: true },
);

describe('openHttpStore', () => {
  const opened: (() => Promise<unknown> | void)[] = [];
  afterEach(async () => {
    for (const undo of opened.splice(0).reverse()) await undo();
  });

  async function start(options: Partial<HranaServerOptions> = {}): Promise<HranaServer> {
    const folder = mkdtempSync(join(tmpdir(), 'kedge-store-'));
    opened.push(() => rmSync(folder, { recursive: true, force: true }));
    const server = await startHranaServer({ path: join(folder, 'kedge.db'), port: 0, ...options });
    opened.push(() => server.close());
    return server;
  }

  async function open(server: HranaServer, options: Partial<HttpStoreOptions> = {}): Promise<Store> {
    const store = await openHttpStore({ url: server.url, retryPauseMs: 1, ...testWorld, ...options });
    opened.push(() => store.close());
    return store;
  }

  it('makes one POST of each call', async () => {
    const server = await start();
    const store = await open(server);
    const posts = async (call: () => Promise<unknown>) => {
      const before = server.pipelines;
      await call();
      return server.pipelines - before;
    };
    const writes = Array.from({ length: 100 }, (_, index) =>
      create(key(`n${index}`), { guards: { ownersGone: ['x'] }, owners: ['a', 'b'] }),
    );
    expect(await posts(() => store.write(writes))).toBe(1);
    expect(await posts(() => store.write([create(key('n0')), create(key('new'))]))).toBe(1);
    expect(await posts(() => store.write([...writes, create(key('101'))]))).toBe(2);
    expect(await posts(() => store.get(key('n0')))).toBe(1);
    expect(await posts(() => store.getMany(writes.map((write) => write.key)))).toBe(1);
    expect(await posts(() => store.list({ resource: configMaps, limit: 10 }))).toBe(1);
    expect(await posts(() => store.list({ resource: configMaps, limit: 10, atRevision: 50 }))).toBe(1);
    expect(await posts(() => store.changes({ after: 5 }))).toBe(1);
    expect(await posts(() => store.head())).toBe(1);
    expect(await posts(() => store.loopState())).toBe(1);
    expect(await posts(() => store.acquireEpoch())).toBe(1);
    expect(await posts(() => open(server))).toBe(1);
  });

  it('knows its own write after a lost reply, also when another has written over it since', async () => {
    const server = await start();
    const other = await open(server);
    let meanwhile: (() => Promise<unknown>) | undefined;
    const store = await open(server, {
      async fetch(...call: Parameters<typeof fetch>) {
        const response = await fetch(...call);
        if (!meanwhile) return response;
        const act = meanwhile;
        meanwhile = undefined;
        await act();
        throw new TypeError('the connection was reset');
      },
    });
    const a = await commit(other, create(key('a')));
    meanwhile = async () => commit(other, update((await other.get(key('a')))!, { body: '"theirs"' }));
    const mine = await commit(store, update(a, { body: '"mine"' }));
    expect(mine).toMatchObject({ revision: a.revision + 1, body: '"mine"' });
    expect(await store.get(key('a'))).toMatchObject({ revision: a.revision + 2, body: '"theirs"' });

    meanwhile = async () => commit(other, remove((await other.get(key('b')))!));
    const b = await commit(store, create(key('b')));
    expect(b.revision).toBe(a.revision + 3);
    expect(await store.get(key('b'))).toBeUndefined();
  });

  it('loses and doubles nothing while a third of the replies are lost', async () => {
    const server = await start({ dropRate: 0.33, seed: 7 });
    const store = await open(server);
    let counter = await commit(store, create(key('counter'), { body: '0' }));
    for (let step = 1; step <= 40; step++) counter = await commit(store, update(counter, { body: String(step) }));
    const changes = await changesSince(store, counter.revision - 41);
    expect(changes.map((change) => change.body)).toEqual(Array.from({ length: 41 }, (_, step) => String(step)));
    expect(server.pipelines).toBeGreaterThan(50);
  });

  it('gives up a call after its deadline', async () => {
    const server = await start();
    let hang = false;
    const store = await open(server, {
      deadlineMs: 20,
      fetch: (input: RequestInfo | URL, init?: RequestInit) =>
        hang
          ? new Promise<Response>((_, reject) => init!.signal!.addEventListener('abort', () => reject(init!.signal!.reason)))
          : // the deadline is for the calls that hang: a busy machine may take longer to open
            fetch(input, { ...init, signal: null }),
    });
    hang = true;
    await expect(store.get(key('a'))).rejects.toMatchObject({ name: 'StoreError', reason: 'unavailable' });
    await expect(store.write([create(key('a'))])).rejects.toMatchObject({ reason: 'unavailable' });
  });

  it.each([
    [403, 'BLOCKED', 'quota'],
    [401, 'AUTH_JWT_INVALID', 'unavailable'],
    [500, 'SQLITE_CORRUPT', 'corrupt'],
    [500, 'SQLITE_FULL', 'full'],
    [503, 'ON_PURPOSE', 'unavailable'],
  ])('tells HTTP %i %s as %s', async (status, code, reason) => {
    const server = await start();
    const store = await open(server);
    server.failNext(4, status, code);
    await expect(store.write([create(key('a'))])).rejects.toMatchObject({ name: 'StoreError', reason });
  });

  it('passes over a database that is busy for a moment', async () => {
    const server = await start();
    const store = await open(server);
    server.failNext(2, 500, 'SQLITE_BUSY');
    await commit(store, create(key('a')));
  });

  it('refuses a wrong token with one clear line', async () => {
    const server = await start({ authToken: 'right' });
    await expect(open(server, { authToken: 'wrong' })).rejects.toMatchObject({
      reason: 'unavailable',
      message: expect.stringContaining('token'),
    });
  });

  it('migrates once when several open an empty database at the same time', async () => {
    const server = await start();
    const stores = await Promise.all(Array.from({ length: 5 }, () => open(server)));
    const identities = await Promise.all(stores.map((store) => store.identity()));
    expect(new Set(identities.map((identity) => JSON.stringify(identity))).size).toBe(1);
  });
});
