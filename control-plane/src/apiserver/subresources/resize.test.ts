/** pods/resize over HTTP: the verbs, the generation, quotas and limit ranges. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createWorld, podNamed, type World } from '../testing.ts';

let world: World;
const pods = '/api/v1/namespaces/default/pods';
const strategic = { 'content-type': 'application/strategic-merge-patch+json' };

const sized = (name: string, cpu: string) => {
  const pod = podNamed(name);
  return { ...pod, spec: { containers: [{ ...pod.spec.containers[0], resources: { requests: { cpu } } }] } };
};
const sizePatch = (cpu: string) => ({ spec: { containers: [{ name: 'app', resources: { requests: { cpu } } }] } });
const resize = (name: string, cpu: string) => world.call('PATCH', `${pods}/${name}/resize`, sizePatch(cpu), strategic);

beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

it('changes sizes and nothing else, and raises the generation', async () => {
  await world.create(pods, sized('one', '100m'));
  const { body: read } = await world.call('GET', `${pods}/one/resize`);
  expect(read).toMatchObject({ kind: 'Pod', metadata: { generation: 1 } });
  const patched = await resize('one', '200m');
  expect(patched.body).toMatchObject({ metadata: { generation: 2 }, spec: sizePatch('200m').spec });
  const manager = patched.body.metadata.managedFields.find(({ subresource }: any) => subresource === 'resize');
  expect(JSON.stringify(manager.fieldsV1)).toContain('f:cpu');
  const put = structuredClone(patched.body);
  put.spec.containers[0].resources.requests.cpu = '300m';
  put.spec.containers[0].image = 'other';
  put.metadata.labels = { a: 'b' };
  const { body } = await world.call('PUT', `${pods}/one/resize`, put);
  expect(body).toMatchObject({
    metadata: { generation: 3 },
    spec: { containers: [{ image: 'nginx', ...sizePatch('300m').spec.containers[0] }] },
  });
  expect(body.metadata.labels).toBeUndefined();
  expect((await resize('one', '300m')).body.metadata.generation).toBe(3);
  const viaPod = await world.call('PATCH', `${pods}/one`, sizePatch('1'), strategic);
  expect(viaPod.body).toMatchObject({ code: 422, message: expect.stringContaining('pod updates may not change fields other than') });
});

it('is applied, too', async () => {
  await world.create(pods, sized('applied', '100m'));
  const config = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'applied' }, ...sizePatch('150m') };
  const path = `${pods}/applied/resize?fieldManager=me&force=true`;
  const { body } = await world.call('PATCH', path, config, { 'content-type': 'application/apply-patch+yaml' });
  expect(body).toMatchObject({ spec: sizePatch('150m').spec, metadata: { generation: 2 } });
});

it('owns only what it writes when it is applied: neither labels nor images of the configuration', async () => {
  await world.create(pods, sized('owned', '100m'));
  const { spec } = sizePatch('150m');
  const containers = spec.containers.map((container) => ({ ...container, image: 'other' }));
  const config = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'owned', labels: { a: 'b' } }, spec: { nodeName: 'n', containers } };
  const path = `${pods}/owned/resize?fieldManager=me&force=true`;
  const { body } = await world.call('PATCH', path, config, { 'content-type': 'application/apply-patch+yaml' });
  const { fieldsV1 } = body.metadata.managedFields.find(({ manager }: any) => manager === 'me');
  expect(JSON.stringify(fieldsV1)).toContain('f:cpu');
  expect(JSON.stringify(fieldsV1)).not.toMatch(/f:labels|f:image|f:nodeName/);
  expect(body.metadata.labels).toBeUndefined();
});

it('is held to quotas, by the larger of wish and reality, and to limit ranges', async () => {
  await world.create('/api/v1/namespaces', { metadata: { name: 'tight' } });
  await world.create('/api/v1/namespaces/tight/serviceaccounts', { metadata: { name: 'default' } });
  const at = '/api/v1/namespaces/tight';
  await world.create(`${at}/resourcequotas`, { metadata: { name: 'q' }, spec: { hard: { 'requests.cpu': '1' } } });
  await world.create(`${at}/pods`, sized('a', '400m'));
  const to = (cpu: string) => world.call('PATCH', `${at}/pods/a/resize`, sizePatch(cpu), strategic);
  expect((await to('1100m')).body).toMatchObject({
    code: 403,
    message: expect.stringContaining('exceeded quota: q, requested: requests.cpu=700m'),
  });
  expect((await to('900m')).status).toBe(200);
  const status = (cpu: string) => ({
    status: {
      containerStatuses: [
        {
          name: 'app',
          image: 'nginx',
          imageID: '',
          ready: true,
          restartCount: 0,
          allocatedResources: { cpu },
          resources: { requests: { cpu } },
        },
      ],
    },
  });
  const report = (cpu: string) => world.call('PATCH', `${at}/pods/a/status`, status(cpu), strategic);
  expect((await report('900m')).status).toBe(200);
  expect((await to('100m')).status).toBe(200);
  // the node still holds 900m for it
  expect((await world.call('POST', `${at}/pods`, sized('b', '200m'))).body.message).toContain('used: requests.cpu=900m');
  expect((await report('100m')).status).toBe(200);
  await world.create(`${at}/pods`, sized('b', '200m'));
  await world.create(`${at}/limitranges`, { metadata: { name: 'l' }, spec: { limits: [{ type: 'Container', min: { cpu: '50m' } }] } });
  expect((await to('10m')).body).toMatchObject({ code: 403, message: expect.stringContaining('minimum cpu usage per Container is 50m') });
});

it('is a right of its own', async () => {
  await world.create('/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings', {
    metadata: { name: 'editor' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:aggregate-to-edit' },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'eve' }],
  });
  const as = async (user: string) => ({ ...strategic, authorization: `Bearer ${await world.tokenFor(user, ['system:authenticated'])}` });
  const path = `${pods}/one/resize`;
  expect((await world.call('PATCH', path, sizePatch('250m'), await as('eve'))).status).toBe(200);
  expect((await world.call('PATCH', path, sizePatch('250m'), await as('mallory'))).body.message).toContain('"pods/resize"');
});
