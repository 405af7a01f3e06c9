/** Names that every JavaScript object inherits, where a client's word is looked up in a table: nothing is found there but what the table has. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, podNamed, type World } from './testing.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const flowSchemas = '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas';
const core = '/api/v1/namespaces/default';
const inherited = ['constructor', 'toString', '__proto__'];
/** Those that are names of objects, too. */
const name = 'constructor';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterEach(() => expect(world.errors.splice(0)).toEqual([]));
afterAll(() => world.close());

const post = async (path: string, body: object) => {
  const response = await world.raw('POST', path, { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  const { message, ...made } = (await response.json()) as any;
  return { status: response.status, message: message as string | undefined, warning: response.headers.get('warning'), made };
};
const podOf = (podName: string, spec: object = {}, container: object = {}) => ({
  metadata: { name: podName },
  spec: { containers: [{ name: 'main', image: 'nginx', ...container }], ...spec },
});

describe.each(inherited)('%s', (word) => {
  it('is no page', async () => {
    for (const path of [`/${word}`, `/healthz/${word}`, `/livez/${word}`]) expect((await world.raw('GET', path)).status).toBe(404);
    const excluded = await (await world.raw('GET', `/healthz?verbose&exclude=${word}`)).text();
    expect(excluded).toContain(`warn: some health checks cannot be excluded: no matches for "${word}"`);
  });

  it('is no media type', async () => {
    for (const accept of [word, `application/json;as=${word};g=meta.k8s.io;v=v1`])
      expect((await world.raw('GET', `${core}/pods`, { headers: { accept } })).status).toBe(406);
    const patch = { body: '{}', headers: { 'content-type': word } };
    expect((await world.raw('PATCH', '/api/v1/namespaces/default', patch)).status).toBe(415);
  });

  it('is a type of Secret without rules', async () => {
    expect(await post(`${core}/secrets`, { metadata: { generateName: 's-' }, type: word })).toMatchObject({
      status: 201,
      made: { type: word },
    });
  });

  it('is no resource of a container', async () => {
    for (const side of ['requests', 'limits']) {
      const { status, message } = await post(`${core}/pods`, podOf('p', {}, { resources: { [side]: Object.fromEntries([[word, '1']]) } }));
      expect([status, message]).toEqual([422, expect.stringContaining('must be a standard resource for containers')]);
    }
  });

  it('is no kind that a token is bound to', async () => {
    const spec = { audiences: ['a'], boundObjectRef: { kind: word, name: 'x' } };
    const { status, message } = await post(`${core}/serviceaccounts/default/token`, { spec });
    expect([status, message]).toEqual([422, expect.stringContaining(`cannot bind token for serviceaccount to object type , Kind=${word}`)]);
  });

  it('is no kind of subjects', async () => {
    const rule = { subjects: [{ kind: word }], nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }] };
    const spec = { matchingPrecedence: 20, priorityLevelConfiguration: { name: 'x' }, rules: [rule] };
    const { status, message } = await post(flowSchemas, { metadata: { name: 'f' }, spec });
    expect([status, message]).toEqual([422, expect.stringContaining(`rules[0].subjects[0].kind: Unsupported value: "${word}"`)]);
  });

  it('is no type of addresses', async () => {
    const { status } = await post('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
      metadata: { name: 'e' },
      addressType: word,
      endpoints: [{ addresses: ['10.0.0.1'] }],
    });
    expect(status).toBe(422);
  });
});

it('no PriorityClass has it', async () => {
  const { status, message } = await post(`${core}/pods`, podOf('p', { priorityClassName: name }));
  expect([status, message]).toEqual([403, `pods "p" is forbidden: no PriorityClass with name ${name} was found`]);
});

it('it is a label as any other', async () => {
  const spread = { maxSkew: 1, topologyKey: name, whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} };
  const { status, warning } = await post(
    `${core}/pods`,
    podOf('labelled', { nodeSelector: { [name]: 'x' }, topologySpreadConstraints: [spread] }),
  );
  expect([status, warning]).toEqual([201, null]);
});

it('a RuntimeClass selects nodes by it', async () => {
  const scheduling = { nodeSelector: { [name]: 'x' } };
  expect((await post('/apis/node.k8s.io/v1/runtimeclasses', { metadata: { name }, handler: 'runc', scheduling })).status).toBe(201);
  const { status, made } = await post(`${core}/pods`, podOf('run', { runtimeClassName: name, nodeSelector: { a: 'b' } }));
  expect([status, made.spec?.nodeSelector]).toEqual([201, { a: 'b', [name]: 'x' }]);
});

it('a ConfigMap has it as text beside bytes', async () => {
  const { status } = await post(`${core}/configmaps`, { metadata: { name: 'c' }, data: { [name]: 'x' }, binaryData: { other: 'AA==' } });
  expect(status).toBe(201);
});

