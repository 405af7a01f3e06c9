import { afterAll, beforeAll, expect, it } from 'vitest';
import { createWorld, type World } from './testing.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const base = '/api/v1/componentstatuses';

it('says that the store is well', async () => {
  const { status, body } = await world.call('GET', base);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    kind: 'ComponentStatusList',
    items: [{ metadata: { name: 'etcd-0' }, conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }] }],
  });
  expect((await world.call('GET', `${base}/etcd-0`)).body.conditions).toHaveLength(1);
});

it('knows no other part, and is not written', async () => {
  expect((await world.call('GET', `${base}/scheduler`)).body).toMatchObject({
    code: 404,
    message: 'componentstatuses "scheduler" not found',
  });
  expect((await world.call('POST', base, { metadata: { name: 'x' } })).status).toBe(405);
});
