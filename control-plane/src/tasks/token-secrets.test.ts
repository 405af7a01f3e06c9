import { exportJWK, generateKeyPair } from 'jose';
import { expect, test } from 'vitest';
import { leases } from '#schema/coordination/lease.ts';
import { nodes } from '#schema/core/node.ts';
import { secrets } from '#schema/core/secret.ts';
import { serviceAccounts } from '#schema/core/service-account.ts';
import { toMicroTime, toRfc3339 } from '#schema/meta/time.ts';
import { createTestWorld, type TestWorld } from '../controller-runtime/testing.ts';

const newWorld = async (): Promise<TestWorld> => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const world = createTestWorld({ signingKey: { ...(await exportJWK(privateKey)), kid: 'k' } });
  await world.settle();
  return world;
};

const quiet = (world: TestWorld): void => expect(world.log.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);

const namesOf = async (world: TestWorld, namespace: string): Promise<string[]> =>
  (await world.store.list({ resource: 'core/secrets', namespace })).items.map(({ name }) => name);

const bootstrapToken = (id: string, type: string, expiration?: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: `bootstrap-token-${id}`, namespace: 'kube-system' },
  type,
  stringData: { 'token-id': id, 'token-secret': '0123456789abcdef', ...(expiration ? { expiration } : {}) },
});

test('bootstrap tokens go when they are over, others stay', async () => {
  const world = await newWorld();
  const type = 'bootstrap.kubernetes.io/token';
  await world.create(secrets, bootstrapToken('aaaaaa', type, toRfc3339(world.nowMs + 600_000)));
  await world.create(secrets, bootstrapToken('bbbbbb', type));
  await world.create(secrets, bootstrapToken('cccccc', 'Opaque', toRfc3339(world.nowMs - 1000)));
  await world.create(secrets, bootstrapToken('dddddd', type, 'whenever'));
  await world.settle();
  const left = ['bootstrap-token-bbbbbb', 'bootstrap-token-cccccc'];
  expect(await namesOf(world, 'kube-system')).toEqual(['bootstrap-token-aaaaaa', ...left]);
  world.nowMs += 599_999;
  await world.settle();
  expect(await namesOf(world, 'kube-system')).toEqual(['bootstrap-token-aaaaaa', ...left]);
  world.nowMs += 1;
  await world.settle();
  expect(await namesOf(world, 'kube-system')).toEqual(left);
  quiet(world);
});

test('Secrets of accounts are filled, whoever made them, and go with their account', async () => {
  const world = await newWorld();
  const annotations = { 'kubernetes.io/service-account.name': 'robot' };
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot', namespace: 'default' } };
  const secret = (name: string, type: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'default', annotations },
    type,
  });
  await world.create(serviceAccounts, account);
  await world.create(secrets, secret('token', 'kubernetes.io/service-account-token'));
  await world.create(secrets, secret('other', 'Opaque'));
  await world.settle();
  const filled = await world.open(secrets, 'default', 'token');
  expect(atob(filled.data.namespace)).toBe('default');
  expect(atob(filled.data.token).split('.')).toHaveLength(3);
  expect((await world.open(secrets, 'default', 'other')).data).toBeUndefined();
  await world.remove(serviceAccounts, 'default', 'robot');
  await world.settle();
  expect(await namesOf(world, 'default')).toEqual(['other']);
  // another account of that name is not the one the token was for
  await world.create(serviceAccounts, account);
  await world.create(secrets, secret('token', 'kubernetes.io/service-account-token'));
  await world.settle();
  await world.remove(serviceAccounts, 'default', 'robot');
  await world.create(serviceAccounts, account);
  await world.settle();
  expect(await namesOf(world, 'default')).toEqual(['other']);
  quiet(world);
});

test('the Lease of a node goes with it, and those of API servers that stopped', async () => {
  const world = createTestWorld();
  const lease = (namespace: string, name: string, labels = {}) => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace, labels },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: toMicroTime(world.nowMs) },
  });
  await world.create(leases, lease('kube-system', 'apiserver-a', { 'apiserver.kubernetes.io/identity': 'kube-apiserver' }));
  await world.create(leases, lease('kube-system', 'my-election'));
  await world.settle();
  await world.addNode('n1');
  await world.addNode('n2');
  await world.create(leases, lease('kube-node-lease', 'n1'));
  await world.create(leases, lease('kube-node-lease', 'n2'));
  await world.remove(nodes, '', 'n1');
  await world.settle();
  const names = async (): Promise<string[]> => (await world.list(leases)).map(({ metadata }) => metadata.name).sort();
  expect(await names()).toEqual(['apiserver-a', 'my-election', 'n2']);
  world.nowMs += 40_000;
  await world.settle();
  expect(await names()).toEqual(['my-election', 'n2']);
});
