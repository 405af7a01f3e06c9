/** PUT of what is not there: kinds that upstream creates so are created, the others are not found. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWorld, type World } from './testing.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
const lease = { metadata: { name: 'new' }, spec: { holderIdentity: 'a' } };

test('creates a Lease, a Service, a Role', async () => {
  const made = await world.call('PUT', `${leases}/new?fieldManager=me`, lease);
  expect([made.status, made.body.spec.holderIdentity, made.body.metadata.managedFields[0].manager]).toEqual([201, 'a', 'me']);
  // from then on a revision must be named
  expect((await world.call('PUT', `${leases}/new`, lease)).status).toBe(422);
  const spec = { ports: [{ port: 80 }] };
  const service = await world.call('PUT', '/api/v1/namespaces/default/services/new?dryRun=All', { metadata: { name: 'new' }, spec });
  expect([service.status, service.body.spec.type]).toEqual([201, 'ClusterIP']);
  expect((await world.call('GET', '/api/v1/namespaces/default/services/new')).status).toBe(404);
  const roles = '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles';
  expect((await world.call('PUT', `${roles}/new`, { metadata: { name: 'new', resourceVersion: '7' }, rules: [] })).status).toBe(201);
});

test('creates nothing else, nothing through a subresource, nothing in place of another', async () => {
  const core = '/api/v1/namespaces/default';
  expect((await world.call('PUT', `${core}/configmaps/new`, { metadata: { name: 'new' } })).status).toBe(404);
  expect((await world.call('PUT', `${core}/services/new/status`, { metadata: { name: 'new' } })).status).toBe(404);
  expect((await world.call('PUT', `${leases}/old`, { ...lease, metadata: { name: 'old', uid: 'u' } })).status).toBe(404);
  expect((await world.call('PUT', leases.replace('default', 'nowhere').concat('/new'), lease)).status).toBe(404);
});

test('asks for leave to create', async () => {
  const token = await world.tokenFor('updater', []);
  const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
  await world.create(`${rbac}/roles`, {
    metadata: { name: 'updater' },
    rules: [{ apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['update'] }],
  } as any);
  await world.create(`${rbac}/rolebindings`, {
    metadata: { name: 'updater' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'updater' },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'updater' }],
  } as any);
  const asked = { ...lease, metadata: { name: 'theirs' } };
  const { status, body } = await world.call('PUT', `${leases}/theirs`, asked, { authorization: `Bearer ${token}` });
  expect([status, body.message]).toEqual([
    403,
    'leases.coordination.k8s.io "theirs" is forbidden: User "updater" cannot create resource "leases" in API group "coordination.k8s.io" in the namespace "default"',
  ]);
});
