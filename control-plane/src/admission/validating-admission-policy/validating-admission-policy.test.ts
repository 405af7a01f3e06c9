/** Policies over the real API server and registry: which requests they judge, what they read, what they say. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, podNamed, type World } from '../../apiserver/testing.ts';

const group = '/apis/admissionregistration.k8s.io/v1';
const policies = `${group}/validatingadmissionpolicies`;
const bindings = `${group}/validatingadmissionpolicybindings`;
const maps = '/api/v1/namespaces/default/configmaps';

let world: World;
const made: string[] = [];
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());
afterEach(async () => {
  for (const path of made.splice(0)) await world.call('DELETE', path);
});

const create = async (path: string, object: { metadata: { name: string } } & object): Promise<void> => {
  const { status, body } = await world.call('POST', path, object);
  expect([status, body.message]).toEqual([201, undefined]);
  made.push(`${path}/${object.metadata.name}`);
};

interface Options {
  readonly policy?: object;
  readonly rule?: object;
  readonly match?: object;
  readonly binding?: object;
}

/** Policy `p` with binding `b`. */
const enforce = async (
  validations: readonly object[],
  { policy = {}, rule = {}, match = {}, binding = {} }: Options = {},
): Promise<void> => {
  const resourceRules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'], ...rule }];
  await create(policies, {
    metadata: { name: 'p' },
    spec: { matchConstraints: { resourceRules, ...match }, validations, ...policy },
  } as any);
  await create(bindings, { metadata: { name: 'b' }, spec: { policyName: 'p', validationActions: ['Deny'], ...binding } } as any);
};

const map = (data: object = {}, metadata: object = {}, query = '') =>
  world.call('POST', `${maps}?dryRun=All${query}`, { metadata: { name: 'm', ...metadata }, data });
const denied = (why: string) => `configmaps "m" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: ${why}`;
const message = async (...args: Parameters<typeof map>): Promise<string> => (await map(...args)).body.message ?? 'allowed';

describe('a refusal', () => {
  it('is Invalid, names policy and binding, and gives the expression', async () => {
    await enforce([{ expression: 'object.data.a == "1"' }]);
    const { status, body } = await map({ a: '2' });
    expect(status).toBe(422);
    expect(body).toMatchObject({
      reason: 'Invalid',
      message: denied('failed expression: object.data.a == "1"'),
      details: {
        name: 'm',
        kind: 'configmaps',
        causes: [{ message: `ValidatingAdmissionPolicy 'p' with binding 'b' denied request: failed expression: object.data.a == "1"` }],
      },
    });
    expect((await map({ a: '1' })).status).toBe(201);
  });

  it.each<[string, object, number, string]>([
    ['its message', { message: 'no' }, 422, 'no'],
    ['its expression', { messageExpression: '"was " + object.data.a' }, 422, 'was 2'],
    ['its message where the expression fails', { messageExpression: 'object.data.b', message: 'no' }, 422, 'no'],
    ['Forbidden', { reason: 'Forbidden' }, 403, 'failed expression: object.data.a == "1"'],
    ['Unauthorized', { reason: 'Unauthorized' }, 401, 'failed expression: object.data.a == "1"'],
    ['RequestEntityTooLarge', { reason: 'RequestEntityTooLarge' }, 413, 'failed expression: object.data.a == "1"'],
  ])('has %s', async (_what, more, code, why) => {
    await enforce([
      {
        expression: 'object.data.a == "1"',
        ...('messageExpression' in more ? { ...more, messageExpression: `string(${more.messageExpression})` } : more),
      },
    ]);
    const { status, body } = await map({ a: '2' });
    expect([status, body.message]).toEqual([code, denied(why)]);
  });

  it('is what an expression that cannot be evaluated comes to, unless it is ignored', async () => {
    await enforce([{ expression: 'object.data.missing == "1"' }]);
    expect(await message()).toBe(denied(`expression 'object.data.missing == "1"' resulted in error: no such key: data`));
    for (const path of made.splice(0)) await world.call('DELETE', path);
    await enforce([{ expression: 'object.data.missing == "1"' }], { policy: { failurePolicy: 'Ignore' } });
    expect(await message()).toBe('allowed');
  });

  it('may be a warning', async () => {
    await enforce([{ expression: 'false', message: 'rather not' }], { binding: { validationActions: ['Warn', 'Audit'] } });
    const { status, headers } = await map();
    expect(status).toBe(201);
    expect(headers.get('warning')).toContain("Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': rather not");
  });
});

