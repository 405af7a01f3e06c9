import { describe, expect, it } from 'vitest';
import { createApp } from '../apiserver/app.ts';
import { createWorld } from '../apiserver/testing.ts';
import { type Store, StoreError } from '../store/store.ts';
import { observedStore } from './observed-store.ts';
import { createTelemetry } from './telemetry.ts';

const pods = { group: '', version: 'v1', resource: 'pods', subresource: '' };

/** The samples of a text, without help and types. */
const samples = (text: string): string[] => text.split('\n').filter((line) => line && !line.startsWith('#'));

const ticking = () => {
  let nowMs = 0;
  return { now: () => nowMs, pass: (ms: number) => (nowMs += ms) };
};

it('counts requests by what they asked for, and times those that end', async () => {
  const clock = ticking();
  const telemetry = createTelemetry({ component: 'api', clock });
  const one = telemetry.request();
  one.names(pods, 'list');
  clock.pass(30);
  one.ended(200);
  const watch = telemetry.request();
  watch.names(pods, 'watch');
  watch.ended(200);
  telemetry.request().ended(404);
  telemetry.request();
  const lines = samples(await telemetry.text());
  const labels = (verb: string) => `verb="${verb}",group="",version="v1",resource="pods",subresource=""`;
  expect(lines).toContain(`apiserver_request_total{${labels('LIST')},code="200",component="api"} 1`);
  expect(lines).toContain(`apiserver_request_total{${labels('WATCH')},code="200",component="api"} 1`);
  expect(lines).toContain('apiserver_request_total{verb="",group="",version="",resource="",subresource="",code="404",component="api"} 1');
  expect(lines).toContain('apiserver_current_inflight_requests{component="api"} 1');
  expect(lines.filter((line) => line.startsWith('apiserver_request_duration_seconds_count'))).toHaveLength(1);
  expect(lines.find((line) => line.startsWith('apiserver_request_duration_seconds_bucket{le="0.025"'))).toMatch(/ 0$/);
  expect(lines.find((line) => line.startsWith('apiserver_request_duration_seconds_bucket{le="0.05"'))).toMatch(/ 1$/);
});

it('gives each family once, with the values of every component that answers', async () => {
  const clock = ticking();
  const hub = createTelemetry({ component: 'hub', clock });
  hub.gauge('kedge_node_silence_seconds', 'How long ago.', 'node', async () => new Map([['n"1\n', 3]]));
  hub.storeCall('get')('ok', { read: 1 });
  const api = createTelemetry({ component: 'api', clock, others: [hub.families, () => Promise.reject(new Error('away'))] });
  api.storeCall('write')('ok', { written: 2 });
  api.storeCall('write')('unavailable', {});
  const text = await api.text();
  expect(text.match(/# TYPE kedge_store_calls_total counter/g)).toHaveLength(1);
  expect(samples(text).filter((line) => /^kedge_(store_(calls|objects)_total|node)/.test(line))).toEqual([
    'kedge_node_silence_seconds{node="n\\"1\\n",component="hub"} 3',
    'kedge_store_calls_total{call="write",outcome="ok",component="api"} 1',
    'kedge_store_calls_total{call="write",outcome="unavailable",component="api"} 1',
    'kedge_store_calls_total{call="get",outcome="ok",component="hub"} 1',
    'kedge_store_objects_total{direction="written",component="api"} 2',
    'kedge_store_objects_total{direction="read",component="hub"} 1',
  ]);
});

it('measures passes of the loop', async () => {
  const clock = ticking();
  const telemetry = createTelemetry({ component: 'loop', clock });
  const ended = telemetry.pass();
  clock.pass(4);
  ended({ decided: 3, written: 2, failed: false, depth: 1 });
  telemetry.pass()({ decided: 0, written: 0, failed: true, depth: 5 });
  const lines = samples(await telemetry.text());
  expect(lines).toContain('kedge_loop_keys_total{result="reconciled",component="loop"} 3');
  expect(lines).toContain('kedge_loop_keys_total{result="failed",component="loop"} 1');
  expect(lines).toContain('workqueue_depth{name="loop",component="loop"} 5');
  expect(lines).toContain('kedge_loop_pass_duration_seconds_count{component="loop"} 2');
});

it('lets a store be itself', async () => {
  const calls: string[] = [];
  const telemetry = createTelemetry({ component: 'api', clock: ticking() });
  const bare = {
    secret: 7,
    head(this: { secret: number }) {
      return Promise.resolve({ revision: this.secret });
    },
    get: () => Promise.reject(new StoreError('quota', 'blocked')),
    history: { of: () => 'past' },
    close: () => void calls.push('close'),
  } as unknown as Store;
  const store = observedStore(bare, telemetry);
  expect(await store.head()).toEqual({ revision: 7 });
  await expect(store.get({ resource: 'core/pods', namespace: 'x', name: 'y' })).rejects.toThrow('blocked');
  expect((store.history as unknown as { of(): string }).of()).toBe('past');
  await store.close();
  expect(calls).toEqual(['close']);
  expect(samples(await telemetry.text()).filter((line) => line.startsWith('kedge_store_calls_total'))).toEqual([
    'kedge_store_calls_total{call="head",outcome="ok",component="api"} 1',
    'kedge_store_calls_total{call="get",outcome="quota",component="api"} 1',
  ]);
});

describe('/metrics', () => {
  it('is for those who may get the path', async () => {
    const world = await createWorld();
    try {
      const app = createApp({ ...world.platform, telemetry: createTelemetry({ component: 'api', clock: ticking() }) });
      const get = async (token?: string) => {
        const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
        return app.request('https://kedge/metrics', { headers });
      };
      await app.request('https://kedge/api/v1/pods', { headers: { authorization: `Bearer ${world.adminToken}` } });
      await app.request('https://kedge/api/v1/nothing-of-the-sort', { headers: { authorization: `Bearer ${world.adminToken}` } });
      const reply = await get(world.adminToken);
      expect([reply.status, reply.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
      const text = await reply.text();
      expect(text).toContain(
        'apiserver_request_total{verb="LIST",group="",version="v1",resource="pods",subresource="",code="200",component="api"} 1',
      );
      expect(text).not.toContain('nothing-of-the-sort');
      expect((await get()).status).toBe(403);
      expect((await get(await world.tokenFor('probe', ['system:monitoring']))).status).toBe(200);
      expect((await get(await world.tokenFor('someone', []))).status).toBe(403);
    } finally {
      await world.close();
    }
  });
});
