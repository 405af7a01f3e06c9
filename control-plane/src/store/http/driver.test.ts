import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import fc from '#fast-check';
import { type HranaServer, type HranaServerOptions, startHranaServer } from '#infra/hrana/server.ts';
import type { Driver, SqlValue } from '../driver.ts';
import { httpDriver } from './driver.ts';

const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

async function start(options: Partial<HranaServerOptions> = {}): Promise<HranaServer> {
  const folder = mkdtempSync(join(tmpdir(), 'kedge-driver-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const server = await startHranaServer({ path: join(folder, 'x.db'), port: 0, authToken: 'secret', ...options });
  undo.push(() => server.close());
  return server;
}

function connect(server: HranaServer): { driver: Driver; posts: string[] } {
  const posts: string[] = [];
  const driver = httpDriver({
    url: server.url,
    authToken: 'secret',
    fetch: (input: RequestInfo | URL, init?: RequestInit) => {
      posts.push(new URL(input instanceof Request ? input.url : input).pathname);
      return fetch(input, init);
    },
  });
  undo.push(() => driver.close());
  return { driver, posts };
}

const servers = [
  ['a server of both forms', {}],
  ['a server of JSON', { protobuf: false }],
] as const;

describe.each(servers)('the HTTP driver before %s', (_name, options) => {
  const value = fc.oneof(
    // SQLite's texts end at a NUL, which JSON never holds.
    fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
    fc.string({ unit: fc.constantFrom('\u0001', '\u001f', '"', '\\', '\ufeff', '\ufffd', '\u2028', 'é', '\u{1f600}', 'a') }),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((double) => !Object.is(double, -0)),
    fc.constant(null),
  );

  it('brings back every kind of value as it was stored (property)', async () => {
    const { driver } = connect(await start(options));
    await driver.batch([{ sql: 'CREATE TABLE t (place INTEGER, a)', args: [] }], 'write');
    await fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 40 }), async (values) => {
        const inserts = values.map((each, place) => ({ sql: 'INSERT INTO t VALUES (?1, ?2)', args: [place, each] }));
        const results = await driver.batch(
          [{ sql: 'DELETE FROM t', args: [] }, ...inserts, { sql: 'SELECT a FROM t ORDER BY place', args: [] }],
          'write',
        );
        expect(results.at(-1)!.map((row) => row.a)).toEqual(values);
        const whole = Math.trunc;
        const integers = values.filter((each): each is number => typeof each === 'number' && Number.isSafeInteger(whole(each)));
        const read = await driver.batch(
          [{ sql: 'SELECT CAST(value AS INTEGER) AS n FROM json_each(?1)', args: [JSON.stringify(integers)] }],
          'read',
        );
        expect(read[0]!.map((row) => row.n)).toEqual(integers.map((each) => whole(each) + 0));
      }),
      { numRuns: 10 },
    );
  });

  it('commits all of a batch or nothing, and says why', async () => {
    const { driver } = connect(await start(options));
    const run = (...batch: (readonly [sql: string, ...args: SqlValue[]])[]) =>
      driver.batch(
        batch.map(([sql, ...args]) => ({ sql, args })),
        'write',
      );
    await run(['CREATE TABLE t (a UNIQUE)'], ['INSERT INTO t VALUES (?1)', 1]);
    const insert = 'INSERT INTO t VALUES (?1)';
    await expect(run([insert, 2], [insert, 3], [insert, 1], [insert, 4])).rejects.toMatchObject({
      name: 'DriverError',
      kind: 'refused',
      message: expect.stringContaining('UNIQUE'),
    });
    const count = { sql: 'SELECT count(*) AS n FROM t', args: [] };
    expect(await driver.batch([count, count], 'read')).toEqual([[{ n: 1 }], [{ n: 1 }]]);
    await expect(driver.batch([{ sql: 'SELECT nope', args: [] }], 'read')).rejects.toMatchObject({ kind: 'refused' });
    expect(await driver.batch([count], 'read')).toEqual([[{ n: 1 }]]);
  });

  it('says so after it was closed', async () => {
    const { driver } = connect(await start(options));
    driver.close();
    await expect(driver.batch([{ sql: 'SELECT 1', args: [] }], 'read')).rejects.toMatchObject({ kind: 'lost' });
  });
});

describe('the HTTP driver', () => {
  const select = { sql: 'SELECT ?1 AS a', args: ['x'] };

  it('asks a server of JSON once whether it knows more', async () => {
    const { driver, posts } = connect(await start({ protobuf: false }));
    for (let i = 0; i < 3; i++) expect(await driver.batch([select], 'read')).toEqual([[{ a: 'x' }]]);
    expect(posts).toEqual(['/v3-protobuf/pipeline', '/v2/pipeline', '/v2/pipeline', '/v2/pipeline']);
  });

  it.each([405, 415])('goes on in JSON after a refusal with %i', async (status) => {
    const server = await start();
    const { driver, posts } = connect(server);
    server.failNext(1, status);
    for (let i = 0; i < 2; i++) expect(await driver.batch([select], 'read')).toEqual([[{ a: 'x' }]]);
    expect(posts).toEqual(['/v3-protobuf/pipeline', '/v2/pipeline', '/v2/pipeline']);
  });

  it('does not take a database that is missing for a while for a server of JSON', async () => {
    const server = await start();
    const { driver, posts } = connect(server);
    server.failNext(2, 404, 'NOT_FOUND');
    await expect(driver.batch([select], 'read')).rejects.toMatchObject({ kind: 'lost' });
    await driver.batch([select], 'read');
    expect(posts).toEqual(['/v3-protobuf/pipeline', '/v2/pipeline', '/v3-protobuf/pipeline']);
  });

  it('keeps replies apart that come at the same time, small and large', async () => {
    const { driver } = connect(await start());
    const sizes = [10, 1_500_000, 70_000, 1, 200_000, 4_500_000, 2, 300_000];
    for (let round = 0; round < 2; round++) {
      const replies = await Promise.all(
        sizes.map((size, index) => driver.batch([{ sql: "SELECT printf('%.*c', ?1, ?2) AS a", args: [size, String(index)] }], 'read')),
      );
      for (const [index, [rows]] of replies.entries()) expect(rows![0]!.a === String(index).repeat(sizes[index]!)).toBe(true);
    }
  });

  it('sends a text that repeats once', async () => {
    const server = await start();
    let bytes = 0;
    const driver = httpDriver({
      url: server.url,
      authToken: 'secret',
      fetch: (input: RequestInfo | URL, init?: RequestInit) => {
        bytes = (init!.body as Uint8Array).length;
        return fetch(input, init);
      },
    });
    undo.push(() => driver.close());
    const long = { sql: `SELECT ?1 AS a /* ${'-'.repeat(1_000)} */`, args: ['x'] };
    const results = await driver.batch(
      Array.from({ length: 50 }, () => long),
      'read',
    );
    expect(results).toEqual(Array.from({ length: 50 }, () => [{ a: 'x' }]));
    expect(bytes).toBeLessThan(4_000);
  });
});