describe('a policy', () => {
  it('does nothing without a binding, and nothing any more once it is gone', async () => {
    await enforce([{ expression: 'false' }]);
    expect(await message()).toContain('denied');
    await world.call('DELETE', `${bindings}/b`);
    expect(await message()).toBe('allowed');
  });

  it.each<[string, Options, boolean]>([
    ['another operation', { rule: { operations: ['DELETE'] } }, false],
    ['another resource', { rule: { resources: ['pods'] } }, false],
    ['another name', { rule: { resourceNames: ['x'] } }, false],
    ['this name', { rule: { resourceNames: ['m'] } }, true],
    [
      'what it leaves out',
      { match: { excludeResourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['configmaps'] }] } },
      false,
    ],
    ['labels it has', { match: { objectSelector: { matchLabels: { a: 'b' } } } }, true],
    ['labels it has not', { match: { objectSelector: { matchLabels: { a: 'c' } } } }, false],
    ['its namespace', { match: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } } } }, true],
    ['another namespace', { match: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'x' } } } }, false],
    ['what the binding does not', { binding: { matchResources: { objectSelector: { matchLabels: { a: 'c' } } } } }, false],
    [
      'what the binding leaves out',
      {
        binding: {
          matchResources: { excludeResourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['*'] }] },
        },
      },
      false,
    ],
    ['what a condition wants', { policy: { matchConditions: [{ name: 'c', expression: 'request.userInfo.username == "admin"' }] } }, true],
    [
      'what a condition does not want',
      { policy: { matchConditions: [{ name: 'c', expression: 'request.operation == "UPDATE"' }] } },
      false,
    ],
  ])('is about %s', async (_what, options, judged) => {
    await enforce([{ expression: 'false' }], options);
    expect((await message({}, { labels: { a: 'b' } })).includes('denied')).toBe(judged);
  });

  it('reads the request, the old object, the namespace, its variables and roles', async () => {
    await world.create(maps, { metadata: { name: 'old' }, data: { a: '1' } });
    await enforce(
      [
        { expression: 'request.operation == "CREATE" || oldObject.data.a == variables.wanted' },
        { expression: 'namespaceObject.metadata.name == "default" && request.namespace == "default"' },
        { expression: 'request.resource.resource == "configmaps" && request.kind.kind == object.kind && !request.dryRun' },
        { expression: 'authorizer.group("").resource("pods").check("create").allowed()' },
        { expression: 'authorizer.requestResource.check("update").allowed() && authorizer.path("/healthz").check("get").allowed()' },
        { expression: '!authorizer.serviceAccount("default", "x").group("").resource("pods").check("get").allowed()' },
      ],
      {
        policy: {
          variables: [
            { name: 'one', expression: '1' },
            { name: 'wanted', expression: 'string(variables.one)' },
          ],
        },
      },
    );
    const put = (a: string) => world.call('PUT', `${maps}/old`, { metadata: { name: 'old' }, data: { a } });
    expect((await put('2')).status).toBe(200);
    const { body } = await put('3');
    expect(body.message).toContain('failed expression: request.operation == "CREATE" || oldObject.data.a == variables.wanted');
  });

  it('judges deletes and subresources', async () => {
    await world.create('/api/v1/namespaces/default/pods', podNamed('kept'));
    await enforce([{ expression: 'oldObject.metadata.name != "kept"', message: 'keep it' }], {
      rule: { resources: ['pods', 'pods/*'], operations: ['DELETE', 'CREATE'] },
    });
    const gone = await world.call('DELETE', '/api/v1/namespaces/default/pods/kept');
    expect(gone.body.message).toBe(`pods "kept" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: keep it`);
  });

  it('may not be about what configures admission', async () => {
    await enforce([{ expression: 'false' }], { rule: { apiGroups: ['*'], apiVersions: ['*'], resources: ['*'], operations: ['*'] } });
    expect((await world.call('DELETE', `${bindings}/b`)).status).toBe(200);
  });

  it('must have expressions that compile', async () => {
    const { body } = await world.call('POST', policies, {
      metadata: { name: 'bad' },
      spec: {
        matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }] },
        validations: [{ expression: 'params.x == 1' }, { expression: '1' }, { expression: 'true', messageExpression: 'request.dryRun' }],
      },
    });
    expect(body.details.causes.map(({ field, message: text }: any) => [field, text])).toEqual([
      [
        'spec.validations[0].expression',
        `Invalid value: "params.x == 1": compilation failed: ERROR: <input>:1:1: undeclared reference to 'params' (in container '')\n | params.x == 1\n | ^`,
      ],
      ['spec.validations[1].expression', 'Invalid value: "1": must evaluate to bool'],
      ['spec.validations[2].messageExpression', 'Invalid value: "request.dryRun": must evaluate to string'],
    ]);
  });
});

