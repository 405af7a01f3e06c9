/** Roles and bindings through the HTTP face: who may grant what, and how soon it holds. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createWorld, type World } from '../../apiserver/testing.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const inDefault = `${rbac}/namespaces/default`;
const podReader = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] };

let eve: string;
let round = 0;
const as = (token: string, method: string, path: string, body?: unknown) =>
  world.call(method, path, body, { authorization: `Bearer ${token}` });
const grant = async (user: string, rules: object[]): Promise<void> => {
  const name = `given-${++round}`;
  await world.create(`${inDefault}/roles`, { metadata: { name }, rules });
  await world.create(`${inDefault}/rolebindings`, {
    metadata: { name },
    roleRef: { kind: 'Role', name },
    subjects: [{ kind: 'User', name: user }],
  });
};

describe('granting', () => {
  let user = '';
  const name = () => `made-${round}`;
  beforeEach(async () => {
    user = `eve-${++round}`;
    eve = await world.tokenFor(user, ['devs']);
    await grant(user, [
      { verbs: ['*'], apiGroups: ['rbac.authorization.k8s.io'], resources: ['rolebindings'] },
      { verbs: ['create', 'get', 'patch', 'update'], apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'] },
      podReader,
    ]);
  });

  test('what one holds is allowed, more is refused with the list', async () => {
    const good = await as(eve, 'POST', `${inDefault}/roles`, { metadata: { name: name() }, rules: [podReader] });
    expect(good.status).toBe(201);
    const rules = [
      { ...podReader, verbs: ['get', 'delete', 'watch'] },
      { verbs: ['get'], apiGroups: ['apps'], resources: ['deployments'] },
    ];
    const { status, body } = await as(eve, 'POST', `${inDefault}/roles`, { metadata: { name: 'more' }, rules });
    expect(status).toBe(403);
    expect(body.message).toBe(
      [
        `roles.rbac.authorization.k8s.io "more" is forbidden: user "${user}" (groups=["devs" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:`,
        '{APIGroups:[""], Resources:["pods"], Verbs:["delete" "watch"]}',
        '{APIGroups:["apps"], Resources:["deployments"], Verbs:["get"]}',
      ].join('\n'),
    );
    const widen = await as(eve, 'PUT', `${inDefault}/roles/${name()}`, { metadata: { name: name() }, rules });
    expect(widen.status).toBe(403);
    const label = await as(eve, 'PUT', `${inDefault}/roles/${name()}`, {
      metadata: { name: name(), labels: { a: 'b' } },
      rules: [podReader],
    });
    expect(label.status).toBe(200);
  });

  test('a binding gives no more than its author holds, unless he may bind', async () => {
    const binding = (kind: string, role: string) => ({
      metadata: { name: `${name()}-${role}` },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: role },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: user }],
    });
    const admin = await as(eve, 'POST', `${inDefault}/rolebindings`, binding('ClusterRole', 'cluster-admin'));
    expect(admin.status).toBe(403);
    expect(admin.body.message).toContain('{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}');
    const nothing = await as(eve, 'POST', `${inDefault}/rolebindings`, binding('ClusterRole', 'no-such'));
    expect(nothing.body.message).toBe('clusterroles.rbac.authorization.k8s.io "no-such" not found');
    await grant(user, [
      { verbs: ['bind'], apiGroups: ['rbac.authorization.k8s.io'], resources: ['clusterroles'], resourceNames: ['system:node-proxier'] },
    ]);
    expect((await as(eve, 'POST', `${inDefault}/rolebindings`, binding('ClusterRole', 'system:node-proxier'))).status).toBe(201);
  });

  test('who may escalate writes any role', async () => {
    await grant(user, [{ verbs: ['escalate'], apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'] }]);
    const rules = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }];
    expect((await as(eve, 'POST', `${inDefault}/roles`, { metadata: { name: name() }, rules })).status).toBe(201);
  });

  test('the role of a binding cannot change', async () => {
    const binding = { metadata: { name: name() }, roleRef: { kind: 'ClusterRole', name: 'view' } };
    await world.create(`${inDefault}/rolebindings`, binding);
    const changed = await world.call('PUT', `${inDefault}/rolebindings/${name()}`, {
      ...binding,
      roleRef: { kind: 'ClusterRole', name: 'edit' },
    });
    expect(changed.status).toBe(422);
    expect(changed.body.message).toContain('cannot change roleRef');
  });
});

describe('a grant', () => {
  const pods = '/api/v1/namespaces/default/pods';

  test('holds for the next request, and no longer once it is deleted', async () => {
    const token = await world.tokenFor('bob', ['readers']);
    expect((await as(token, 'GET', pods)).status).toBe(403);
    await world.create(`${rbac}/clusterroles`, { metadata: { name: 'reader' }, rules: [podReader] });
    await world.create(`${rbac}/clusterrolebindings`, {
      metadata: { name: 'reader' },
      roleRef: { kind: 'ClusterRole', name: 'reader' },
      subjects: [{ kind: 'Group', name: 'readers' }],
    });
    expect((await as(token, 'GET', pods)).status).toBe(200);
    expect((await as(token, 'GET', '/api/v1/pods')).status).toBe(200);
    await world.call('DELETE', `${rbac}/clusterrolebindings/reader`);
    expect((await as(token, 'GET', pods)).status).toBe(403);
  });

  test('of another process is seen within five seconds', async () => {
    const token = await world.tokenFor('mallory', []);
    expect((await as(token, 'GET', pods)).status).toBe(403);
    const { definition } = { definition: (await import('#schema/rbac/cluster-role-binding.ts')).clusterRoleBindings };
    const object = {
      metadata: { name: 'late' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'reader' },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'mallory' }],
    };
    await world.registry.applyAll([{ op: 'create', definition, object }], {
      user: { name: 'other', groups: ['system:masters'] },
      fieldManager: 'other',
    });
    world.nowMs += 5000;
    expect((await as(token, 'GET', pods)).status).toBe(200);
  });

  test('limited to names holds for lists of that name', async () => {
    const token = await world.tokenFor('carl', []);
    await grant('carl', [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['mine'] }]);
    const maps = '/api/v1/namespaces/default/configmaps';
    expect((await as(token, 'GET', `${maps}?fieldSelector=metadata.name%3Dmine`)).status).toBe(200);
    expect((await as(token, 'GET', maps)).status).toBe(403);
    expect((await as(token, 'GET', `${maps}/mine`)).status).toBe(404);
  });
});

describe('impersonation', () => {
  test('each part of the other identity must be allowed', async () => {
    const token = await world.tokenFor('proxy', []);
    await world.create(`${rbac}/clusterroles`, {
      metadata: { name: 'impersonator' },
      rules: [
        { verbs: ['impersonate'], apiGroups: [''], resources: ['users'], resourceNames: ['dora'] },
        { verbs: ['impersonate'], apiGroups: ['authentication.k8s.io'], resources: ['userextras/team'], resourceNames: ['x'] },
      ],
    });
    await world.create(`${rbac}/clusterrolebindings`, {
      metadata: { name: 'impersonator' },
      roleRef: { kind: 'ClusterRole', name: 'impersonator' },
      subjects: [{ kind: 'User', name: 'proxy' }],
    });
    const who = (headers: Record<string, string>) =>
      world.call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {}, { authorization: `Bearer ${token}`, ...headers });
    const dora = await who({ 'impersonate-user': 'dora', 'impersonate-extra-team': 'x' });
    expect(dora.body.status.userInfo).toEqual({ username: 'dora', groups: ['system:authenticated'], extra: { team: ['x'] } });
    const refused: readonly [Record<string, string>, string][] = [
      [{ 'impersonate-user': 'root' }, 'cannot impersonate resource "users" in API group "" at the cluster scope'],
      [{ 'impersonate-user': 'dora', 'impersonate-group': 'system:masters' }, 'cannot impersonate resource "groups" in API group ""'],
      [{ 'impersonate-user': 'dora', 'impersonate-uid': '1' }, 'cannot impersonate resource "uids" in API group "authentication.k8s.io"'],
      [{ 'impersonate-user': 'dora', 'impersonate-extra-team': 'y' }, 'cannot impersonate resource "userextras/team"'],
      [
        { 'impersonate-user': 'system:serviceaccount:default:default' },
        'serviceaccounts "default" is forbidden: User "proxy" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "default"',
      ],
    ];
    for (const [headers, message] of refused) {
      const { status, body } = await who(headers);
      expect(status, message).toBe(403);
      expect(body.message).toContain(message);
    }
  });
});
