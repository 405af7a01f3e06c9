/** Versions of a custom resource converted by a webhook, over the real API server: a real HTTPS server answers. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { definitionOf } from '#schema/custom/definition-of.ts';
import { startWebhookServer, type WebhookServer } from '#tests/harness/webhook-server.ts';
import { createWorld, type World } from '../apiserver/testing.ts';
import { nodeOutbound } from '../platform/node/outbound.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const at = (version: string, name = '') => `/apis/example.com/${version}/namespaces/default/doors${name ? `/${name}` : ''}`;
let world: World;
let server: WebhookServer;
/** What the webhook does to a converted object beyond its work. */
let spoil: (object: any) => any = (object) => object;

/** v1 has spec.size "3x4"; v2 has spec.width and spec.height. */
const convert = (object: any, desired: string): any => {
  const { size, width, height, ...rest } = object.spec;
  const spec =
    desired === 'example.com/v1'
      ? { ...rest, size: `${width}x${height}` }
      : { ...rest, width: Number(size.split('x')[0]), height: Number(size.split('x')[1]) };
  return spoil({ ...object, apiVersion: desired, spec });
};
const answer = ({ request }: any): unknown => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'ConversionReview',
  response: {
    uid: request.uid,
    result: { status: 'Success' },
    convertedObjects: request.objects.map((object: any) => convert(object, request.desiredAPIVersion)),
  },
});

const schema = (properties: object) => ({
  openAPIV3Schema: {
    type: 'object',
    properties: { spec: { type: 'object', properties: { ...properties, color: { type: 'string', default: 'green' } } } },
  },
});
const integer = { type: 'integer', maximum: 100 };
const version = (name: string, storage: boolean) => ({
  name,
  storage,
  served: true,
  schema: schema(name === 'v1' ? { size: { type: 'string' } } : { width: integer, height: integer }),
  additionalPrinterColumns: [
    name === 'v1' ? { name: 'Size', type: 'string', jsonPath: '.spec.size' } : { name: 'Width', type: 'integer', jsonPath: '.spec.width' },
  ],
});

beforeAll(async () => {
  server = await startWebhookServer();
  server.answers['/convert'] = answer;
  world = await createWorld({ outbound: nodeOutbound });
  const made = await world.create(CRDS, {
    metadata: { name: 'doors.example.com' } as any,
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'doors', kind: 'Door' },
      versions: [version('v1', true), version('v2', false)],
      conversion: {
        strategy: 'Webhook',
        webhook: {
          conversionReviewVersions: ['v1'],
          clientConfig: { url: `${server.url}/convert`, caBundle: server.caBundle },
        },
      },
    },
  });
  const status = { ...made.status, conditions: [{ type: 'Established', status: 'True' }], acceptedNames: made.spec.names };
  await world.call('PUT', `${CRDS}/doors.example.com/status`, { ...made, status });
});
afterAll(async () => {
  await world.close();
  await server.close();
});
beforeEach(() => {
  server.heard.length = 0;
  spoil = (object) => object;
});

/** Of the version whose fields it has. */
const door = (name: string, spec: object) => ({
  apiVersion: `example.com/${'size' in spec ? 'v1' : 'v2'}`,
  kind: 'Door',
  metadata: { name, labels: { kind: 'door' } },
  spec,
});

test('is written in one version and read in the other, pruned and defaulted', async () => {
  const made = await world.create(at('v2'), door('front', { width: 3, height: 4 }) as any);
  expect(made).toMatchObject({ apiVersion: 'example.com/v2', spec: { width: 3, height: 4, color: 'green' } });
  const stored = await world.platform.store.get({ resource: 'example.com/doors', namespace: 'default', name: 'front' });
  expect(JSON.parse(stored!.body)).toMatchObject({ apiVersion: 'example.com/v1', spec: { size: '3x4', color: 'green' } });
  expect((await world.call('GET', at('v1', 'front'))).body.spec).toEqual({ size: '3x4', color: 'green' });
  const seen = (await world.call('GET', at('v2', 'front'))).body;
  expect([seen.spec, seen.metadata.uid]).toEqual([{ width: 3, height: 4, color: 'green' }, made.metadata.uid]);
});