it('a FlowSchema of that name has the precedence of any', async () => {
  const spec = { matchingPrecedence: 20_000, priorityLevelConfiguration: { name: 'x' } };
  const { status } = await post(flowSchemas, { metadata: { name }, spec });
  expect(status).toBe(422);
});

it('bounds and quotas take none for a resource that is asked for', async () => {
  await post('/api/v1/namespaces', { metadata: { name: 'bound' } });
  await post('/api/v1/namespaces/bound/serviceaccounts', { metadata: { name: 'default' } });
  const limits = ['Container', 'Pod'].map((type) => ({ type, max: { cpu: '2' }, ...(type === 'Container' && { default: { cpu: '1' } }) }));
  expect((await post('/api/v1/namespaces/bound/limitranges', { metadata: { name: 'l' }, spec: { limits } })).status).toBe(201);
  const hard = { 'requests.cpu': '10', 'requests.example.com/constructor': '1' };
  expect((await post('/api/v1/namespaces/bound/resourcequotas', { metadata: { name: 'q' }, spec: { hard } })).status).toBe(201);
  const asking = podOf('p', {}, { resources: { requests: { [name]: '1' }, limits: { toString: '1' } } });
  const { status, message } = await post('/api/v1/namespaces/bound/pods', asking);
  expect([status, message]).toEqual([422, expect.stringContaining('must be a standard resource for containers')]);
});

describe('a custom resource with fields of that name', () => {
  const members = {
    constructor: { type: 'string', default: 'made', minLength: 2 },
    toString: { type: 'object', properties: { valueOf: { type: 'integer' } } },
    hasOwnProperty: { type: 'array', items: { type: 'string' } },
  };
  const crd = {
    metadata: { name: 'odds.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'odds', kind: 'Odd', singular: 'odd', listKind: 'OddList' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: { spec: { type: 'object', required: ['valueOf'], properties: { ...members, valueOf: { type: 'string' } } } },
            },
          },
          selectableFields: [{ jsonPath: '.spec.constructor' }, { jsonPath: '.spec.valueOf' }],
        },
      ],
    },
  };
  const odds = '/apis/example.com/v1/namespaces/default/odds';
  const odd = (oddName: string, spec: object) => ({ apiVersion: 'example.com/v1', kind: 'Odd', metadata: { name: oddName }, spec });

  beforeAll(async () => {
    const made = await post(CRDS, crd);
    expect(made.status, made.message).toBe(201);
    const { body } = await world.call('GET', `${CRDS}/odds.example.com`);
    body.status = { ...body.status, conditions: [{ type: 'Established', status: 'True' }], acceptedNames: body.spec.names };
    expect((await world.call('PUT', `${CRDS}/odds.example.com/status`, body)).status).toBe(200);
  });

  it('is defaulted, required, validated and selected by them', async () => {
    const made = await post(odds, odd('a', { valueOf: 'x' }));
    expect([made.status, made.made.spec]).toEqual([201, { valueOf: 'x', constructor: 'made' }]);
    expect((await post(odds, odd('b', {}))).message).toContain('spec.valueOf: Required value');
    expect((await post(odds, odd('b', { valueOf: 'x', constructor: 'y' }))).message).toContain('spec.constructor');
    expect((await post(odds, odd('b', { valueOf: 'x', toString: { valueOf: 'y' } }))).message).toContain('spec.toString.valueOf');
    const whole = { valueOf: 'y', constructor: 'zz', toString: { valueOf: 1 }, hasOwnProperty: ['a'] };
    expect((await post(odds, odd('c', whole))).made.spec).toEqual(whole);
    const names = async (selector: string) =>
      ((await world.call('GET', `${odds}?fieldSelector=${encodeURIComponent(selector)}`)).body.items ?? []).map(
        (item: any) => item.metadata.name,
      );
    expect(await names('spec.constructor=made')).toEqual(['a']);
    expect(await names('spec.valueOf!=x')).toEqual(['c']);
  });

  it('is applied and its fields are owned', async () => {
    const headers = { 'content-type': 'application/apply-patch+yaml' };
    const send = (spec: object) => world.raw('PATCH', `${odds}/d?fieldManager=me`, { body: JSON.stringify(odd('d', spec)), headers });
    expect((await send({ valueOf: 'x', toString: { valueOf: 1 }, hasOwnProperty: ['a'] })).status).toBe(201);
    expect((await send({ valueOf: 'y' })).status).toBe(200);
    const { spec, metadata } = (await world.call('GET', `${odds}/d`)).body;
    expect(spec).toEqual({ valueOf: 'y', constructor: 'made' });
    expect(metadata.managedFields[0].fieldsV1).toEqual({ 'f:spec': { 'f:valueOf': {} } });
  });
});

it('a Pod of that name is one as any', async () => {
  expect((await post(`${core}/pods`, podNamed(name) as object)).status).toBe(201);
});
