import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApp } from '../apiserver/app.ts';
import { createWorld } from '../apiserver/testing.ts';
import { LINE_BYTES } from './edge-checks.ts';

let world: Awaited<ReturnType<typeof createWorld>>;
let app: ReturnType<typeof createApp>;

beforeAll(async () => {
  world = await createWorld();
  app = createApp(world.platform);
});
afterAll(() => world.close());

const ask = async (query: string, token = world.adminToken) =>
  app.request(`https://kedge/apis/kedge.dev/v1/edge-checks${query}`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });

it('times reads of the store', async () => {
  const { ms } = (await (await ask('?store=3')).json()) as { ms: number[] };
  expect(ms).toHaveLength(3);
  expect(ms.every((taken) => taken >= 0)).toBe(true);
});

it('streams numbered lines, each made when the one before was taken', async () => {
  const text = await (await ask(`?stream=${3 * LINE_BYTES}`)).text();
  expect(text).toHaveLength(3 * LINE_BYTES);
  expect(text.split('\n').map((line) => line.split(' ')[0])).toEqual(['0', '1', '2', '']);
});

it('works as much as it is asked to', async () => {
  const [one, again, two] = await Promise.all(['?work=1', '?work=1', '?work=2'].map(async (query) => (await ask(query)).json()));
  expect(one).toEqual(again);
  expect(one).not.toMatchObject({ result: (two as { result: number }).result });
});

it.each(['', '?store=0', '?store=41', '?store=1e1', '?stream=999999999999', '?work=-1', '?store=1&work=1'])('refuses %j', async (query) => {
  expect((await ask(query)).status).toBe(400);
});

it('is for those who may post to the path', async () => {
  expect((await ask('?work=1', await world.tokenFor('someone', []))).status).toBe(403);
});