test('is judged as the version it was written in, through every way to it', async () => {
  const merge = { 'content-type': 'application/merge-patch+json' };
  const why = 'spec.width: Invalid value: 101: spec.width in body should be less than or equal to 100';
  const made = await world.call('POST', at('v2'), door('wide', { width: 101, height: 4 }));
  expect([made.status, made.body.message]).toEqual([422, `Door.example.com "wide" is invalid: ${why}`]);
  const patched = await world.call('PATCH', at('v2', 'front'), { spec: { width: 101 } }, merge);
  expect([patched.status, patched.body.message]).toEqual([422, `Door.example.com "front" is invalid: ${why}`]);
  // the other version says nothing of it, and what is so already may stay
  expect((await world.call('POST', at('v1'), door('wide', { size: '101x4' }))).status).toBe(201);
  expect((await world.call('PATCH', at('v2', 'wide'), { spec: { height: 5 } }, merge)).status).toBe(200);
  expect((await world.call('DELETE', at('v1', 'wide'))).status).toBe(200);
});

test('every kind of write', async () => {
  const merge = { 'content-type': 'application/merge-patch+json' };
  const patched = await world.call('PATCH', at('v2', 'front'), { spec: { width: 5 } }, merge);
  expect(patched.body.spec).toEqual({ width: 5, height: 4, color: 'green' });
  const put = await world.call('PUT', at('v2', 'front'), { ...patched.body, spec: { width: 6, height: 7 } });
  expect(put.body.spec).toEqual({ width: 6, height: 7, color: 'green' });
  const config = door('applied', { width: 1, height: 2 });
  const apply = (object: object) =>
    world.call('PATCH', `${at('v2', 'applied')}?fieldManager=me&force=true`, JSON.stringify(object), {
      'content-type': 'application/apply-patch+yaml',
    });
  expect((await apply(config)).status).toBe(201);
  const again = await apply({ ...config, spec: { width: 9, height: 2 } });
  expect([again.status, again.body.spec]).toEqual([200, { width: 9, height: 2, color: 'green' }]);
  expect((await world.call('GET', at('v1', 'applied'))).body.spec.size).toBe('9x2');
  expect((await world.call('DELETE', at('v2', 'applied'))).status).toBe(200);
});

