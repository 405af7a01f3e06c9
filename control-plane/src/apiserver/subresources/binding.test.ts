/** POST bindings: the older way to place a pod, under the rules of pods/NAME/binding. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createWorld, podNamed, type World } from '../testing.ts';

let world: World;
const pods = '/api/v1/namespaces/default/pods';
const bindings = '/api/v1/namespaces/default/bindings';

beforeAll(async () => {
  world = await createWorld();
  await world.create(pods, podNamed('one'));
  await world.create(pods, podNamed('two'));
});
afterAll(() => world.close());

const to = (name: string, target: object, metadata: object = {}) =>
  world.call('POST', bindings, { apiVersion: 'v1', kind: 'Binding', metadata: { name, ...metadata }, target });

it('places the pod that the body names, once', async () => {
  const node = { kind: 'Node', name: 'n1' };
  const dry = await world.call('POST', `${bindings}?dryRun=All`, { metadata: { name: 'one' }, target: node });
  expect(dry.body).toMatchObject({ status: 'Success', code: 201 });
  expect((await world.call('GET', `${pods}/one`)).body.spec.nodeName).toBeUndefined();
  expect((await to('one', node, { annotations: { by: 'me' } })).body).toMatchObject({ status: 'Success', code: 201 });
  const { body } = await world.call('GET', `${pods}/one`);
  expect(body).toMatchObject({ metadata: { annotations: { by: 'me' } }, spec: { nodeName: 'n1' } });
  expect(body.status.conditions).toMatchObject([{ type: 'PodScheduled', status: 'True' }]);
  expect((await to('one', node)).body).toMatchObject({ code: 409, message: expect.stringContaining(`already assigned to node "n1"`) });
});

it.each([
  ['a pod that is not there', 'none', { name: 'n1' }, {}, 404, 'pods "none" not found'],
  ['no node', 'two', {}, {}, 422, 'Binding "two" is invalid: target.name: Required value'],
  ['something else than a node', 'two', { kind: 'Pod', name: 'n1' }, {}, 422, /target.kind: Unsupported value: "Pod"/],
  ['another namespace', 'two', { name: 'n1' }, { namespace: 'other' }, 400, /namespace of the provided object does not match/],
  ['another uid', 'two', { name: 'n1' }, { uid: 'u' }, 409, /Precondition failed: UID/],
  ['no name', '', { name: 'n1' }, {}, 400, 'name is required'],
])('refuses %s', async (_what, name, target, metadata, code, message) => {
  const { body } = await to(name, target, metadata);
  expect(body.code).toBe(code);
  expect(body.message).toMatch(message);
});

it('knows no other verb', async () => {
  for (const method of ['GET', 'DELETE']) expect((await world.call(method, bindings)).status).toBe(405);
});
