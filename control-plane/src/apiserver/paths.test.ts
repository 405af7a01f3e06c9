/** Which paths there are, and which methods on them: what is asked elsewhere is refused in the words of whoever would have served it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWorld, type World } from './testing.ts';

const gadgets = '/apis/example.com/v1/namespaces/default/gadgets';
const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const names = { plural: 'gadgets', singular: 'gadget', kind: 'Gadget', listKind: 'GadgetList' };

let world: World;
beforeAll(async () => {
  world = await createWorld();
  const schema = { openAPIV3Schema: { type: 'object' } };
  const versions = [{ name: 'v1', served: true, storage: true, subresources: { status: {} }, schema }];
  const crd = await world.create(crds, {
    metadata: { name: 'gadgets.example.com' },
    spec: { group: 'example.com', scope: 'Namespaced', names, versions },
  } as any);
  crd.status = { ...crd.status, conditions: [{ type: 'Established', status: 'True' }], acceptedNames: names };
  expect((await world.call('PUT', `${crds}/gadgets.example.com/status`, crd)).status).toBe(200);
  await world.create(gadgets, { apiVersion: 'example.com/v1', kind: 'Gadget', metadata: { name: 'x' } });
});
afterAll(() => world.close());

const noPath = 'the server could not find the requested resource';
const noMethod = 'the server does not allow this method on the requested resource';
const noPage = '404 page not found';
const notOn = (verb: string): string => `${verb} is not supported on resources of kind "gadgets.example.com"`;

test.each([
  ['GET', '/api/v1/namespaces/default/pods/x/foo', 404, noPath],
  ['POST', '/api/v1/namespaces/default/pods/x', 405, noMethod],
  ['PATCH', '/api/v1/namespaces/default/pods', 405, noMethod],
  ['GET', '/api/v1/pods/x', 404, noPath],
  ['DELETE', '/api/v1/pods', 405, noMethod],
  ['POST', '/api/v1/bindings', 404, noPath],
  ['POST', '/apis/authorization.k8s.io/v1/localsubjectaccessreviews', 404, noPath],
  ['GET', '/apis/authentication.k8s.io/v1/tokenreviews/x', 404, noPath],
  ['GET', '/apis/authentication.k8s.io/v1/tokenreviews', 405, noMethod],
  ['GET', '/api/v1/namespaces/default/bindings/x', 404, noPath],
  ['DELETE', '/api/v1/namespaces/default/pods/x/status', 405, noMethod],
  ['GET', `${gadgets}/x/foo`, 404, 'gadgets.example.com "x" not found'],
  ['GET', `${gadgets}/x/scale`, 404, 'gadgets.example.com "x" not found'],
  ['DELETE', `${gadgets}/x/status`, 405, notOn('delete')],
  ['POST', `${gadgets}/x/status`, 405, notOn('create')],
  ['PUT', gadgets, 400, 'name must be provided'],
  ['PATCH', gadgets, 400, 'name must be provided'],
  ['POST', '/apis/example.com/v1/gadgets', 404, noPage],
  ['GET', '/apis/example.com/v1/gadgets/x', 404, noPage],
  ['GET', '/apis/example.com/v1/gizmos', 404, noPage],
])('%s %s is %i', async (method, path, code, message) => {
  const response = await world.raw(method, path, method === 'GET' ? {} : { body: '{}', headers: { 'content-type': 'application/json' } });
  const text = (await response.text()).trim();
  expect([response.status, text.startsWith('{') ? JSON.parse(text).message : text]).toEqual([code, message]);
});

test('another kind than the path is a field like others', async () => {
  const other = { apiVersion: 'example.com/v1', kind: 'Gizmo', metadata: { name: 'y' } };
  const { body } = await world.call('POST', gadgets, other);
  expect([body.code, body.message]).toEqual([422, 'Gadget.example.com "y" is invalid: kind: Invalid value: "Gizmo": must be Gadget']);
});