test('lists and tables ask once for all', async () => {
  await world.create(at('v1'), door('back', { size: '1x2' }) as any);
  server.heard.length = 0;
  const list = await world.call('GET', at('v2'));
  expect(list.body.items.map(({ spec }: any) => spec.width)).toEqual([1, 6]);
  expect(server.heard.map(({ body }) => body.request.objects.length)).toEqual([2]);
  const table = await world.call('GET', at('v2'), undefined, { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' });
  expect(table.body.rows.map(({ cells }: any) => cells[1])).toEqual([1, 6]);
  // what is stored so needs nobody
  server.heard.length = 0;
  expect((await world.call('GET', at('v1'))).body.items).toHaveLength(2);
  expect(server.heard).toEqual([]);
});

test('watches see every event in their version', async () => {
  const stop = new AbortController();
  const { metadata } = (await world.call('GET', at('v2'))).body;
  const response = await world.raw('GET', `${at('v2')}?watch=true&resourceVersion=${metadata.resourceVersion}`, { signal: stop.signal });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  await world.call('PATCH', at('v1', 'back'), { spec: { size: '8x8' } }, { 'content-type': 'application/merge-patch+json' });
  const event = JSON.parse((await reader.read()).value!);
  expect([event.type, event.object.apiVersion, event.object.spec]).toEqual([
    'MODIFIED',
    'example.com/v2',
    { width: 8, height: 8, color: 'green' },
  ]);
  stop.abort();
  await reader.cancel();
});

test('labels and annotations may change, identity may not', async () => {
  spoil = (object) => ({ ...object, metadata: { ...object.metadata, labels: { marked: 'yes' }, finalizers: ['x.example.com/y'] } });
  await world.create(at('v1'), door('marked', { size: '1x1' }) as any);
  const { body } = await world.call('GET', at('v2', 'marked'));
  expect([body.metadata.labels, body.metadata.finalizers]).toEqual([{ marked: 'yes' }, undefined]);
  spoil = (object) => ({ ...object, metadata: { ...object.metadata, name: 'other' } });
  await world.create(at('v1'), door('renamed', { size: '1x1' }) as any);
  expect((await world.call('GET', at('v2', 'renamed'))).body).toMatchObject({
    code: 500,
    message: 'conversion webhook for example.com/v1, Kind=Door returned invalid metadata: must have the same name: renamed != other',
  });
});

test.each([
  [
    'kind',
    (object: any) => ({ ...object, kind: 'Gate' }),
    'invalid converted object at index 0: invalid kind (received Gate, expected Door)',
  ],
  [
    'version',
    (object: any) => ({ ...object, apiVersion: 'example.com/v9' }),
    'invalid converted object at index 0: invalid groupVersion (received example.com/v9, expected example.com/v2)',
  ],
])('a webhook that answers with another %s', async (name, change, message) => {
  await world.create(at('v1'), door(`wrong-${name}`, { size: '1x1' }) as any);
  spoil = change;
  expect((await world.call('GET', at('v2', `wrong-${name}`))).body.message).toBe(
    `conversion webhook for example.com/v1, Kind=Door returned ${message}`,
  );
});

test('a webhook that refuses, and one that is gone: nothing is written', async () => {
  server.answers['/convert'] = ({ request }) => ({
    ...(answer({ request }) as object),
    response: { uid: request.uid, result: { status: 'Failed', message: 'cannot' } },
  });
  const refused = await world.call('POST', at('v2'), door('never', { width: 1, height: 1 }));
  expect([refused.status, refused.body.message]).toEqual([500, 'conversion webhook for example.com/v2, Kind=Door failed: cannot']);
  server.answers['/convert'] = answer;
  expect((await world.call('GET', at('v1', 'never'))).status).toBe(404);
});

test('objects of an earlier stored version are converted when the stored version changes', async () => {
  const crd = (await world.call('GET', `${CRDS}/doors.example.com`)).body;
  crd.spec.versions = [version('v1', false), version('v2', true)];
  expect((await world.call('PUT', `${CRDS}/doors.example.com`, crd)).body.status.storedVersions).toEqual(['v1', 'v2']);
  expect((await world.call('GET', at('v2', 'back'))).body).toMatchObject({ apiVersion: 'example.com/v2', spec: { width: 8, height: 8 } });
  expect((await world.call('GET', at('v1', 'back'))).body).toMatchObject({ apiVersion: 'example.com/v1', spec: { size: '8x8' } });
  // a controller that takes an owner away converts nothing, and says nothing else of it
  const object = JSON.parse((await world.platform.store.get({ resource: 'example.com/doors', namespace: 'default', name: 'back' }))!.body);
  const definition = definitionOf((await world.call('GET', `${CRDS}/doors.example.com`)).body);
  object.metadata.annotations = { swept: 'yes' };
  const actor = { user: { name: 'system:kube-controller-manager', groups: ['system:masters'] }, fieldManager: 'gc' };
  expect(await world.registry.applyAll([{ op: 'update', definition, object }], actor)).toMatchObject([{ status: 'ok' }]);
  expect((await world.call('GET', at('v1', 'back'))).body).toMatchObject({
    metadata: { annotations: { swept: 'yes' } },
    spec: { size: '8x8' },
  });
  // a write that changes nothing brings it into the new version
  await world.call('PATCH', at('v2', 'back'), {}, { 'content-type': 'application/merge-patch+json' });
  const stored = await world.platform.store.get({ resource: 'example.com/doors', namespace: 'default', name: 'back' });
  expect(JSON.parse(stored!.body)).toMatchObject({ apiVersion: 'example.com/v2', spec: { width: 8 } });
});
