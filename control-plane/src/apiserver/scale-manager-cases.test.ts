/** Upstream's tests of managers of a Scale and of its parent by name: whoever owns the replicas of one owns those of the other. Over the API. */
import { afterAll, beforeAll, expect } from 'vitest';
import type { ManagedEntry } from '#schema/apply/managed-fields.ts';
import { upstreamCases } from '#tests/conformance/upstream/table.ts';
import { createWorld, type World } from './testing.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

type How = 'apply' | 'update';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const types: Readonly<Record<How, string>> = { apply: 'application/apply-patch+yaml', update: 'application/merge-patch+json' };
const replicas = { 'f:spec': { 'f:replicas': {} } };

const deployment = (name: string, spec: object) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    selector: { matchLabels: { a: 'b' } },
    template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    ...spec,
  },
});
const parent = async (name: string, how: How, manager: string, spec: object = { replicas: 2 }) => {
  if (how === 'update') return world.create(`${deployments}?fieldManager=${manager}`, deployment(name, spec) as any);
  const path = `${deployments}/${name}?fieldManager=${manager}`;
  return (await world.call('PATCH', path, deployment(name, spec), { 'content-type': types.apply })).body;
};
const scaleTo = (name: string, count: number, how: How, manager: string, query = '&force=true') => {
  const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name }, spec: { replicas: count } };
  const path = `${deployments}/${name}/scale?fieldManager=${manager}${how === 'apply' ? query : ''}`;
  return world.call('PATCH', path, scale, { 'content-type': types[how] });
};
const entriesOf = async (name: string): Promise<ManagedEntry[]> =>
  (await world.call('GET', `${deployments}/${name}`)).body.metadata.managedFields;
/** `Apply test: owns replicas`, each entry. */
const told = async (name: string): Promise<string[]> =>
  (await entriesOf(name)).map(
    ({ operation, manager, subresource, apiVersion, fieldsV1 }) =>
      `${operation} ${manager}${subresource ? `/${subresource}` : ''} ${apiVersion}: ${(fieldsV1 as any)['f:spec']?.['f:replicas'] ? 'replicas' : ''}${(fieldsV1 as any)['f:spec']?.['f:selector'] ? ' and more' : ''}`,
  );

const steals = (first: How, second: How, manager: string, name: string) => async () => {
  await parent(name, first, 'test');
  expect((await scaleTo(name, 5, second, manager)).status).toBe(200);
  const operation = (how: How) => (how === 'apply' ? 'Apply' : 'Update');
  const left = `${operation(first)} test apps/v1:  and more`;
  const taken = `${operation(second)} ${manager}/scale apps/v1: replicas`;
  expect((await told(name)).sort()).toEqual([left, taken].sort());
};

upstreamCases('managed-fields', import.meta.url, {
  'TestTransformManagedFieldsToSubresource/filter one entry and transform it into a subresource entry': async () => {
    await parent('filter', 'apply', 'a', {});
    await world.call('PATCH', `${deployments}/filter?fieldManager=b`, { spec: { replicas: 3 } }, { 'content-type': types.update });
    expect((await scaleTo('filter', 4, 'apply', 'hpa', '')).body.message).toBe(
      'Apply failed with 1 conflict: conflict with "b" using autoscaling/v1: .spec.replicas',
    );
  },
  'TestTransformManagedFieldsToSubresource/transform all entries': async () => {
    await parent('all', 'apply', 'a');
    await parent('all', 'apply', 'b');
    const { message } = (await scaleTo('all', 4, 'apply', 'hpa', '')).body;
    expect(message).toBe('Apply failed with 2 conflicts: conflicts with "a":\n- .spec.replicas\nconflicts with "b":\n- .spec.replicas');
  },
  'TestTransformManagedFieldsToSubresource/drops fields if the api version is unknown': async () => {
    const object = await parent('unknown', 'apply', 'a');
    const managedFields = object.metadata.managedFields.map((e: ManagedEntry) => ({ ...e, apiVersion: 'apps/v10', fieldsV1: replicas }));
    await world.call('PATCH', `${deployments}/unknown`, { metadata: { managedFields } }, { 'content-type': types.update });
    expect((await scaleTo('unknown', 4, 'apply', 'hpa', '')).status).toBe(200);
  },
  'TestTransformingManagedFieldsToParent/different-managers: apply -> update': steals('apply', 'update', 'scale', 'd1'),
  'TestTransformingManagedFieldsToParent/different-managers: apply -> apply': steals('apply', 'apply', 'scale', 'd2'),
  'TestTransformingManagedFieldsToParent/different-managers: update -> update': steals('update', 'update', 'scale', 'd3'),
  'TestTransformingManagedFieldsToParent/different-managers: update -> apply': steals('update', 'apply', 'scale', 'd4'),
  'TestTransformingManagedFieldsToParent/same manager: apply -> apply': steals('apply', 'apply', 'test', 'd5'),
  'TestTransformingManagedFieldsToParent/same manager: update -> update': steals('update', 'update', 'test', 'd6'),
  'TestTransformingManagedFieldsToParent/same manager: update -> apply': steals('update', 'apply', 'test', 'd7'),
  'TestTransformingManagedFieldsToParent/same manager: apply -> update': steals('apply', 'update', 'test', 'd8'),
  "TestTransformingManagedFieldsToParent/subresource doesn't own the path anymore": async () => {
    await parent('gone', 'apply', 'test', {});
    await scaleTo('gone', 5, 'apply', 'scale');
    await world.call('PATCH', `${deployments}/gone?fieldManager=u`, { spec: { replicas: 6 } }, { 'content-type': types.update });
    expect(await told('gone')).toEqual(['Apply test apps/v1:  and more', 'Update u apps/v1: replicas']);
  },
  'TestTransformingManagedFieldsToParent/Subresource steals all the fields of the parent resource': async () => {
    const object = await parent('steal', 'apply', 'test');
    const managedFields = object.metadata.managedFields.map((e: ManagedEntry) => ({ ...e, fieldsV1: replicas }));
    await world.call('PATCH', `${deployments}/steal`, { metadata: { managedFields } }, { 'content-type': types.update });
    await scaleTo('steal', 5, 'update', 'scale');
    expect(await told('steal')).toEqual(['Update scale/scale apps/v1: replicas']);
  },
  'TestTransformingManagedFieldsToParent/apply without stealing': async () => {
    await parent('shared', 'apply', 'test');
    expect((await scaleTo('shared', 2, 'apply', 'test', '')).status).toBe(200);
    expect(await told('shared')).toEqual(['Apply test apps/v1: replicas and more', 'Apply test/scale apps/v1: replicas']);
  },
  'TestTransformingManagedFieldsToParent/drops the entry if the api version is unknown': async () => {
    const object = await parent('drops', 'apply', 'test');
    const other = { ...object.metadata.managedFields[0], manager: 'another', apiVersion: 'apps/v10' };
    const managedFields = [...object.metadata.managedFields, other];
    await world.call('PATCH', `${deployments}/drops`, { metadata: { managedFields } }, { 'content-type': types.update });
    await scaleTo('drops', 5, 'apply', 'scale');
    expect(await told('drops')).toEqual(['Apply scale/scale apps/v1: replicas', 'Apply test apps/v1:  and more']);
  },
});
