/** Upstream's cases of what a manager owns through pods/NAME/resize: the sizes of containers, and nothing else that its configuration states. */
import { afterAll, beforeAll, expect } from 'vitest';
import { upstreamCases } from '#tests/conformance/upstream/table.ts';
import { createWorld, type World } from './testing.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const pods = '/api/v1/namespaces/default/pods';
const resources = { requests: { cpu: '2' } };
const owned = { 'f:resources': { 'f:requests': { 'f:cpu': {} } } };

/** Fields of the container that are owned after an apply of `container` and more, and all that is owned beside it. */
const resized = async (name: string, container: object, more: { spec?: object; metadata?: object; status?: object } = {}) => {
  await world.create(`${pods}?fieldManager=u`, {
    metadata: { name },
    spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '1' } } }] },
  } as any);
  const config = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...more.metadata },
    spec: { containers: [{ name: 'c', ...container }], ...more.spec },
    ...(more.status ? { status: more.status } : {}),
  };
  const type = { 'content-type': 'application/apply-patch+yaml' };
  const { status, body } = await world.call('PATCH', `${pods}/${name}/resize?fieldManager=r&force=true`, config, type);
  expect(status, body.message).toBe(200);
  const { fieldsV1 } = body.metadata.managedFields.find((entry: any) => entry.manager === 'r');
  const { '.': _, 'f:name': _name, ...inContainer } = fieldsV1['f:spec']['f:containers']['k:{"name":"c"}'];
  return { inContainer, beside: [...Object.keys(fieldsV1), ...Object.keys(fieldsV1['f:spec'])], pod: body };
};
const only = ['f:spec', 'f:containers'];

upstreamCases('structured-merge', import.meta.url, {
  'TestFilterByPattern/container resize fields: exact match': async () => {
    const { inContainer, beside } = await resized('exact', { resources });
    expect([inContainer, beside]).toEqual([owned, only]);
  },
  'TestFilterByPattern/container resize fields: filter status and metadata': async () => {
    const { inContainer, beside, pod } = await resized(
      'status',
      { resources },
      { metadata: { labels: { a: 'b' } }, status: { phase: 'Failed' } },
    );
    expect([inContainer, beside, pod.metadata.labels, pod.status.phase]).toEqual([owned, only, undefined, 'Pending']);
  },
  'TestFilterByPattern/container resize fields: filter non-container spec fields': async () => {
    const { inContainer, beside, pod } = await resized('spec', { resources }, { spec: { nodeName: 'n', priority: 1 } });
    expect([inContainer, beside, pod.spec.nodeName]).toEqual([owned, only, undefined]);
  },
  'TestFilterByPattern/container resize fields: filter non-resource container fields': async () => {
    const { inContainer, beside, pod } = await resized('container', { resources, image: 'other', command: ['x'] });
    expect([inContainer, beside, pod.spec.containers[0].image]).toEqual([owned, only, 'i']);
  },
});
