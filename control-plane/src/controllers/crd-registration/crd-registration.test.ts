/** In a whole control loop: the APIService of a custom group is there, available, comes back, goes with its definition, and costs no write at rest. */
import { expect, it } from 'vitest';
import { customResourceDefinitions } from '#schema/apiextensions/custom-resource-definition.ts';
import { apiServices } from '#schema/apiregistration/api-service.ts';
import { createTestWorld } from '../../controller-runtime/testing.ts';

it('follows the definitions of its group', async () => {
  const world = createTestWorld();
  await world.settle();
  const names = async () =>
    (await world.list(apiServices)).flatMap(({ metadata: { name } }) => (name!.endsWith('.example.com') ? [name] : []));
  const schema = { openAPIV3Schema: { type: 'object' } };
  const versions = ['v1', 'v2'].map((name) => ({ name, served: true, storage: name === 'v1', schema }));
  const spec = {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions,
  };
  await world.create(customResourceDefinitions, { metadata: { name: 'widgets.example.com' }, spec } as any);
  await world.settle();
  expect(await names()).toEqual(['v1.example.com', 'v2.example.com']);
  const { status } = await world.get(apiServices, '', 'v1.example.com');
  expect(status.conditions).toMatchObject([{ type: 'Available', status: 'True', reason: 'Local' }]);
  const revisions = async () => (await world.list(apiServices)).map(({ metadata }) => metadata.resourceVersion);
  const before = await revisions();
  await world.settle();
  expect(await revisions()).toEqual(before);
  await world.remove(apiServices, '', 'v1.example.com');
  await world.update(customResourceDefinitions, '', 'widgets.example.com', (crd) => {
    crd.spec.versions[1].served = false;
  });
  await world.settle();
  expect(await names()).toEqual(['v1.example.com']);
  await world.remove(customResourceDefinitions, '', 'widgets.example.com');
  await world.settle();
  expect(await names()).toEqual([]);
});
