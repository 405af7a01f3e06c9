/** What is used of the plan, from the real counts of Worker and objects, and the warning when most of it is. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { waitFor } from '../harness/process.ts';
import { startWorkerdPlane, type WorkerdPlane, workerModule } from './plane.ts';

// a busy machine is slow, not wrong
vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 });

/** A Worker that says it has answered 85,000 requests more. */
const worker = `
import worker from ${workerModule('platform/workers/worker.ts')};
import { hubOf } from ${workerModule('platform/workers/rpc.ts')};
export { HubObject } from ${workerModule('platform/workers/hub-object.ts')};
export { LoopObject } from ${workerModule('platform/workers/loop-object.ts')};
export { RelayObject } from ${workerModule('platform/workers/relay-object.ts')};
export default {
  ...worker,
  fetch: async (request, env, context) => {
    if (new URL(request.url).pathname !== '/busy') return worker.fetch(request, env, context);
    await hubOf(env).consume({ workerRequests: 85_000 });
    return new Response('busy');
  },
};
`;

let plane: WorkerdPlane;
beforeAll(async () => {
  plane = await startWorkerdPlane({ nodes: [], worker });
  await plane.tick();
  await waitFor('the default account', () => plane.call('GET', '/api/v1/namespaces/default/serviceaccounts/default'));
});
afterAll(() => plane?.stop());

const measures = async (): Promise<Record<string, { used: number; limit: number }>> => {
  const { plan, measures: list } = await plane.call('GET', '/apis/kedge.dev/v1/usage');
  expect(plan).toBe('free');
  return Object.fromEntries(list.map((one: { name: string; used: number; limit: number }) => [one.name, one]));
};
const HALF_HOUR = 30 * 60_000;
const warnings = async () =>
  (await plane.call('GET', '/api/v1/namespaces/default/events')).items.filter(
    ({ reason }: { reason: string }) => reason === 'AllowanceNearlyUsed',
  );

it('counts requests, calls of objects and rows', async () => {
  const before = await measures();
  for (let i = 0; i < 10; i++) await plane.call('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: `c-${i}` } });
  const after = await measures();
  const more = (name: string) => after[name]!.used - before[name]!.used;
  expect(more('Worker requests')).toBe(11);
  expect(more('object requests')).toBeGreaterThanOrEqual(10);
  expect(more('database rows written')).toBeGreaterThanOrEqual(10 * 8);
  expect(more('object duration')).toBeGreaterThanOrEqual(0);
  expect(after['Worker requests']!.limit).toBe(100_000);
});

it('warns once by an Event from 80 percent on', async () => {
  const scheduledMs = Math.ceil(Date.now() / HALF_HOUR) * HALF_HOUR;
  await plane.tick(scheduledMs);
  expect(await warnings()).toEqual([]);
  await plane.fetch('/busy');
  await plane.tick(scheduledMs);
  await plane.tick(scheduledMs + HALF_HOUR);
  const [warning, ...more] = await warnings();
  expect(more).toEqual([]);
  expect(warning).toMatchObject({ type: 'Warning', involvedObject: { kind: 'Namespace', name: 'kube-system' } });
  expect(warning.message).toMatch(/^85 % of the Worker requests that the plan allows a day are used \(85\d{3} of 100000 requests\)/);
});
