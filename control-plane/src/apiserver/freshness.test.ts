/** Versions that are not here yet: reads wait for them a moment, and for what cannot come not at all. The writes come while a read rests. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { restsMs } from './freshness.ts';
import { createWorld, type World } from './testing.ts';

const path = '/api/v1/namespaces/default/configmaps';

let world: World;
let rests = 0;
let onRest: () => Promise<unknown> = async () => undefined;
const delay = async (ms: number, signal: AbortSignal): Promise<void> => {
  if (ms > 1_000) return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  rests++;
  await onRest();
};
beforeAll(async () => {
  world = await createWorld({ delay });
  await world.create(path, { metadata: { name: 'here' } });
});
afterAll(() => world.close());

let written = 0;
/** How many writes ahead a version is that comes with the second rest. */
const soon = async (): Promise<number> => (await world.platform.store.head()).revision + 2;
const write = () => world.create(path, { metadata: { name: `w${written++}` } });
beforeEach(() => {
  rests = 0;
  onRest = write;
});

const firstEvent = async (query: string): Promise<any> => {
  const abort = new AbortController();
  const response = await world.raw('GET', `${path}?watch=true&${query}`, { signal: abort.signal });
  const { value } = await response.body!.getReader().read();
  abort.abort();
  return JSON.parse(new TextDecoder().decode(value).split('\n')[0]!);
};

test.each(['', '/here'])('a read of %s waits for what comes soon', async (name) => {
  const answer = await world.call('GET', `${path}${name}?resourceVersion=${await soon()}`);
  expect([answer.status, rests]).toEqual([200, 2]);
});

test('a list of exactly that version, too', async () => {
  const version = await soon();
  const { body } = await world.call('GET', `${path}?resourceVersion=${version}&resourceVersionMatch=Exact`);
  expect(body.metadata.resourceVersion).toBe(String(version));
});

test('a watch goes on from it', async () => {
  const version = await soon();
  onRest = async () => {
    await write();
    if (rests === 2) await write();
  };
  const event = await firstEvent(`resourceVersion=${version}`);
  expect([event.type, event.object.metadata.resourceVersion]).toEqual(['ADDED', String(version + 1)]);
});

test('a watch with initial events begins with it', async () => {
  const event = await firstEvent(`resourceVersion=${await soon()}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan`);
  expect([event.type, rests]).toEqual(['ADDED', 2]);
});

test.each([
  ['what does not come', 1, restsMs.length],
  ['what cannot come', 1_000_000, 0],
])('%s is 504', async (_what, ahead, expected) => {
  onRest = async () => undefined;
  const { revision } = await world.platform.store.head();
  const refusal = {
    code: 504,
    reason: 'Timeout',
    message: `Timeout: Too large resource version: ${revision + ahead}, current: ${revision}`,
    details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1 },
  };
  const query = `resourceVersion=${revision + ahead}`;
  expect((await world.call('GET', `${path}?${query}`)).body).toMatchObject(refusal);
  expect(rests).toBe(expected);
  rests = 0;
  expect((await world.call('GET', `${path}/here?${query}`)).body).toMatchObject(refusal);
  expect(rests).toBe(expected);
  rests = 0;
  expect(await firstEvent(query)).toMatchObject({ type: 'ERROR', object: refusal });
  expect(rests).toBe(expected);
});
