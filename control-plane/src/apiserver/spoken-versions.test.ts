/** What depends on the version a client speaks: names of fields in selectors, what an event must say, older forms of an eviction, reviews of nothing. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWorld, podNamed, type World } from './testing.ts';

const core = '/api/v1/namespaces/default';
const events = '/apis/events.k8s.io/v1/namespaces/default/events';
const regarding = { kind: 'Pod', name: 'p', namespace: 'default' };

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const select = async (path: string, selector: string): Promise<unknown> => {
  const { body } = await world.call('GET', `${path}?fieldSelector=${encodeURIComponent(selector)}`);
  return body.items?.map((one: any) => one.metadata.name) ?? body.message;
};

test('events of the new group are selected by its own names, and must be whole', async () => {
  const whole = { eventTime: '2026-01-01T00:00:00.000001Z', reportingController: 'c', reportingInstance: 'i', action: 'A', reason: 'R' };
  await world.create(events, { metadata: { name: 'new' }, type: 'Normal', note: 'n', regarding, ...whole } as any);
  await world.create(`${core}/events`, { metadata: { name: 'old' }, involvedObject: regarding } as any);
  expect(await select(events, 'regarding.kind=Pod,reportingController=c')).toEqual(['new']);
  expect(await select(events, 'involvedObject.kind=Pod')).toBe('field label not supported: involvedObject.kind');
  expect(await select(`${core}/events`, 'involvedObject.kind=Pod,metadata.namespace=default')).toEqual(['new', 'old']);
  expect(await select(`${core}/events`, 'regarding.kind=Pod')).toBe('field label not supported: regarding.kind');
  const { body } = await world.call('POST', events, { metadata: { name: 'half' }, regarding, series: { count: 1 }, deprecatedCount: 1 });
  expect(body.message).toBe(
    'Event "half" is invalid: [series.count: Invalid value: "": should be at least 2, series.lastObservedTime: Required value, eventTime: Required value, type: Invalid value: "": has invalid value: , count: Invalid value: "": needs to be unset]',
  );
});

test('an eviction may be of the older version', async () => {
  await world.create(`${core}/pods`, podNamed('p'));
  const eviction = (apiVersion: string) =>
    world.call('POST', `${core}/pods/p/eviction?dryRun=All`, { apiVersion, kind: 'Eviction', metadata: { name: 'p' } });
  expect((await eviction('policy/v1beta1')).status).toBe(201);
  expect((await eviction('policy/v2')).body.message).toMatch(/^Eviction in version "v2" cannot be handled as a Eviction: no kind /);
  expect(await select(`${core}/pods`, 'status.podIPs=10.0.0.1')).toEqual([]);
});

test('a review of no token is none', async () => {
  const { status, body } = await world.call('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { spec: {} });
  expect([status, body.message]).toEqual([400, 'token is required for TokenReview in authentication']);
});
