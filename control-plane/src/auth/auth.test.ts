/** Who is asking and what they may do, through the HTTP face. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWorld, podNamed, type World } from '../apiserver/testing.ts';
import { checkTag, mintToken } from './tokens.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const pods = '/api/v1/namespaces/default/pods';
const as = async (token: string | undefined, method: string, path: string, body?: unknown) =>
  world.call(method, path, body, token === undefined ? { authorization: '' } : { authorization: `Bearer ${token}` });
const anonymously = async (method: string, path: string): Promise<Response> =>
  world.app.fetch(new Request(`https://kedge.test${path}`, { method }));

describe('kdg1 tokens', () => {
  test('a forged or broken token is refused without a store call', async () => {
    const [prefix, id, secret, tag] = world.adminToken.split('.');
    world.calls.length = 0;
    for (const token of [
      [prefix, id, secret, `${tag!.slice(0, -2)}AA`].join('.'),
      [prefix, 'other', secret, tag].join('.'),
      [prefix, id, secret].join('.'),
      'kdg1.',
      'kdg1.....',
      'nonsense',
    ]) {
      const { status, body } = await as(token, 'GET', pods);
      expect(status, token).toBe(401);
      expect(body).toMatchObject({ kind: 'Status', reason: 'Unauthorized', message: 'Unauthorized' });
    }
    expect(world.calls).toEqual([]);
  });

  test('a good tag of an unknown token is refused', async () => {
    const { token } = await mintToken(world.platform.keys.tokenHmacKey, world.platform.random);
    expect(await checkTag(world.platform.keys, token)).toBeDefined();
    expect((await as(token, 'GET', pods)).status).toBe(401);
  });

  test('a wrong scheme is refused', async () => {
    expect((await world.call('GET', pods, undefined, { authorization: 'Basic eDp5' })).status).toBe(401);
  });
});

describe('anonymous', () => {
  test.each(['/healthz', '/livez', '/readyz', '/version'])('%s is open', async (path) => {
    expect((await anonymously('GET', path)).status).toBe(200);
  });

  test('everything else is 403 with the reason', async () => {
    const list = await anonymously('GET', pods);
    expect(list.status).toBe(403);
    expect(((await list.json()) as any).message).toBe(
      'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" in the namespace "default"',
    );
    const api = await anonymously('GET', '/api');
    expect(((await api.json()) as any).message).toBe('forbidden: User "system:anonymous" cannot get path "/api"');
  });
});

describe('authenticated, without rights', () => {
  test('may see discovery and ask about himself, nothing else', async () => {
    const token = await world.tokenFor('eve', []);
    for (const path of ['/api', '/apis', '/openapi/v3', '/version']) expect((await as(token, 'GET', path)).status).toBe(200);
    const review = await as(token, 'POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {});
    expect(review.body.status.userInfo).toEqual({ username: 'eve', groups: ['system:authenticated'] });
    const get = await as(token, 'GET', '/apis/apps/v1/namespaces/d/deployments/x');
    expect(get.body).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message: 'deployments.apps "x" is forbidden: User "eve" cannot get resource "deployments" in API group "apps" in the namespace "d"',
      details: { name: 'x', group: 'apps', kind: 'deployments' },
    });
    const nodes = await as(token, 'GET', '/api/v1/nodes');
    expect(nodes.body.message).toBe('nodes is forbidden: User "eve" cannot list resource "nodes" in API group "" at the cluster scope');
    const log = await as(token, 'GET', `${pods}/p/log`);
    expect(log.body.message).toContain('cannot get resource "pods/log" in API group ""');
  });
});

describe('service accounts', () => {
  const request = (spec: object = {}) => ({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec });
  const tokenPath = '/api/v1/namespaces/default/serviceaccounts/default/token';

  const grant = (name: string, resources: string[]) =>
    Promise.all([
      world.create('/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles', {
        metadata: { name },
        rules: [{ verbs: ['get', 'list'], apiGroups: [''], resources }],
      }),
      world.create('/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', {
        metadata: { name },
        roleRef: { kind: 'Role', name },
        subjects: [{ kind: 'ServiceAccount', name: 'default' }],
      }),
    ]);

  test('may do what is bound to them, and nothing without it', async () => {
    const { status } = (await world.call('POST', tokenPath, request())).body;
    expect(status.expirationTimestamp).toBe('2026-01-01T01:00:00Z');
    expect((await as(status.token, 'GET', pods)).status).toBe(403);
    await grant('pod-reader', ['pods']);
    expect((await as(status.token, 'GET', pods)).status).toBe(200);
    for (const path of ['/api/v1/namespaces/default/secrets', '/api/v1/pods', '/api/v1/namespaces/other/pods', '/api/v1/nodes']) {
      const { status: code, body } = await as(status.token, 'GET', path);
      expect(code, path).toBe(403);
      expect(body.message).toContain('User "system:serviceaccount:default:default" cannot list');
    }
    expect((await as(status.token, 'POST', pods, podNamed('x'))).status).toBe(403);
  });

  test('cost one store call each for who and for what when cold, and none warm', async () => {
    world.nowMs += 60_000;
    const { token } = (await world.call('POST', tokenPath, request())).body.status;
    world.calls.length = 0;
    await as(token, 'GET', `${pods}`);
    expect(world.calls).toEqual(['getMany', 'changes', 'list']);
    world.calls.length = 0;
    await as(token, 'GET', `${pods}`);
    expect(world.calls).toEqual(['list']);
  });

  test('end with their pod, their time, and their audience', async () => {
    const pod = await world.create(pods, podNamed('holder'));
    const ref = { kind: 'Pod', apiVersion: 'v1', name: 'holder', uid: pod.metadata.uid };
    const { token } = (await world.call('POST', tokenPath, request({ boundObjectRef: ref }))).body.status;
    expect((await as(token, 'GET', pods)).status).toBe(200);
    const wrong = await world.call('POST', tokenPath, request({ boundObjectRef: { ...ref, uid: 'x' } }));
    expect(wrong.status).toBe(409);
    await world.call('DELETE', `${pods}/holder`);
    world.nowMs += 6000;
    expect((await as(token, 'GET', pods)).status).toBe(401);

    const { token: short } = (await world.call('POST', tokenPath, request({ expirationSeconds: 600 }))).body.status;
    expect((await as(short, 'GET', pods)).status).toBe(200);
    world.nowMs += 620_000;
    expect((await as(short, 'GET', pods)).status).toBe(401);

    const { token: vault } = (await world.call('POST', tokenPath, request({ audiences: ['vault'] }))).body.status;
    expect((await as(vault, 'GET', pods)).status).toBe(401);
  });

  test('may be bound to a node, and end with it', async () => {
    const node = await world.create('/api/v1/nodes', { metadata: { name: 'n9' } });
    const ref = { kind: 'Node', apiVersion: 'v1', name: 'n9', uid: node.metadata.uid };
    const { token } = (await world.call('POST', tokenPath, request({ boundObjectRef: ref }))).body.status;
    expect((await as(token, 'GET', '/api')).status).toBe(200);
    await world.call('DELETE', '/api/v1/nodes/n9');
    world.nowMs += 6000;
    expect((await as(token, 'GET', '/api')).status).toBe(401);
  });

  test('requests that cannot be granted are 422', async () => {
    const brief = await world.call('POST', tokenPath, request({ expirationSeconds: 10 }));
    expect(brief.body.message).toContain('spec.expirationSeconds: Invalid value: 10: may not specify a duration less than 10 minutes');
  });
});

describe('nodes', () => {
  test('see and do what their pods need, and are told why not otherwise', async () => {
    const token = await world.tokenFor('system:node:n1', ['system:nodes']);
    await world.create(pods, podNamed('mine'));
    await world.create(pods, podNamed('theirs'));
    for (const [pod, node] of [
      ['mine', 'n1'],
      ['theirs', 'n2'],
    ]) {
      await world.call('POST', `${pods}/${pod}/binding`, { metadata: { name: pod }, target: { kind: 'Node', name: node } });
    }
    expect((await as(token, 'GET', `${pods}/mine`)).status).toBe(200);
    const secret = await as(token, 'GET', '/api/v1/namespaces/default/secrets/s');
    expect(secret.status).toBe(403);
    expect(secret.body.message).toContain(
      'secrets "s" is forbidden: User "system:node:n1" cannot get resource "secrets" in API group "" in the namespace "default"',
    );
    const body = { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1' };
    const tokenPath = '/api/v1/namespaces/default/serviceaccounts/default/token';
    const refFor = async (name: string) => ({
      boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name, uid: (await world.call('GET', `${pods}/${name}`)).body.metadata.uid },
    });
    expect((await as(token, 'POST', tokenPath, { ...body, spec: await refFor('mine') })).status).toBe(201);
    expect((await as(token, 'POST', tokenPath, { ...body, spec: await refFor('theirs') })).status).toBe(403);
    expect((await as(token, 'POST', tokenPath, { ...body, spec: {} })).status).toBe(403);
  });

  test('the sync endpoint is theirs alone', async () => {
    const token = await world.tokenFor('system:node:n1', ['system:nodes']);
    expect((await world.call('POST', '/kedge/v1/sync', [])).body).toMatchObject({ code: 403, reason: 'Forbidden' });
    const polled = await as(token, 'POST', '/kedge/v1/sync', []);
    expect(polled.status).toBe(200);
    expect(polled.body).toBeInstanceOf(Array);
    expect((await as(token, 'POST', '/kedge/v1/sync', {})).status).toBe(400);
    expect((await as(token, 'GET', '/kedge/v1/streams/short')).status).toBe(404);
  });
});

describe('impersonation', () => {
  test('admins act as others, others may not', async () => {
    const who = async (token: string, headers: Record<string, string>) =>
      world.call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {}, { authorization: `Bearer ${token}`, ...headers });
    const bob = await who(world.adminToken, { 'impersonate-user': 'bob', 'impersonate-group': 'devs' });
    expect(bob.body.status.userInfo).toEqual({ username: 'bob', groups: ['devs', 'system:authenticated'] });
    const denied = await world.call('GET', pods, undefined, { 'impersonate-user': 'bob' });
    expect(denied.body.message).toContain('User "bob" cannot list resource "pods"');
    const eve = await who(await world.tokenFor('eve', []), { 'impersonate-user': 'admin', 'impersonate-group': 'system:masters' });
    expect(eve.body.message).toBe(
      'users "admin" is forbidden: User "eve" cannot impersonate resource "users" in API group "" at the cluster scope',
    );
    expect((await who(world.adminToken, { 'impersonate-group': 'devs' })).status).toBe(400);
  });
});

describe('reviews', () => {
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const review = (spec: object) => ({ kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', spec });

  test('self access and rules', async () => {
    const mine = review({ resourceAttributes: { verb: 'create', resource: 'pods', namespace: 'default' } });
    expect((await world.call('POST', path, mine)).body.status).toEqual({ allowed: true });
    const eve = await world.tokenFor('eve', []);
    expect((await as(eve, 'POST', path, mine)).body.status).toEqual({ allowed: false });
    const version = review({ nonResourceAttributes: { verb: 'get', path: '/version' } });
    expect((await as(eve, 'POST', path, version)).body.status).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by ClusterRoleBinding "system:discovery" of ClusterRole "system:discovery" to Group "system:authenticated"',
    });
    expect((await world.call('POST', path, review({}))).body.message).toContain(
      'exactly one of nonResourceAttributes or resourceAttributes',
    );
    const rulesPath = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
    const rules = await world.call('POST', rulesPath, { spec: { namespace: 'default' } });
    expect(rules.body.status.resourceRules[0]).toEqual({ verbs: ['*'], apiGroups: ['*'], resources: ['*'] });
    const hers = await as(eve, 'POST', rulesPath, { spec: { namespace: 'default' } });
    expect(hers.body.status.resourceRules).toContainEqual({
      verbs: ['create'],
      apiGroups: ['authentication.k8s.io'],
      resources: ['selfsubjectreviews'],
    });
  });

  test('of others, and of tokens', async () => {
    const spec = { user: 'eve', groups: ['system:masters'], resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'default' } };
    const subject = await world.call('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec });
    expect(subject.body.status).toEqual({ allowed: true });
    const local = '/apis/authorization.k8s.io/v1/namespaces/other/localsubjectaccessreviews';
    expect((await world.call('POST', local, { spec })).body.message).toContain('must match metadata.namespace: other');
    const tokens = '/apis/authentication.k8s.io/v1/tokenreviews';
    const good = await world.call('POST', tokens, { spec: { token: await world.tokenFor('eve', ['devs']) } });
    expect(good.body.status).toMatchObject({ authenticated: true, user: { username: 'eve', groups: ['devs', 'system:authenticated'] } });
    expect((await world.call('POST', tokens, { spec: { token: 'x' } })).body.status.authenticated).toBeFalsy();
  });
});
