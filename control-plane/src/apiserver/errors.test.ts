/** Any input, however wrong, gets a Status that names the fault; never a 500, never a hang. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiError, reasons, toStatus } from './errors.ts';
import { createWorld, podNamed, type World } from './testing.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(async () => {
  expect(world.errors).toEqual([]);
  await world.close();
});

const pods = '/api/v1/namespaces/default/pods';
const proto = 'application/vnd.kubernetes.protobuf';

interface Case {
  readonly what: string;
  readonly method?: string;
  readonly path?: string;
  readonly body?: BodyInit;
  readonly type?: string;
  readonly code: number;
  readonly reason: string;
  readonly message: string | RegExp;
}

const cases: readonly Case[] = [
  {
    what: 'an unknown resource',
    method: 'GET',
    path: '/api/v1/widgets',
    code: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
  },
  {
    what: 'an unknown subresource',
    method: 'GET',
    path: `${pods}/x/nope`,
    code: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
  },
  { what: 'an object that is not there', method: 'GET', path: `${pods}/x`, code: 404, reason: 'NotFound', message: 'pods "x" not found' },
  {
    what: 'a grouped object that is not there',
    method: 'GET',
    path: '/apis/apps/v1/namespaces/default/deployments/x',
    code: 404,
    reason: 'NotFound',
    message: 'deployments.apps "x" not found',
  },
  {
    what: 'a wrong verb',
    method: 'PUT',
    path: pods,
    code: 405,
    reason: 'MethodNotAllowed',
    message: 'the server does not allow this method on the requested resource',
  },
  {
    what: 'a verb nobody knows',
    method: 'BREW',
    path: pods,
    code: 405,
    reason: 'MethodNotAllowed',
    message: 'the server does not allow this method on the requested resource',
  },
  {
    what: 'a create across namespaces',
    path: '/api/v1/pods',
    body: '{}',
    code: 405,
    reason: 'MethodNotAllowed',
    message: 'the server does not allow this method on the requested resource',
  },
  {
    what: 'a virtual kind read',
    method: 'GET',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    code: 405,
    reason: 'MethodNotAllowed',
    message: 'the server does not allow this method on the requested resource',
  },
  { what: 'a malformed escape', method: 'GET', path: '/api/v1/namespaces/%zz/pods', code: 400, reason: 'BadRequest', message: /malformed/ },
  {
    what: 'a wrong content type',
    body: 'x',
    type: 'text/plain',
    code: 415,
    reason: 'UnsupportedMediaType',
    message: /^the body of the request was in an unknown format - accepted media types include: application\/json, /,
  },
  { what: 'CBOR', body: 'x', type: 'application/cbor', code: 415, reason: 'UnsupportedMediaType', message: /unknown format/ },
  { what: 'an empty body', body: '', code: 400, reason: 'BadRequest', message: /empty/ },
  {
    what: 'broken JSON',
    body: '{"kind":',
    code: 400,
    reason: 'BadRequest',
    message: /^the object provided is unrecognized \(must be of type Pod\): couldn't get version\/kind; json parse error: /,
  },
  {
    what: 'broken YAML',
    body: 'a: [',
    type: 'application/yaml',
    code: 400,
    reason: 'BadRequest',
    message: /yaml: error converting YAML to JSON/,
  },
  { what: 'JSON that is no object', body: '[1]', code: 400, reason: 'BadRequest', message: /cannot unmarshal array/ },
  { what: 'bytes that are no text', body: Uint8Array.from([0xff, 0xfe, 0xfd]), code: 400, reason: 'BadRequest', message: /UTF-8/ },
  { what: 'deep nesting', body: '['.repeat(100_000), code: 400, reason: 'BadRequest', message: /unrecognized/ },
  {
    what: 'another kind',
    body: '{"kind":"Node","apiVersion":"v1"}',
    code: 400,
    reason: 'BadRequest',
    message: 'Node in version "v1" cannot be handled as a Pod: converting (v1.Node) to (core.Pod): unknown conversion',
  },
  {
    what: 'another version of the kind',
    path: '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers',
    body: '{"kind":"HorizontalPodAutoscaler","apiVersion":"autoscaling/v2"}',
    code: 400,
    reason: 'BadRequest',
    message: 'the API version in the data (autoscaling/v2) does not match the expected API version (autoscaling/v1)',
  },
  {
    what: 'another version',
    body: '{"kind":"Pod","apiVersion":"v2"}',
    code: 400,
    reason: 'BadRequest',
    message:
      'Pod in version "v2" cannot be handled as a Pod: no kind "Pod" is registered for version "v2" in scheme "pkg/api/legacyscheme/scheme.go:30"',
  },
  {
    what: 'a wrong type',
    body: '{"metadata":{"name":"a"},"spec":{"containers":{}}}',
    code: 400,
    reason: 'BadRequest',
    message:
      /^Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type \[\]/,
  },
  {
    what: 'an unknown field',
    path: `${pods}?fieldValidation=Strict`,
    body: '{"metadata":{"name":"a"},"spec":{"foo":1}}',
    code: 400,
    reason: 'BadRequest',
    message: 'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.foo"',
  },
  {
    what: 'a duplicate field',
    path: `${pods}?fieldValidation=Strict`,
    body: '{"metadata":{"name":"a","name":"b"}}',
    code: 400,
    reason: 'BadRequest',
    message: /duplicate field "metadata.name"/,
  },
  {
    what: 'no containers',
    body: '{"metadata":{"name":"a"},"spec":{}}',
    code: 422,
    reason: 'Invalid',
    message: /^Pod "a" is invalid: spec.containers: Required value/,
  },
  {
    what: 'a bad name',
    body: '{"metadata":{"name":"A_b"},"spec":{"containers":[{"name":"c","image":"i"}]}}',
    code: 422,
    reason: 'Invalid',
    message: /metadata.name: Invalid value: "A_b": a lowercase RFC 1123 subdomain/,
  },
  {
    what: 'no name',
    body: '{"spec":{"containers":[{"name":"c","image":"i"}]}}',
    code: 422,
    reason: 'Invalid',
    message: /metadata.name: Required value: name or generateName is required/,
  },
  {
    what: 'no protobuf',
    body: 'hello',
    type: proto,
    code: 400,
    reason: 'BadRequest',
    message: /provided data does not appear to be a protobuf message/,
  },
  {
    what: 'truncated protobuf',
    body: Uint8Array.from([0x6b, 0x38, 0x73, 0, 0x0a, 0x40, 1]),
    type: proto,
    code: 400,
    reason: 'BadRequest',
    message: /cannot be handled as a Pod/,
  },
  {
    what: 'a body above 3 MiB',
    body: `"${'x'.repeat(4 * 1024 * 1024)}"`,
    code: 413,
    reason: 'RequestEntityTooLarge',
    message: 'Request entity too large: limit is 3145728',
  },
  {
    what: 'an object above 1.5 MiB',
    body: JSON.stringify({
      metadata: { name: 'big' },
      spec: { containers: [{ name: 'c', image: 'i', env: [0, 1, 2].map((n) => ({ name: `E${n}`, value: 'x'.repeat(600_000) })) }] },
    }),
    code: 413,
    reason: 'RequestEntityTooLarge',
    message: /Request entity too large/,
  },
  {
    what: 'an unknown dryRun',
    path: `${pods}?dryRun=Some`,
    body: '{}',
    code: 422,
    reason: 'Invalid',
    message: /CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value/,
  },
  {
    what: 'an unknown fieldValidation',
    path: `${pods}?fieldValidation=Maybe`,
    body: '{}',
    code: 422,
    reason: 'Invalid',
    message: /fieldValidation: Unsupported value: "Maybe": supported values: "Ignore", "Strict", "Warn"/,
  },
  {
    what: 'a long fieldManager',
    path: `${pods}?fieldManager=${'m'.repeat(200)}`,
    body: '{}',
    code: 422,
    reason: 'Invalid',
    message: /fieldManager: Too long: may not be more than 128 bytes/,
  },
  {
    what: 'an unknown propagation',
    method: 'DELETE',
    path: `${pods}/x?propagationPolicy=Nope`,
    code: 422,
    reason: 'Invalid',
    message: /propagationPolicy: Unsupported value: "Nope": supported values: "Foreground", "Background", "Orphan", "nil"/,
  },
  {
    what: 'a patch that is none',
    method: 'PATCH',
    path: `${pods}/there`,
    body: '{"op":"add"}',
    type: 'application/json-patch+json',
    code: 400,
    reason: 'BadRequest',
    message: /./,
  },
];

describe('every wrong request is answered by a Status', () => {
  test.each(cases)('$what', async ({ method = 'POST', path = pods, body, type = 'application/json', code, reason, message }) => {
    if (path.endsWith('/there')) await world.create(pods, podNamed('there'));
    const headers: Record<string, string> = body === undefined ? {} : { 'content-type': type };
    const response = await world.raw(method, path, { headers, ...(body === undefined ? {} : { body }) });
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    const status: any = await response.json();
    expect(status).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason });
    expect(response.status).toBe(code);
    expect(status.message).toMatch(message);
  });
});

test.each([
  ['GET', '/nope'],
  ['HEAD', '/nope'],
  ['GET', '/apis/nope.example/v1'],
  ['GET', '/apis/nope.example/v1/things'],
  ['POST', '/apis/nope.example/v1/namespaces/default/things'],
  ['PATCH', '/apis/nope.example/v1/namespaces/default/things/a/status'],
  ['GET', '/readyz/nope'],
])('%s %s is a page that is not there, to those who may ask', async (method, path) => {
  const response = await world.raw(method, path);
  expect([response.status, response.headers.get('content-type')]).toEqual([404, 'text/plain; charset=utf-8']);
  if (method !== 'HEAD') expect(await response.text()).toBe('404 page not found\n');
  const stranger = await world.raw(method, path, { headers: { authorization: 'Bearer kdg1.x.y.z' } });
  expect(stranger.status).toBe(401);
});

test.each(['/api/v1/widgets', '/api/v9/pods', '/apis/apps/v9', '/apis/apps/v9/deployments', '/apis/apps/v1/widgets/a'])(
  '%s is of a group that is served: a Status',
  async (path) => {
    expect((await world.call('GET', path)).body).toMatchObject({ kind: 'Status', reason: 'NotFound', details: {}, code: 404 });
  },
);

test('422 names each field as a cause', async () => {
  const { body } = await world.call('POST', pods, { metadata: { name: 'a' }, spec: { containers: [{ name: 'c' }] } });
  expect(body.details).toMatchObject({
    name: 'a',
    kind: 'Pod',
    causes: [{ reason: 'FieldValueRequired', field: 'spec.containers[0].image' }],
  });
});

test('the unexpected is a 500 that names a request and no internals', async () => {
  const broken = await createWorld();
  broken.platform.store.get = async () => {
    throw new Error('secret detail');
  };
  const { status, body } = await broken.call('GET', `${pods}/x`);
  expect(status).toBe(500);
  expect(body).toMatchObject({ reason: 'InternalError' });
  expect(JSON.stringify(body)).not.toContain('secret detail');
  expect(broken.errors[0]).toContain('secret detail');
  await broken.close();
});

test('the table: each reason has one code, and toStatus says both', () => {
  for (const [reason, code] of Object.entries(reasons)) {
    const status = toStatus(new ApiError(reason as keyof typeof reasons, 'm'));
    expect(status).toMatchObject({ kind: 'Status', status: 'Failure', reason, code, message: 'm' });
  }
});
