import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@libsql/client/web';
import { BatchCond, openHttp } from '@libsql/hrana-client';
import { afterEach, describe, expect, it } from 'vitest';
import { type HranaServer, type HranaServerOptions, startHranaServer } from './server.ts';

const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

async function start(options: Partial<HranaServerOptions> = {}): Promise<HranaServer> {
  const folder = mkdtempSync(join(tmpdir(), 'kedge-hrana-'));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  const server = await startHranaServer({ path: join(folder, 'x.db'), port: 0, ...options });
  undo.push(() => server.close());
  return server;
}

async function pipeline(server: HranaServer, requests: unknown[], baton: string | null = null) {
  const response = await fetch(`${server.url}/v2/pipeline`, { method: 'POST', body: JSON.stringify({ baton, requests }) });
  return { status: response.status, body: (await response.json()) as { baton: string | null; results: any[]; code?: string } };
}

const execute = (sql: string) => ({ type: 'execute', stmt: { sql } });
const close = { type: 'close' };

describe('startHranaServer', () => {
  it('speaks to the client: batches, transactions, every type of value', async () => {
    const server = await start({ authToken: 'secret' });
    const client = createClient({ url: server.url, authToken: 'secret' });
    undo.push(() => client.close());
    await client.batch(['CREATE TABLE t (a, b)', { sql: 'INSERT INTO t VALUES (:a, @b)', args: { a: 1, b: 'é' } }], 'write');
    await client.execute({ sql: 'INSERT INTO t VALUES (?, ?), (?, ?)', args: [null, 1.5, new Uint8Array([0, 255]).buffer, 2n ** 40n] });
    const { rows, columns } = await client.execute('SELECT a, b FROM t');
    expect(columns).toEqual(['a', 'b']);
    expect(rows.map((row) => [row[0] instanceof Object ? [...new Uint8Array(row[0] as ArrayBuffer)] : row[0], row[1]])).toEqual([
      [1, 'é'],
      [null, 1.5],
      [[0, 255], 2 ** 40],
    ]);
    const transaction = await client.transaction('write');
    await transaction.execute('DELETE FROM t');
    await transaction.rollback();
    expect((await client.execute('SELECT count(*) AS n FROM t')).rows[0]?.n).toBe(3);
    await expect(client.batch(['DELETE FROM t', 'INSERT INTO nope VALUES (1)'], 'write')).rejects.toMatchObject({ code: 'SQLITE_ERROR' });
    expect((await client.execute('SELECT count(*) AS n FROM t')).rows[0]?.n).toBe(3);
    await client.executeMultiple('CREATE TABLE u (a); INSERT INTO u VALUES (1);');
    expect((await client.execute('SELECT a FROM u')).rows).toHaveLength(1);
  });

  it('speaks Protocol Buffers to the client that chooses them', async () => {
    const server = await start({ authToken: 'secret' });
    const client = openHttp(server.url, 'secret', undefined, undefined, 3);
    undo.push(() => client.close());
    expect(await client.getVersion()).toBe(3);
    const stream = client.openStream();
    await stream.sequence('CREATE TABLE t (a, b); CREATE TABLE u (a);');
    const insert = stream.storeSql('INSERT INTO t VALUES (?, ?) RETURNING a');
    const values = [null, 'é"\\\n', 1.5, 2n ** 40n, -3n, new Uint8Array([0, 255])];
    for (const value of values) await stream.run([insert, [value, 7n]]);
    insert.close();
    await stream.run(['INSERT INTO t (a) VALUES (:x)', { x: 'named' }]);
    const { rows, columnNames } = await stream.query('SELECT a, b FROM t');
    expect(columnNames).toEqual(['a', 'b']);
    expect(rows.map((row) => (row.a instanceof ArrayBuffer ? [...new Uint8Array(row.a)] : row.a))).toEqual([
      null,
      'é"\\\n',
      1.5,
      2 ** 40,
      -3,
      [0, 255],
      'named',
    ]);
    const batch = stream.batch(false);
    const bad = batch.step();
    const answers = [
      bad.run('SELECT nope').catch((error: Error) => error.message),
      batch
        .step()
        .condition(BatchCond.and(batch, [BatchCond.error(bad), BatchCond.isAutocommit(batch)]))
        .queryValue('SELECT 2'),
      batch
        .step()
        .condition(BatchCond.or(batch, [BatchCond.ok(bad), BatchCond.not(BatchCond.error(bad))]))
        .queryValue('SELECT 3'),
    ];
    await batch.execute();
    expect(await Promise.all(answers)).toEqual([expect.stringContaining('nope'), expect.objectContaining({ value: 2 }), undefined]);
    expect(await stream.getAutocommit()).toBe(true);
    expect((await stream.describe('SELECT a FROM t WHERE a = :x')).paramNames).toEqual([':x']);
    stream.close();
  });

  it('runs batch steps by their conditions', async () => {
    const server = await start();
    const ok = (step: number) => ({ type: 'ok', step });
    const steps = [
      { stmt: { sql: 'SELECT 1' } },
      { stmt: { sql: 'SELECT nope' } },
      { stmt: { sql: 'SELECT 2' }, condition: ok(1) },
      { stmt: { sql: 'SELECT 3' }, condition: { type: 'error', step: 1 } },
      { stmt: { sql: 'SELECT 4' }, condition: { type: 'and', conds: [ok(0), { type: 'not', cond: ok(2) }] } },
      { stmt: { sql: 'SELECT 5' }, condition: { type: 'or', conds: [ok(1), ok(2)] } },
    ];
    const { body } = await pipeline(server, [{ type: 'batch', batch: { steps } }, close]);
    const { step_results: results, step_errors: errors } = body.results[0].response.result;
    expect(results.map((result: unknown) => result !== null)).toEqual([true, false, false, true, true, false]);
    expect(errors.map((error: { code: string } | null) => error?.code ?? null)).toEqual([null, 'SQLITE_ERROR', null, null, null, null]);
  });

  it('keeps a stream under its baton, once, and rolls it back when nobody comes', async () => {
    const waiting = new Set<() => void>();
    const server = await start({
      streamExpiryMs: 1_500,
      after: (ms, work) => {
        expect(ms).toBe(1_500);
        waiting.add(work);
        return () => void waiting.delete(work);
      },
    });
    const first = await pipeline(server, [execute('CREATE TABLE t (a)'), execute('BEGIN IMMEDIATE'), execute('INSERT INTO t VALUES (1)')]);
    const second = await pipeline(
      server,
      [{ type: 'store_sql', sql_id: 1, sql: 'SELECT a FROM t' }, { type: 'get_autocommit' }],
      first.body.baton,
    );
    expect(second.body.results[1].response.is_autocommit).toBe(false);
    expect(await pipeline(server, [close], first.body.baton)).toMatchObject({ status: 400, body: { code: 'STREAM_EXPIRED' } });
    const third = await pipeline(
      server,
      [
        { type: 'execute', stmt: { sql_id: 1 } },
        { type: 'close_sql', sql_id: 1 },
      ],
      second.body.baton,
    );
    expect(third.body.results[0].response.result.rows).toHaveLength(1);
    // each pipeline ends the wait of the one before
    expect(waiting.size).toBe(1);
    for (const expire of waiting) expire();
    expect((await pipeline(server, [execute('BEGIN IMMEDIATE'), close])).body.results[0].type).toBe('ok');
    expect(await pipeline(server, [close], third.body.baton)).toMatchObject({ status: 400 });
    const { body } = await pipeline(server, [execute('SELECT a FROM t'), { type: 'describe', sql: 'SELECT a FROM t WHERE a = :x' }, close]);
    expect(body.results[0].response.result.rows).toEqual([]);
    expect(body.results[1].response.result).toMatchObject({ params: [{ name: ':x' }], cols: [{ name: 'a' }], is_readonly: true });
  });

  it('keeps statements, also after one that failed or a table that changed', async () => {
    const server = await start();
    const select = execute('SELECT * FROM t');
    const insert = execute('INSERT INTO t (a) VALUES (1) RETURNING a');
    await pipeline(server, [execute('CREATE TABLE t (a UNIQUE)'), select, close]);
    for (const ends of ['ok', 'error', 'error']) {
      const { body } = await pipeline(server, [execute('BEGIN IMMEDIATE'), insert, execute('COMMIT'), select, close]);
      expect(body.results.map((result) => result.type)).toEqual(['ok', ends, 'ok', 'ok', 'ok']);
    }
    const { body } = await pipeline(server, [execute('ALTER TABLE t ADD COLUMN b DEFAULT 2'), select, close]);
    const { cols, rows } = body.results[1].response.result;
    expect(cols.map((col: { name: string }) => col.name)).toEqual(['a', 'b']);
    expect(rows).toEqual([['1', '2'].map((value) => ({ type: 'integer', value }))]);
  });

  it('goes on after a request that failed', async () => {
    const server = await start();
    const { body } = await pipeline(server, [
      execute('SELECT nope'),
      { type: 'dance' },
      { type: 'execute', stmt: { sql_id: 9 } },
      execute('SELECT 1'),
      close,
    ]);
    expect(body.results.map((result) => result.error?.code ?? result.type)).toEqual([
      'SQLITE_ERROR',
      'UNKNOWN_REQUEST',
      'SQL_NOT_FOUND',
      'ok',
      'ok',
    ]);
  });

  it('bounds rows and replies', async () => {
    const server = await start();
    const big = (bytes: number) => execute(`SELECT printf('%.*c', ${bytes}, 'x')`);
    const { body } = await pipeline(server, [big(5_100_000), big(4_900_000), big(4_900_000), big(4_900_000), close]);
    expect(body.results.map((result) => result.error?.code ?? result.type)).toEqual([
      'SQLITE_TOOBIG',
      'ok',
      'ok',
      'RESPONSE_TOO_LARGE',
      'RESPONSE_TOO_LARGE',
    ]);
  });

  it('loses the replies it is told to lose, after the commit, and none of reads', async () => {
    const server = await start();
    await pipeline(server, [execute('CREATE TABLE t (a)'), close]);
    server.dropNext(1);
    expect((await pipeline(server, [execute('SELECT 1'), close])).status).toBe(200);
    expect(
      (
        await pipeline(server, [
          execute('BEGIN IMMEDIATE'),
          execute('INSERT INTO t VALUES (0)'),
          execute('ROLLBACK'),
          execute('nope'),
          close,
        ])
      ).status,
    ).toBe(200);
    await expect(pipeline(server, [execute('INSERT INTO t VALUES (1)'), close])).rejects.toThrow();
    server.loseNext(1);
    await expect(pipeline(server, [execute('INSERT INTO t VALUES (2)'), close])).rejects.toThrow();
    const { body } = await pipeline(server, [execute('SELECT a FROM t'), close]);
    expect(body.results[0].response.result.rows).toEqual([[{ type: 'integer', value: '1' }]]);
  });

  it('refuses a wrong token, another path and a body that is none', async () => {
    const server = await start({ authToken: 'right' });
    const post = (path: string, body: string, token = 'right') =>
      fetch(`${server.url}${path}`, { method: 'POST', body, headers: { authorization: `Bearer ${token}` } }).then(
        (response) => response.status,
      );
    expect(await post('/v2/pipeline', '{"requests":[]}', 'wrong')).toBe(401);
    expect(await post('/v1/execute', '{}')).toBe(404);
    expect(await post('/v2/pipeline', 'not json')).toBe(400);
    expect(await post('/v2/pipeline', '{}')).toBe(400);
    expect(await post('/v3-protobuf/pipeline', 'not a message')).toBe(400);
    expect(await post('/v2/pipeline', '{"requests":[]}')).toBe(200);
  });
});
