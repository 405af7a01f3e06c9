/** What requests and ticks cost on workerd, in requests to the database: the budgets that keep the free plan enough. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { nodePath, repoDir } from '../harness/paths.ts';
import { waitFor } from '../harness/process.ts';
import { startWorkerdPlane, type WorkerdPlane } from './plane.ts';

// a busy machine is slow, not wrong
vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 });

let plane: WorkerdPlane;
const maps = '/api/v1/namespaces/default/configmaps';

beforeAll(async () => {
  plane = await startWorkerdPlane({ nodes: [] });
  await plane.tick();
  await waitFor('the default account', () => plane.call('GET', '/api/v1/namespaces/default/serviceaccounts/default'));
  await atRest();
});
afterAll(() => plane?.stop());

/** Requests to the database while `work` runs, background work of the objects included. */
const posts = async (work: () => Promise<unknown>): Promise<number> => {
  const before = plane.database.pipelines;
  await work();
  return plane.database.pipelines - before;
};

/** Nothing is decided or written any more. */
const atRest = () =>
  waitFor('the cluster to be at rest', async () => {
    const ticks = await Promise.all([posts(() => plane.tick())]);
    return ticks[0] === 1 && (await posts(() => new Promise((resolve) => setTimeout(resolve, 1_000)))) === 0;
  });

/** What the invocation itself has asked of others until its answer began. */
const calls = async (method: string, path: string, body?: unknown): Promise<{ status: number; external: number; internal: number }> => {
  const headers = { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json' };
  const response = await plane.fetch(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  await response.text();
  const said = /^external=(\d+), internal=(\d+)/.exec(response.headers.get('x-kedge-calls') ?? '');
  return { status: response.status, external: Number(said?.[1]), internal: Number(said?.[2]) };
};

/** The best of a few: a credential that went cold in between costs one more. */
const warm = async (work: () => Promise<{ status: number; external: number }>) => {
  const seen = [];
  for (let i = 0; i < 4; i++) seen.push(await work());
  return seen.sort((a, b) => a.external - b.external)[0];
};

describe('requests to the database', () => {
  it('are one for a get and one for a list, whoever asks', async () => {
    await calls('POST', maps, { metadata: { name: 'read' } });
    expect(await warm(() => calls('GET', `${maps}/read`))).toMatchObject({ status: 200, external: 1 });
    expect(await warm(() => calls('GET', maps))).toMatchObject({ status: 200, external: 1 });
  });

  it('are at most two for a write', async () => {
    let serial = 0;
    expect((await warm(() => calls('POST', maps, { metadata: { name: `made-${++serial}` } })))?.external).toBeLessThanOrEqual(2);
    expect((await warm(() => calls('PATCH', `${maps}/made-1`, { data: { serial: String(++serial) } })))?.external).toBeLessThanOrEqual(2);
    let gone = 0;
    expect((await warm(() => calls('DELETE', `${maps}/made-${++gone}`)))?.external).toBeLessThanOrEqual(2);
  });

  it('are none for a token that was never given out', async () => {
    const headers = { authorization: `Bearer kdg1.AAAAAAAA.${'A'.repeat(43)}.${'A'.repeat(22)}` };
    const refused = await plane.fetch(maps, { headers });
    expect([refused.status, refused.headers.get('x-kedge-calls')]).toEqual([401, expect.stringContaining('external=0')]);
  });

  it('are one for a tick of the cron trigger at rest', async () => {
    await atRest();
    // the best of a few: an object may do its own housekeeping just then
    const ticks: number[] = [];
    for (let i = 0; i < 4; i++) ticks.push(await posts(() => plane.tick()));
    expect(Math.min(...ticks)).toBe(1);
  });

  it('are none for the renewal of a Lease, which is one call of an object', async () => {
    const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
    let lease = await plane.call('POST', leases, { metadata: { name: 'leader' }, spec: { holderIdentity: 'a', leaseDurationSeconds: 15 } });
    const seen: string[] = [];
    for (let second = 1; second <= 4; second++) {
      const renewed = { ...lease, spec: { ...lease.spec, renewTime: `2030-01-01T00:00:0${second}.000000Z` } };
      const headers = { 'content-type': 'application/json' };
      const response = await plane.fetch(`${leases}/leader`, { method: 'PUT', headers, body: JSON.stringify(renewed) });
      lease = await response.json();
      seen.push(response.headers.get('x-kedge-calls') ?? '');
    }
    // an isolate that has not written it looks at what it is made from
    for (const calls of seen) expect(calls).toMatch(/^external=0, internal=[12],/);
    expect(seen.slice(1).sort()[0]).toMatch(/^external=0, internal=1,/);
  });

  it('wake no object in a tick of the cron trigger at rest', async () => {
    await atRest();
    const ticks = async () => {
      const text = await (await plane.fetch('/metrics')).text();
      return [...text.matchAll(/^kedge_object_events_total\{.*event="tick".*\} (\d+)$/gm)].reduce(
        (sum, [, count]) => sum + Number(count),
        0,
      );
    };
    const before = await ticks();
    // a minute without the hub's housekeeping
    await plane.tick(60_000);
    // less where an object slept and forgot
    expect(await ticks()).toBeLessThanOrEqual(before);
  });

  it('stay below the limits of the free plan in everything above', () => {
    expect(plane.logs().match(/limit crossed[^"\\]*/g) ?? []).toEqual([]);
  });
});

/** Reading code is most of the start of an isolate: whatever the first answer does without belongs behind an `import()`. */
const START_BYTES = 1_250_000;

describe('the bundle', () => {
  it('is what wrangler would deploy, below 1 MiB gzipped, and reads little of it at the start', () => {
    const out = mkdtempSync(join(tmpdir(), 'kedge-bundle-'));
    const wrangler = join(repoDir, 'node_modules/wrangler/wrangler-dist/cli.js');
    execFileSync(nodePath, [wrangler, 'deploy', '--dry-run', '--outdir', out], {
      cwd: repoDir,
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: '1' },
      stdio: 'pipe',
    });
    const modules = new Map(
      readdirSync(out)
        .filter((name) => name.endsWith('.mjs'))
        .map((name) => [name, readFileSync(join(out, name), 'utf8')]),
    );
    rmSync(out, { recursive: true });
    const gzipped = [...modules.values()].reduce((sum, text) => sum + gzipSync(text).length, 0);
    expect(gzipped).toBeLessThan(1_048_576);
    // what is imported, and not by `import()`, is read before the first request
    const started = new Set<string>();
    const read = (name: string): void => {
      const text = modules.get(name);
      if (text === undefined || started.has(name)) return;
      started.add(name);
      for (const [, imported] of text.matchAll(/(?:from|import)"\.\/([^"]+)"/g)) read(imported as string);
    };
    read('worker.mjs');
    const bytes = [...started].reduce((sum, name) => sum + Buffer.byteLength(modules.get(name) as string), 0);
    expect(started.size).toBeGreaterThan(1);
    expect(bytes).toBeGreaterThan(400_000);
    expect(bytes).toBeLessThan(START_BYTES);
  });
});
