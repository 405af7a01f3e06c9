/** A cluster gets its default objects by itself, and they stay whole; what people add to them stays too. */
import { expect, it } from 'vitest';
import { apiServices } from '#schema/apiregistration/api-service.ts';
import { clusterRoles } from '#schema/rbac/cluster-role.ts';
import { clusterRoleBindings } from '#schema/rbac/cluster-role-binding.ts';
import { priorityClasses } from '#schema/scheduling/priority-class.ts';
import { createTestWorld } from '../../controller-runtime/testing.ts';
import { bootstrapClusterRoleBindings } from './cluster-role-bindings.ts';
import { bootstrapClusterRoles } from './cluster-roles.ts';
import { localApiServices } from './local-api-services.ts';

const MARK = 'rbac.authorization.kubernetes.io/autoupdate';

it('makes every default object once, and admin, edit and view are filled', async () => {
  const world = createTestWorld();
  await world.settle();
  expect(world.log.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
  expect(await world.list(clusterRoles)).toHaveLength(bootstrapClusterRoles.length);
  expect(await world.list(clusterRoleBindings)).toHaveLength(bootstrapClusterRoleBindings.length);
  const priorities = await world.list(priorityClasses);
  expect(priorities.map(({ metadata }) => metadata.name).sort()).toEqual(['system-cluster-critical', 'system-node-critical']);
  const services = await world.list(apiServices);
  expect(services).toHaveLength(localApiServices.length);
  for (const { status } of services) expect(status.conditions).toMatchObject([{ type: 'Available', status: 'True', reason: 'Local' }]);
  const rulesOf = async (name: string): Promise<string> => JSON.stringify((await world.get(clusterRoles, '', name)).rules);
  expect(await rulesOf('view')).toContain('"pods/log"');
  expect(await rulesOf('view')).not.toContain('"secrets"');
  expect(await rulesOf('edit')).toContain('"pods/eviction"');
  expect(await rulesOf('admin')).toContain('"rolebindings"');
  expect(await rulesOf('edit')).not.toContain('"rolebindings"');
});

it('completes what lacks something, keeps what was added, and lets alone what says so', async () => {
  const world = createTestWorld();
  await world.settle();
  const own = { verbs: ['get'], nonResourceURLs: ['/own'] };
  await world.update(clusterRoles, '', 'system:discovery', (role) => {
    role.rules = [own];
  });
  await world.update(clusterRoles, '', 'system:basic-user', (role) => {
    role.metadata.annotations[MARK] = 'false';
    role.rules = [own];
  });
  await world.remove(clusterRoleBindings, '', 'cluster-admin');
  await world.settle();
  const discovery = await world.get(clusterRoles, '', 'system:discovery');
  expect(discovery.rules).toHaveLength(2);
  expect(discovery.rules[0]).toEqual(own);
  expect((await world.get(clusterRoles, '', 'system:basic-user')).rules).toEqual([own]);
  expect((await world.get(clusterRoleBindings, '', 'cluster-admin')).subjects).toMatchObject([{ kind: 'Group', name: 'system:masters' }]);
});