describe('a write', () => {
  it.each<[string, Options | undefined]>([
    ['without policies', undefined],
    ['that no policy is about', { rule: { resources: ['secrets'] } }],
    ['that a policy judges by itself alone', {}],
  ])('%s asks the store no more than any other', async (_what, options) => {
    if (options) await enforce([{ expression: 'object.metadata.name != "x"' }], options);
    // what configures admission was just read
    await world.call('POST', maps, { metadata: { name: 'before' } });
    await world.call('DELETE', `${maps}/before`);
    world.calls.length = 0;
    expect((await world.call('POST', maps, { metadata: { name: 'counted' } })).status).toBe(201);
    // quotas of the namespace, then the object
    expect(world.calls).toEqual(['gather', 'write']);
    await world.call('DELETE', `${maps}/counted`);
  });
});

describe('parameters', () => {
  const policy = { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' } };
  const rule = { expression: 'int(object.data.n) <= int(params.data.max)', messageExpression: '"at most " + params.data.max' };
  const limit = (name: string, max: string, labels: object = {}) =>
    create(maps, { metadata: { name, labels }, data: { max, n: '0' } } as any);

  it('are found by name', async () => {
    await limit('limit', '3');
    await enforce([rule], { policy, binding: { paramRef: { name: 'limit', namespace: 'default', parameterNotFoundAction: 'Deny' } } });
    expect(await message({ n: '3' })).toBe('allowed');
    expect(await message({ n: '4' })).toBe(denied('at most 3'));
  });

  it('are all that a selector takes', async () => {
    await limit('one', '3', { limits: 'yes' });
    await limit('two', '2', { limits: 'yes' });
    await enforce([rule], {
      policy,
      binding: { paramRef: { selector: { matchLabels: { limits: 'yes' } }, parameterNotFoundAction: 'Deny' } },
    });
    expect(await message({ n: '3' })).toBe(denied('at most 2'));
    expect(await message({ n: '2' })).toBe('allowed');
  });

  it('are Secrets, too', async () => {
    const secret = (name: string, max: string, labels: object) =>
      create('/api/v1/namespaces/default/secrets', { metadata: { name, labels }, stringData: { max } } as any);
    await secret('one', '3', { limits: 'yes' });
    await secret('other', '1', { limits: 'no' });
    const validation = { expression: `object.data.n == params.data.max`, messageExpression: '"not " + params.metadata.name' };
    await enforce([validation], {
      policy: { paramKind: { apiVersion: 'v1', kind: 'Secret' } },
      binding: { paramRef: { selector: { matchLabels: { limits: 'yes' } }, parameterNotFoundAction: 'Deny' } },
    });
    expect(await message({ n: btoa('3') })).toBe('allowed');
    expect(await message({ n: btoa('1') })).toBe(denied('not one'));
  });

  it.each([
    ['Deny', denied('failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction')],
    ['Allow', 'allowed'],
  ])('that are not there: %s', async (parameterNotFoundAction, answer) => {
    await enforce([rule], { policy, binding: { paramRef: { name: 'none', namespace: 'default', parameterNotFoundAction } } });
    expect(await message({ n: '9' })).toBe(answer);
  });

  it('of a kind that is not there', async () => {
    await enforce([rule], {
      policy: { paramKind: { apiVersion: 'x.y/v1', kind: 'Z' } },
      binding: { paramRef: { name: 'a', parameterNotFoundAction: 'Deny' } },
    });
    expect(await message({ n: '9' })).toBe(
      denied(`failed to configure binding: failed to find resource referenced by paramKind: 'x.y/v1, Kind=Z'`),
    );
  });
});
