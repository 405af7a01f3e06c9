/** Custom resources over the real app: found once established, then as any other kind. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { spliceRevision } from '../registry/body.ts';
import { createWorld, type World } from './testing.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const WIDGETS = '/apis/example.com/v1/namespaces/default/widgets';
const typed = { apiVersion: 'example.com/v1', kind: 'Widget' };

const crd = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'], categories: ['all'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.ready' } },
        additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                'x-kubernetes-validations': [{ rule: 'self.size < 5' }],
                properties: { size: { type: 'integer', default: 1 }, hosts: { type: 'array', items: { type: 'string' } } },
              },
              status: {
                type: 'object',
                'x-kubernetes-validations': [{ rule: 'self.ready >= 0' }],
                properties: { ready: { type: 'integer' } },
              },
            },
          },
        },
      },
    ],
  },
};

const establish = async (): Promise<void> => {
  const { body } = await world.call('GET', `${CRDS}/widgets.example.com`);
  body.status = { ...body.status, conditions: [{ type: 'Established', status: 'True' }], acceptedNames: body.spec.names };
  expect((await world.call('PUT', `${CRDS}/widgets.example.com/status`, body)).status).toBe(200);
};

it('is served from the moment it is established', async () => {
  const made = await world.call('POST', CRDS, crd);
  expect(made.status).toBe(201);
  expect(made.headers.get('warning')).toBeNull();
  expect((await world.call('GET', WIDGETS)).status).toBe(404);
  await establish();
  expect((await world.call('GET', WIDGETS)).body).toMatchObject({ kind: 'WidgetList', items: [] });
});

it('is in discovery and OpenAPI', async () => {
  const groups = await world.call('GET', '/apis');
  expect(groups.body.groups.map((g: any) => g.name)).toContain('example.com');
  const list = await world.call('GET', '/apis/example.com/v1');
  expect(list.body.resources.map((r: any) => r.name)).toEqual(['widgets', 'widgets/scale', 'widgets/status']);
  expect(list.body.resources[0].verbs.join()).toBe('delete,deletecollection,get,list,patch,create,update,watch');
  const index = await world.call('GET', '/openapi/v3');
  const document = await world.call('GET', index.body.paths['apis/example.com/v1'].serverRelativeURL);
  expect(document.body.components.schemas['com.example.v1.Widget'].properties.spec.properties.size.type).toBe('integer');
});

it('is defaulted, pruned, validated, counted and scaled as any kind', async () => {
  const wrong = await world.call('POST', WIDGETS, { ...typed, metadata: { name: 'a' }, spec: { size: 'big' } });
  expect([wrong.status, wrong.body.message]).toEqual([
    422,
    'Widget.example.com "a" is invalid: [spec.size: Invalid value: "string": spec.size in body must be of type integer: "string", <nil>: Invalid value: "null": some validation rules were not checked because the object was invalid; correct the existing errors to complete validation]',
  ]);
  const ruled = await world.call('POST', WIDGETS, { ...typed, metadata: { name: 'a' }, spec: { size: 7 } });
  expect([ruled.status, ruled.body.message]).toEqual([
    422,
    'Widget.example.com "a" is invalid: spec: Invalid value: "object": failed rule: self.size < 5',
  ]);
  const strict = await world.call('POST', `${WIDGETS}?fieldValidation=Strict`, { ...typed, metadata: { name: 'a' }, spec: { sise: 1 } });
  expect([strict.status, strict.body.message]).toEqual([
    400,
    'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.sise"',
  ]);
  const made = await world.call('POST', WIDGETS, { ...typed, metadata: { name: 'a' }, spec: { sise: 1 }, status: { ready: 3 } });
  expect([made.body.spec, made.body.status, made.body.metadata.generation]).toEqual([{ size: 1 }, undefined, 1]);
  const scaled = await world.call('PUT', `${WIDGETS}/a/scale`, { metadata: { name: 'a' }, spec: { replicas: 3 } });
  expect(scaled.body.spec.replicas).toBe(3);
  const told = await world.call('GET', `${WIDGETS}/a`, undefined, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
  expect(told.body.rows[0].cells).toEqual(['a', 3]);
  expect((await world.call('GET', `${WIDGETS}/a`)).body.metadata.generation).toBe(2);
  const status = { metadata: { name: 'a' }, status: { ready: 'yes' } };
  expect((await world.call('PATCH', `${WIDGETS}/a/status`, status, { 'content-type': 'application/merge-patch+json' })).status).toBe(422);
});

it('is applied on the server', async () => {
  const headers = { 'content-type': 'application/apply-patch+yaml' };
  const config = { ...typed, metadata: { name: 'b' }, spec: { size: 2, hosts: ['x'] } };
  const made = await world.call('PATCH', `${WIDGETS}/b?fieldManager=one`, config, headers);
  expect(made.status).toBe(201);
  const taken = await world.call('PATCH', `${WIDGETS}/b?fieldManager=two`, { ...config, spec: { size: 4 } }, headers);
  expect([taken.status, taken.body.message]).toEqual([409, 'Apply failed with 1 conflict: conflict with "one": .spec.size']);
});

it('is asked for the same rules through its status, its scale and patches', async () => {
  const merge = { 'content-type': 'application/merge-patch+json' };
  const tooBig = 'Widget.example.com "a" is invalid: spec: Invalid value: "object": failed rule: self.size < 5';
  const scaled = await world.call('PATCH', `${WIDGETS}/a/scale`, { spec: { replicas: 9 } }, merge);
  expect(scaled.status).toBe(422);
  const patched = await world.call('PATCH', `${WIDGETS}/a`, { spec: { size: 9 } }, merge);
  expect([patched.status, patched.body.message]).toEqual([422, tooBig]);
  const status = await world.call('PATCH', `${WIDGETS}/a/status`, { status: { ready: -1 } }, merge);
  expect([status.status, status.body.message]).toEqual([
    422,
    'Widget.example.com "a" is invalid: status: Invalid value: "object": failed rule: self.ready >= 0',
  ]);
});

it('may not be defined with rules that do not compile', async () => {
  const bad = structuredClone(crd) as any;
  bad.metadata.name = 'gadgets.example.com';
  bad.spec.names = { plural: 'gadgets', kind: 'Gadget' };
  bad.spec.versions[0].schema.openAPIV3Schema.properties.spec['x-kubernetes-validations'] = [{ rule: 'self.sise < 5' }];
  const { status, body } = await world.call('POST', CRDS, bad);
  expect(status).toBe(422);
  expect(body.details.causes).toEqual([
    {
      reason: 'FieldValueInvalid',
      field: 'spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule',
      message: expect.stringContaining("compilation failed: ERROR: <input>:1:5: undefined field 'sise'\n | self.sise < 5\n | ....^"),
    },
  ]);
});

it('has the defaults of a schema that widened, also where it was stored before', async () => {
  const { body } = await world.call('GET', `${CRDS}/widgets.example.com`);
  body.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.mode = { type: 'string', default: 'slow' };
  expect((await world.call('PUT', `${CRDS}/widgets.example.com`, body)).status).toBe(200);
  const read = await world.call('GET', `${WIDGETS}/a`);
  expect(read.body.spec.mode).toBe('slow');
  const list = await world.call('GET', WIDGETS);
  expect(list.body.items.map((item: any) => item.spec.mode)).toEqual(['slow', 'slow']);
});

it('is sent as it is stored where nothing is to be added, in every kind of answer', async () => {
  const key = { resource: 'example.com/widgets', namespace: 'default', name: 'whole' };
  await world.create(WIDGETS, { ...typed, metadata: { name: 'whole' }, spec: { size: 2, mode: 'fast' } } as any);
  const stored = (await world.platform.store.get(key))!;
  const text = spliceRevision(stored.body, stored.revision);
  const textOf = async (path: string) => (await world.raw('GET', path)).text();
  expect(await textOf(`${WIDGETS}/whole`)).toBe(text);
  expect(await textOf(`${WIDGETS}?fieldSelector=metadata.name%3Dwhole`)).toContain(`"items":[${text}]`);
  const watched = await world.raw('GET', `${WIDGETS}?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Dwhole`);
  const reader = watched.body!.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader.read()).value).toBe(`{"type":"ADDED","object":${text}}\n`);
  await reader.cancel();
  expect((await world.call('DELETE', `${WIDGETS}/whole`)).status).toBe(200);
});

it('loses what a schema names no more, also where it was stored before, and nobody owns the difference', async () => {
  const merge = { 'content-type': 'application/merge-patch+json' };
  const { body } = await world.call('GET', `${CRDS}/widgets.example.com`);
  const { properties } = body.spec.versions[0].schema.openAPIV3Schema.properties.spec;
  delete properties.hosts;
  properties.speed = { type: 'integer', default: 3 };
  expect((await world.call('PUT', `${CRDS}/widgets.example.com`, body)).status).toBe(200);
  const key = { resource: 'example.com/widgets', namespace: 'default', name: 'b' };
  const stored = async () => JSON.parse((await world.platform.store.get(key))!.body).spec;
  expect(await stored()).toEqual({ size: 2, hosts: ['x'] });
  const now = { size: 2, mode: 'slow', speed: 3 };
  const read = (await world.call('GET', `${WIDGETS}/b`)).body;
  expect(read.spec).toEqual(now);
  expect((await world.call('GET', WIDGETS)).body.items[1].spec).toEqual(now);
  const watched = await world.raw('GET', `${WIDGETS}?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Db`);
  const reader = watched.body!.pipeThrough(new TextDecoderStream()).getReader();
  expect(JSON.parse((await reader.read()).value!).object.spec).toEqual(now);
  await reader.cancel();
  // written as it was read: the store takes it in as it is now, and that is no change of the object's content
  const put = await world.call('PUT', `${WIDGETS}/b?fieldManager=writer`, read);
  expect([put.status, put.body.metadata.generation]).toEqual([200, read.metadata.generation]);
  expect(put.body.metadata.managedFields).toEqual(read.metadata.managedFields);
  expect(Number(put.body.metadata.resourceVersion)).toBeGreaterThan(Number(read.metadata.resourceVersion));
  expect(await stored()).toEqual(now);
  const again = await world.call('PATCH', `${WIDGETS}/b`, { spec: { size: 2 } }, merge);
  expect(again.body.metadata.resourceVersion).toBe(put.body.metadata.resourceVersion);
});

it('has the defaults of the version it was sent in, then those of the stored one', async () => {
  const version = (name: string, storage: boolean, properties: object) => ({
    ...{ name, storage, served: true },
    schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } } },
  });
  const text = (value: string) => ({ type: 'string', default: value });
  const made = await world.create(CRDS, {
    metadata: { name: 'gears.example.com' } as any,
    spec: {
      ...{ group: 'example.com', scope: 'Cluster', names: { plural: 'gears', kind: 'Gear' } },
      versions: [
        version('v1', true, { mode: text('slow'), late: text('v1') }),
        version('v2', false, { mode: text('fast'), early: text('v2') }),
      ],
    },
  });
  const status = { ...made.status, conditions: [{ type: 'Established', status: 'True' }], acceptedNames: made.spec.names };
  await world.call('PUT', `${CRDS}/gears.example.com/status`, { ...made, status });
  const sent = { apiVersion: 'example.com/v2', kind: 'Gear', metadata: { name: 'g' }, spec: {} };
  const gear = await world.create('/apis/example.com/v2/gears', sent as any);
  expect(gear.spec).toEqual({ mode: 'fast' });
  expect((await world.call('GET', '/apis/example.com/v1/gears/g')).body.spec).toEqual({ mode: 'fast', late: 'v1' });
  expect((await world.call('GET', '/apis/example.com/v2/gears/g')).body.spec).toEqual({ mode: 'fast' });
});

it('is judged by the schema of the version it was sent in, before the stored one drops what it does not name', async () => {
  const version = (name: string, storage: boolean, properties: object, required: string[] = []) => ({
    ...{ name, storage, served: true },
    schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties, required } } } },
  });
  const most = (maximum: number) => ({ type: 'integer', maximum });
  const made = await world.create(CRDS, {
    metadata: { name: 'gauges.example.com' } as any,
    spec: {
      ...{ group: 'example.com', scope: 'Cluster', names: { plural: 'gauges', kind: 'Gauge' } },
      versions: [
        version('v1', true, { count: most(5), mode: { type: 'string', default: 'slow' } }),
        version('v2', false, { count: most(10), unit: { type: 'string' }, mode: { type: 'string', enum: ['fast'] } }, ['unit']),
      ],
    },
  });
  const status = { ...made.status, conditions: [{ type: 'Established', status: 'True' }], acceptedNames: made.spec.names };
  await world.call('PUT', `${CRDS}/gauges.example.com/status`, { ...made, status });
  const at = (name: string) => `/apis/example.com/${name}/gauges`;
  const gauge = (name: string) => ({ apiVersion: `example.com/${name}`, kind: 'Gauge' });
  const send = async (name: string, spec: object) => {
    const { body } = await world.call('POST', at(name), { ...gauge(name), metadata: { generateName: 'g-' }, spec });
    return body.message?.replace(/^.* is invalid: /, '') ?? body.spec;
  };
  expect(await send('v1', { count: 8 })).toBe('spec.count: Invalid value: 8: spec.count in body should be less than or equal to 5');
  expect(await send('v2', { count: 8 })).toBe('spec.unit: Required value');
  const { body } = await world.call('POST', at('v2'), { ...gauge('v2'), metadata: { name: 'g' }, spec: { count: 8, unit: 'm' } });
  expect(body.spec).toEqual({ count: 8, mode: 'slow' });
  const key = { resource: 'example.com/gauges', namespace: '', name: 'g' };
  expect(JSON.parse((await world.platform.store.get(key))!.body).spec).toEqual({ count: 8 });
  const config = { ...gauge('v2'), metadata: { name: 'h' }, spec: { count: 9, unit: 'm' } };
  const applied = await world.call('PATCH', `${at('v2')}/h?fieldManager=one`, config, { 'content-type': 'application/apply-patch+yaml' });
  expect([applied.status, applied.body.spec?.count]).toEqual([201, 9]);
  const patch = (name: string, spec: object) =>
    world.call('PATCH', `${at(name)}/g`, { spec }, { 'content-type': 'application/merge-patch+json' });
  const refused = await patch('v2', { count: 11, unit: 'm', mode: 'fast' });
  expect(refused.body.details.causes.map(({ field }: any) => field)).toEqual(['spec.count']);
  expect((await patch('v2', { count: 9, unit: 'm', mode: 'fast' })).status).toBe(200);
  expect((await patch('v1', { count: 10 })).status).toBe(422);
  // as well where objects of an earlier stored version may be left
  const { body: mixed } = await world.call('GET', `${CRDS}/gauges.example.com`);
  mixed.status.storedVersions = ['v2', 'v1'];
  expect((await world.call('PUT', `${CRDS}/gauges.example.com/status`, mixed)).status).toBe(200);
  expect(await send('v2', { count: 8 })).toBe('spec.unit: Required value');
  expect(await send('v2', { count: 8, unit: 'm' })).toEqual({ count: 8, mode: 'slow' });
});

it('has finalizers without a domain, of which it warns, and is put for a revision only', async () => {
  const made = await world.call('POST', WIDGETS, { ...typed, metadata: { name: 'held', finalizers: ['plain'] }, spec: { size: 1 } });
  expect([made.status, made.headers.get('warning')]).toEqual([
    201,
    '299 - "metadata.finalizers: \\"plain\\": prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers"',
  ]);
  const { resourceVersion, ...metadata } = made.body.metadata;
  const put = await world.call('PUT', `${WIDGETS}/held`, { ...made.body, metadata });
  expect([put.status, put.body.message]).toEqual([
    422,
    'widgets.example.com "held" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
  ]);
  const again = await world.call('PUT', `${WIDGETS}/held`, { ...made.body, metadata: { ...metadata, resourceVersion, finalizers: [] } });
  expect([again.status, again.headers.get('warning')]).toEqual([200, null]);
  expect((await world.call('DELETE', `${WIDGETS}/held`)).status).toBe(200);
});

it('says itself what it is, where a built-in kind is what the path says', async () => {
  const { kind, apiVersion } = typed;
  const asked = async (method: string, path: string, sent: object, type = 'application/json') => {
    const { status, body } = await world.call(method, `${WIDGETS}${path}`, sent, { 'content-type': type });
    return [status, body.message];
  };
  const metadata = { name: 'untyped' };
  const missing = (sent: object) => `Object 'Kind' is missing in '${JSON.stringify(sent)}'`;
  const kindless = { apiVersion, metadata };
  const unrecognized = 'the object provided is unrecognized (must be of type Widget)';
  const refused = [400, `${unrecognized}: ${missing(kindless)} ({"apiVersion":"example.com/v1" ...)`];
  expect(await asked('POST', '', kindless)).toEqual(refused);
  expect(await asked('POST', '?fieldValidation=Strict', kindless)).toEqual(refused);
  const ignored = `Widget in version "v1" cannot be handled as a Widget: ${missing(kindless)}`;
  expect(await asked('POST', '?fieldValidation=Ignore', kindless)).toEqual([400, ignored]);
  const versionless = [400, 'the API version in the data () does not match the expected API version (example.com/v1)'];
  expect(await asked('POST', '', { kind, metadata })).toEqual(versionless);
  expect((await world.call('GET', `${WIDGETS}/untyped`)).status).toBe(404);
  await world.create(WIDGETS, { ...typed, metadata } as any);
  expect(await asked('PUT', '/untyped', kindless)).toEqual(refused);
  expect(await asked('PUT', '/untyped/status', kindless)).toEqual(refused);
  expect(await asked('PUT', '/untyped', { kind, metadata })).toEqual(versionless);
  // a patch keeps what is stored, unless it takes it away
  const merge = 'application/merge-patch+json';
  expect((await asked('PATCH', '/untyped', { spec: { size: 2 } }, merge))[0]).toBe(200);
  const [status, why] = await asked('PATCH', '/untyped', { kind: null }, merge);
  expect([status, why]).toEqual([422, expect.stringContaining("Object 'Kind' is missing in '{")]);
  expect((await world.call('DELETE', `${WIDGETS}/untyped`)).status).toBe(200);
});

it('stays until its objects are gone, and takes no new ones', async () => {
  const going = await world.call('DELETE', `${CRDS}/widgets.example.com`);
  expect(going.status).toBe(200);
  const { body } = await world.call('GET', `${CRDS}/widgets.example.com`);
  expect(body.metadata.finalizers).toEqual(['customresourcecleanup.apiextensions.k8s.io']);
  expect((await world.call('POST', WIDGETS, { ...typed, metadata: { name: 'c' } })).status).toBe(405);
  await world.call('PUT', `${CRDS}/widgets.example.com`, { ...body, metadata: { ...body.metadata, finalizers: [] } });
  expect((await world.call('GET', WIDGETS)).status).toBe(404);
});
