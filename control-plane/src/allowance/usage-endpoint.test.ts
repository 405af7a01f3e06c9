import { afterAll, beforeAll, expect, it } from 'vitest';
import { createWorld, type World } from '../apiserver/testing.ts';
import { ledgerAt, noFigures } from './figures.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const path = '/apis/kedge.dev/v1/usage';

const ledger = () => ({ ...ledgerAt(undefined, world.platform.clock.now()), today: { ...noFigures, workerRequests: 12 } });

it('has no measures where nothing is limited', async () => {
  expect((await world.call('GET', path)).body).toEqual({ kind: 'Usage', apiVersion: 'kedge.dev/v1', plan: 'none', measures: [] });
});

it('tells used, limit and window of each measure of the plan', async () => {
  Object.assign(world.platform, { allowance: { plan: 'free', consumption: async () => ({ ledger: ledger() }) } });
  const { body } = await world.call('GET', path);
  expect(body.plan).toBe('free');
  expect(body.measures[0]).toEqual({ name: 'Worker requests', unit: 'requests', window: 'day', used: 12, limit: 100_000 });
  expect(body.measures).toHaveLength(6);
  expect(body).not.toHaveProperty('refused');
});

it('tells what the plan refuses, beside what was known before', async () => {
  const refusal = { what: 'object duration', untilMs: Date.parse('2026-02-01T00:00:00Z') };
  Object.assign(world.platform, { allowance: { plan: 'free', consumption: async () => ({ ledger: ledger(), refusal }) } });
  const { body } = await world.call('GET', path);
  expect(body.measures).toHaveLength(6);
  expect(body.refused).toEqual({
    ...{ what: 'object duration', until: '2026-02-01T00:00:00.000Z' },
    message: expect.stringContaining('nothing is left of the object duration'),
  });
});

it('is for everybody who may read the API, and is not written', async () => {
  expect((await world.raw('GET', path, { headers: { authorization: '' } })).status).toBeGreaterThanOrEqual(401);
  expect((await world.call('POST', path, {})).status).toBe(405);
});
