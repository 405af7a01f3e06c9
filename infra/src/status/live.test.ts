import { expect, it } from 'vitest';
import { type Live, liveText, readLive } from './live.ts';

const nowMs = Date.parse('2026-01-31T12:00:00Z');
const use = { name: 'Worker requests', unit: 'requests', window: 'day', used: 2_345, limit: 100_000 } as const;
const live: Live = { version: 'v1.35.0+kedge', nodes: { all: 3, ready: 2 }, pods: { Pending: 1, Running: 12 } };
const usage = (...measures: NonNullable<Live['usage']>['measures']) =>
  ({ kind: 'Usage', apiVersion: 'kedge.dev/v1', plan: 'free', measures }) as const;

it('tells nodes and pods, most first', () => {
  expect(liveText(live, nowMs)).toBe('Version  v1.35.0+kedge\nNodes    3, 2 ready\nPods     12 Running, 1 Pending');
  expect(liveText({ ...live, pods: {} }, nowMs)).toContain('Pods     none');
});

it('tells what is used of the plan, and when it is empty', () => {
  const text = liveText(
    {
      ...live,
      usage: usage(
        use,
        { ...use, name: 'object requests', used: 90_000, emptyAt: '2026-01-31T13:20:00Z' },
        { ...use, name: 'database rows written', unit: 'rows', window: 'month', used: 10e6, limit: 10e6, emptyAt: '2026-01-31T12:00:00Z' },
      ),
    },
    nowMs,
  );
  expect(text.split('\n').slice(4)).toEqual([
    'FREE PLAN               USED              LIMIT           SHARE   AT THIS PACE',
    'Worker requests         2,345 requests    100,000 a day   2.3 %   lasts',
    'object requests         90,000 requests   100,000 a day   90 %    empty in 1 h 20 min',
    'database rows written   10 M rows         10 M a month    100 %   empty',
  ]);
});

it('says what the plan refuses, and what goes on', () => {
  const message =
    'Cloudflare refuses calls of Durable Objects: nothing is left of the object duration that the free plan allows a day, until 2026-02-01T00:00Z';
  const refused = { what: 'object duration', message, until: '2026-02-01T00:00:00Z' };
  expect(
    liveText({ ...live, usage: { ...usage(use), refused } }, nowMs)
      .split('\n')
      .slice(3, 5),
  ).toEqual([
    `Refused  ${message} (in 12 h 0 min).`,
    '         Pods run on and objects are read and written; nothing is decided, and there are no Events, Leases, logs and exec.',
  ]);
});

it('has no table where nothing is limited', () => {
  expect(liveText({ ...live, usage: { ...usage(), plan: 'none' } }, nowMs)).toBe(liveText(live, nowMs));
});

it('counts pods page by page, and does without figures of an older control plane', async () => {
  const pages: Record<string, unknown> = {
    '/version': { gitVersion: 'v1' },
    '/api/v1/nodes': { items: [{ status: { conditions: [{ type: 'Ready', status: 'True' }] } }, {}] },
    '/api/v1/pods?limit=500': { metadata: { continue: 'a b' }, items: [{ status: { phase: 'Running' } }] },
    '/api/v1/pods?limit=500&continue=a%20b': { metadata: {}, items: [{ status: { phase: 'Running' } }, {}] },
  };
  const call = async (_: string, path: string) => pages[path] ?? Promise.reject(new Error(path));
  expect(await readLive({ call, close: async () => {} })).toEqual({
    version: 'v1',
    nodes: { all: 2, ready: 1 },
    pods: { Running: 2, Pending: 1 },
  });
});
