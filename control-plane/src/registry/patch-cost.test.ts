/** What one patch of one pod costs, as counted: calls of the store, and how often what is stored is parsed. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createWorld, podNamed, type World } from '../apiserver/testing.ts';

const path = '/api/v1/namespaces/default/pods/one';
const patch = (body: object, type = 'merge-patch') => world.call('PATCH', path, body, { 'content-type': `application/${type}+json` });

let world: World;
beforeAll(async () => {
  world = await createWorld();
  await world.create('/api/v1/namespaces/default/pods', podNamed('one') as any);
  await patch({ metadata: { annotations: { mark: 'is-stored-0' } } });
});
afterAll(() => world.close());

test('a patch of what was patched before writes once, and what is stored is parsed once, for the cache', async () => {
  world.calls.length = 0;
  const parse = vi.spyOn(JSON, 'parse');
  const stringify = vi.spyOn(JSON, 'stringify');
  const { status } = await patch({ metadata: { annotations: { mark: 'is-stored-1' } } });
  // the second is what the test itself makes of the answer
  const parsed = parse.mock.calls.filter(([text]) => String(text).includes('"containers":') && String(text).includes('is-stored'));
  const made = stringify.mock.results.filter(({ value }) => String(value).includes('"containers":') && String(value).includes('is-stored'));
  parse.mockRestore();
  stringify.mockRestore();
  expect(status).toBe(200);
  expect(world.calls).toEqual(['write']);
  expect(parsed).toHaveLength(2);
  // the answer is what was stored
  expect(made).toHaveLength(1);
});

test('the answer is what a read of it says', async () => {
  for (const [type, body] of [
    ['merge-patch', { metadata: { labels: { a: 'b' } } }],
    ['strategic-merge-patch', { spec: { activeDeadlineSeconds: 30 } }],
    ['json-patch', [{ op: 'remove', path: '/metadata/labels/a' }]],
  ] as const) {
    const answer = await patch(body, type);
    expect(answer.status).toBe(200);
    expect((await world.call('GET', path)).body).toEqual(answer.body);
  }
});

test('a patch that is refused, or says nothing, leaves what is stored', async () => {
  const { body: before } = await world.call('GET', path);
  expect((await patch({ spec: { containers: [{ name: 'c', image: 'other', ports: [{ containerPort: -1 }] }] } })).status).toBe(422);
  expect((await patch({ metadata: { labels: { 'not a label': 'x' } } })).status).toBe(422);
  expect((await patch({ metadata: { name: 'one' } })).body).toEqual(before);
  expect((await world.call('GET', path)).body).toEqual(before);
});
