/** Simulations over HTTP, on the real API server and store. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../apiserver/testing.ts';

const path = '/apis/kedge.dev/v1/scheduling:simulate';

let world: World;
beforeEach(async () => {
  world = await createWorld();
  for (const name of ['n1', 'n2']) {
    await world.create('/api/v1/nodes', { metadata: { name, labels: { 'kubernetes.io/hostname': name } } });
    const status = { allocatable: { cpu: '2', memory: '4Gi', pods: '10' } };
    await world.call('PATCH', `/api/v1/nodes/${name}/status`, { status }, { 'content-type': 'application/merge-patch+json' });
    await world.call('PATCH', `/api/v1/nodes/${name}`, { spec: { taints: null } }, { 'content-type': 'application/merge-patch+json' });
  }
});
afterEach(() => world.close());

const template = (cpu: string) => ({
  metadata: { labels: { app: 'web' } },
  spec: { containers: [{ name: 'c', image: 'nginx', resources: { requests: { cpu } } }] },
});
const deployment = (replicas: number, cpu: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: template(cpu) },
});
const pod = (name: string, cpu: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { ...template(cpu).spec, ...more },
});

describe('a simulation', () => {
  it('says where the pods of a workload would go and why the rest would not fit, and writes nothing', async () => {
    const { status, body } = await world.call('POST', path, { objects: [deployment(5, '900m')] });
    expect(status).toBe(200);
    expect(body.placements.map((p: any) => p.fits)).toEqual([true, true, true, true, false]);
    expect(
      body.placements
        .slice(0, 4)
        .map((p: any) => p.node)
        .sort(),
    ).toEqual(['n1', 'n1', 'n2', 'n2']);
    expect(body.placements[4]).toMatchObject({
      pod: { namespace: 'default', name: 'web-4' },
      message:
        '0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.',
      reasons: [{ plugin: 'NodeResourcesFit', reason: 'Insufficient cpu', nodes: 2, examples: ['n1', 'n2'] }],
    });
    expect((await world.call('GET', '/api/v1/pods')).body.items).toEqual([]);
  });

  it('makes the volumes of a StatefulSet’s claims where its pods go', async () => {
    const { spec } = template('1');
    const container = { ...spec.containers[0], volumeMounts: [{ name: 'data', mountPath: '/data' }] };
    const set = {
      ...{ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db' } },
      spec: {
        ...{ replicas: 2, serviceName: 'db', selector: { matchLabels: { app: 'web' } } },
        template: { ...template('1'), spec: { containers: [container] } },
        volumeClaimTemplates: [
          { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } },
        ],
      },
    };
    const { body } = await world.call('POST', path, { objects: [set] });
    expect(body.placements?.map((p: any) => p.fits)).toEqual([true, true]);
  });

  it('counts how many more would fit, and where', async () => {
    const { body } = await world.call('POST', path, { objects: [pod('p', '500m')], howMany: true });
    expect(body.capacity).toMatchObject({
      count: 8,
      limited: false,
      perNode: [
        { node: 'n1', count: 4 },
        { node: 'n2', count: 4 },
      ],
    });
    const few = await world.call('POST', path, { objects: [pod('p', '500m')], howMany: 3 });
    expect(few.body.capacity).toMatchObject({ count: 3, limited: true });
  });

  it('moves the pods of a node that is thought away, and says of existing pods where they are', async () => {
    await world.create('/api/v1/namespaces/default/pods', pod('a', '1500m', { nodeName: 'n1' }));
    await world.create('/api/v1/namespaces/default/pods', pod('b', '1500m', { nodeName: 'n1' }));
    const { body } = await world.call('POST', path, { withoutNodes: ['n1'] });
    expect(body.placements.map(({ fits, from }: any) => [fits, from]).sort()).toEqual([
      [false, 'n1'],
      [true, 'n1'],
    ]);
    const why = await world.call('POST', path, { pods: [{ name: 'a' }] });
    expect(why.body.placements).toEqual([{ pod: { namespace: 'default', name: 'a' }, fits: true, node: 'n1', bound: true }]);
  });

  it('refuses what it cannot understand by the name of the field', async () => {
    const messages = async (body: unknown) => (await world.call('POST', path, body)).body;
    expect(await messages({ objects: [{ kind: 'Service' }] })).toMatchObject({
      code: 422,
      details: { causes: [{ field: 'objects[0].kind' }] },
    });
    expect(await messages({ objects: [pod('p', '1')], howMany: -1 })).toMatchObject({
      code: 422,
      details: { causes: [{ field: 'howMany' }] },
    });
    expect(await messages({ objects: [pod('p', 'much')] })).toMatchObject({ code: expect.any(Number), status: 'Failure' });
    expect(await messages({ pods: [{ name: 'nowhere' }] })).toMatchObject({ code: 404 });
    expect((await world.call('GET', path)).status).toBe(405);
  });

  it('is for those who may create the pods', async () => {
    const token = await world.tokenFor('jane', []);
    const headers = { authorization: `Bearer ${token}` };
    expect((await world.call('POST', path, { objects: [pod('p', '1')] }, headers)).status).toBe(403);
    expect((await world.call('POST', path, { withoutNodes: ['n1'] }, headers)).status).toBe(403);
  });
});
