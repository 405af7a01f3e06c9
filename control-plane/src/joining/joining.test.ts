/** Tokens of people and nodes, from minting to revocation, against the real API server. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createWorld, type World } from '../apiserver/testing.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
  await world.create('/api/v1/namespaces', { metadata: { name: 'kube-system' } });
});
afterAll(() => world.close());
beforeEach(() => {
  world.calls.length = 0;
});

const secrets = '/api/v1/namespaces/kube-system/secrets';
const mint = (body: object, token?: string) =>
  world.call('POST', '/apis/kedge.dev/v1/tokens', body, token ? { authorization: `Bearer ${token}` } : {});
const whoami = async (token: string) => {
  const { status, body } = await world.call(
    'POST',
    '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    {},
    { authorization: `Bearer ${token}` },
  );
  return status === 201 ? body.status.userInfo : status;
};
const machine = (digit: string) => digit.repeat(64);
const join = (token: string, body: object) => world.call('POST', '/kedge/v1/join', body, { authorization: `Bearer ${token}` });
const joinToken = async (more: object = {}): Promise<string> => (await mint({ type: 'join', ...more })).body.token;

describe('tokens of users', () => {
  test('are made by the server, kept as a hash, end by their time and with their Secret', async () => {
    const { status, body } = await mint({ user: 'ada', groups: ['people'], ttlSeconds: 3600, description: 'her laptop' });
    expect([status, body.expires]).toEqual([201, '2026-01-01T01:00:00Z']);
    expect(await whoami(body.token)).toEqual({ username: 'ada', groups: ['people', 'system:authenticated'] });
    const stored = await world.call('GET', `${secrets}/kedge-token-${body.id}`);
    expect(JSON.stringify(stored.body)).not.toContain(body.token);
    expect(stored.body.metadata.annotations).toEqual({ 'kedge.dev/description': 'her laptop' });
    world.nowMs += 3_600_000;
    expect(await whoami(body.token)).toBe(401);
  });

  test.each([
    [{}, 'user: is required'],
    [{ user: 'a b' }, 'user: must be'],
    [{ user: 'system:node:n1' }, 'user: "system:node:n1" gets its credential elsewhere'],
    [{ user: 'x', groups: ['a,b'] }, 'groups[0]: must be'],
    [{ user: 'x', groups: ['system:nodes'] }, 'groups: "system:nodes" is given by authentication alone'],
    [{ user: 'x', ttlSeconds: 1 }, 'ttlSeconds: must be'],
    [{ user: 'x', description: 'a\u0000b' }, 'description: must be'],
    [{ type: 'admin' }, 'type: must be'],
    [{ type: 'join', uses: 0 }, 'uses: must be'],
    ['[]', 'a TokenRequest is a JSON object'],
  ])('%o is refused by the field', async (body, message) => {
    const answer = await mint(body as object);
    expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining(message)]);
  });

  test('nobody mints what he could not act as', async () => {
    const nobody = await world.tokenFor('nobody', []);
    expect((await mint({ user: 'ada' }, nobody)).body.message).toContain('cannot create resource "secrets"');
    const rule = (name: string, rules: object[]) =>
      world.create('/apis/rbac.authorization.k8s.io/v1/clusterroles', { metadata: { name }, rules } as never);
    await rule('minter', [
      { apiGroups: [''], resources: ['secrets'], verbs: ['create'] },
      { apiGroups: [''], resources: ['users'], verbs: ['impersonate'], resourceNames: ['ada'] },
    ]);
    await world.create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: 'minter' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'minter' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'nobody' }],
    } as never);
    expect((await mint({ user: 'ada' }, nobody)).status).toBe(201);
    const escalation = await mint({ user: 'ada', groups: ['system:masters'] }, nobody);
    expect([escalation.status, escalation.body.message]).toEqual([403, expect.stringContaining('cannot impersonate resource "groups"')]);
  });
});

describe('joining', () => {
  test('a join token becomes the credential of one node on one machine', async () => {
    const token = await joinToken();
    const { status, body } = await join(token, { nodeName: 'n1', machine: machine('1') });
    expect([status, body]).toMatchObject([
      200,
      { nodeName: 'n1', clusterUid: 'cluster-1', serviceCIDR: '10.43.0.0/16', clusterDNS: '10.43.0.10' },
    ]);
    expect(await whoami(body.token)).toEqual({ username: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] });
    expect((await world.call('GET', '/api/v1/nodes/n1')).body.metadata.labels).toEqual({ 'kubernetes.io/hostname': 'n1' });
    // it reads what a node may, and nothing else
    const asNode = { authorization: `Bearer ${body.token}` };
    expect((await world.call('GET', '/api/v1/nodes/n1', undefined, asNode)).status).toBe(200);
    for (const path of [secrets, '/api/v1/nodes', '/api/v1/pods'])
      expect([path, (await world.call('GET', path, undefined, asNode)).status]).toEqual([path, 403]);
    expect((await mint({ user: 'ada' }, body.token)).status).toBe(403);
  });

  test('a join token can only join', async () => {
    const token = await joinToken();
    expect(await whoami(token)).toBe(401);
    const [, id, secret] = token.split('.');
    expect(await whoami(`${id}.${secret}`)).toMatchObject({ username: `system:bootstrap:${id}` });
    const headers = { authorization: `Bearer ${id}.${secret}` };
    for (const path of ['/api/v1/nodes', secrets, '/api/v1/namespaces'])
      expect([path, (await world.call('GET', path, undefined, headers)).status]).toEqual([path, 403]);
    expect((await world.call('POST', '/kedge/v1/renew', { machine: machine('1') }, headers)).status).toBe(403);
    expect((await world.call('POST', '/kedge/v1/leave', {}, headers)).status).toBe(403);
  });

  test('a bad tag, a bad form and no token cost no store call', async () => {
    const token = await joinToken();
    const wrong = [
      `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
      token.replace('kdj1', 'kdj2'),
      'x',
      '',
      `${token}${'a'.repeat(20_000)}`,
    ];
    world.calls.length = 0;
    for (const bad of wrong) {
      const answer = await join(bad, { nodeName: 'n9', machine: machine('9') });
      expect([answer.status, answer.body.message]).toEqual([401, expect.stringContaining('mistyped, cut off, or of another cluster')]);
    }
    expect(world.calls).toEqual([]);
  });

  test('a token that expired, was revoked or is used up says so', async () => {
    const [once, revoked, old] = [await joinToken({ uses: 1 }), await joinToken(), await joinToken({ ttlSeconds: 60 })];
    expect((await join(once, { nodeName: 'n2', machine: machine('2') })).status).toBe(200);
    expect((await join(once, { nodeName: 'n3', machine: machine('3') })).body.message).toContain('used up');
    await world.call('DELETE', `${secrets}/bootstrap-token-${revoked.split('.')[1]}`);
    expect((await join(revoked, { nodeName: 'n3', machine: machine('3') })).body.message).toContain('revoked');
    world.nowMs += 61_000;
    expect((await join(old, { nodeName: 'n3', machine: machine('3') })).body.message).toMatch(/expired at 2026-.*Z/);
    expect((await world.call('GET', '/api/v1/nodes/n3')).status).toBe(404);
  });

  test('a name is one machine’s: another machine is refused, the same one may come again', async () => {
    const token = await joinToken();
    const first = await join(token, { nodeName: 'n4', machine: machine('4') });
    const thief = await join(token, { nodeName: 'n4', machine: machine('5') });
    expect([thief.status, thief.body.message]).toEqual([409, expect.stringContaining('another machine has joined as node n4')]);
    const again = await join(token, { nodeName: 'n4', machine: machine('4') });
    expect(again.status).toBe(200);
    expect(await whoami(again.body.token)).toMatchObject({ username: 'system:node:n4' });
    expect(await whoami(first.body.token)).toBe(401);
    await world.create('/api/v1/nodes', { metadata: { name: 'handmade' } });
    expect((await join(token, { nodeName: 'handmade', machine: machine('4') })).body.message).toContain('there is a node handmade');
    await world.tokenFor('system:node:home', ['system:nodes']);
    expect((await join(token, { nodeName: 'home', machine: machine('4') })).body.message).toContain('the machine of the control plane');
  });

  test.each([
    [{ machine: machine('1') }, 'nodeName: is required'],
    [{ nodeName: 'N1', machine: machine('1') }, 'nodeName: must be'],
    [{ nodeName: '$(reboot)', machine: machine('1') }, 'nodeName: must be'],
    [{ nodeName: 'a'.repeat(64), machine: machine('1') }, 'nodeName: must be'],
    [{ nodeName: 'n1' }, 'machine: is required'],
    [{ nodeName: 'n1', machine: 'x' }, 'machine: must be'],
  ])('%o is refused by the field', async (body, message) => {
    const answer = await join(await joinToken(), body);
    expect([answer.status, answer.body.message]).toEqual([400, expect.stringContaining(message)]);
  });

  test('a renewed credential replaces the old one after a day; another machine cannot renew it', async () => {
    const { token } = (await join(await joinToken(), { nodeName: 'n5', machine: machine('5') })).body;
    const renew = (bearer: string, digit: string) =>
      world.call('POST', '/kedge/v1/renew', { machine: machine(digit) }, { authorization: `Bearer ${bearer}` });
    expect((await renew(token, '6')).body.message).toContain('bound to another machine');
    const next = await renew(token, '5');
    expect([next.status, await whoami(next.body.token), await whoami(token)]).toMatchObject([
      200,
      { username: 'system:node:n5' },
      { username: 'system:node:n5' },
    ]);
    world.nowMs += 86_400_000;
    expect(await whoami(token)).toBe(401);
    expect(await whoami(next.body.token)).toMatchObject({ username: 'system:node:n5' });
    world.nowMs += 90 * 86_400_000;
    expect(await whoami(next.body.token)).toBe(401);
  });

  test('revoking ends what is open on the credential, leaving the node with its credential', async () => {
    const ended: string[] = [];
    world.platform.hub.endCredential = async (id) => void ended.push(id);
    const { body } = await join(await joinToken(), { nodeName: 'n7', machine: machine('7') });
    await world.call('DELETE', `${secrets}/kedge-token-${body.token.split('.')[1]}`);
    expect(ended).toEqual([body.token.split('.')[1]]);
    const { token } = (await join(await joinToken(), { nodeName: 'n6', machine: machine('6') })).body;
    expect((await world.call('POST', '/kedge/v1/leave', {}, { authorization: `Bearer ${token}` })).status).toBe(200);
    expect((await world.call('GET', '/api/v1/nodes/n6')).status).toBe(404);
    world.nowMs += 5001;
    expect(await whoami(token)).toBe(401);
    expect((await join(await joinToken(), { nodeName: 'n6', machine: machine('7') })).status).toBe(200);
  });
});
