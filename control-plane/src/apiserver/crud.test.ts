/** Create, read, update, patch and delete through the HTTP face. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resources } from '#schema/resources.ts';
import { createCatalog } from './catalog.ts';
import { createWorld, podNamed, type World } from './testing.ts';
import { seeds } from './testing-seeds.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const pods = '/api/v1/namespaces/default/pods';

describe('create', () => {
  test('fills metadata, defaults, admission and status', async () => {
    const pod = await world.create(pods, podNamed('web'));
    expect(pod).toMatchObject({ kind: 'Pod', apiVersion: 'v1', status: { phase: 'Pending', qosClass: 'BestEffort' } });
    expect(pod.metadata).toMatchObject({ namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z', generation: 1 });
    expect(pod.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(pod.spec).toMatchObject({
      restartPolicy: 'Always',
      serviceAccountName: 'default',
      priority: 0,
      preemptionPolicy: 'PreemptLowerPriority',
    });
    expect(pod.spec.tolerations).toHaveLength(2);
    const volume = pod.spec.volumes.find((v: any) => v.name.startsWith('kube-api-access-'));
    expect(volume.projected.sources).toHaveLength(3);
    expect(pod.spec.containers[0].volumeMounts).toContainEqual({
      name: volume.name,
      readOnly: true,
      mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
    });
    expect((await world.call('GET', `${pods}/web`)).body).toEqual(pod);
  });

  test('a taken name is 409 AlreadyExists', async () => {
    const { status, body } = await world.call('POST', pods, podNamed('web'));
    expect(status).toBe(409);
    expect(body).toMatchObject({ reason: 'AlreadyExists', message: 'pods "web" already exists', details: { name: 'web', kind: 'pods' } });
  });

  test('generateName makes five characters', async () => {
    const pod = await world.create(pods, { ...podNamed(''), metadata: { generateName: 'gen-' } });
    expect(pod.metadata.name).toMatch(/^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  test('a missing namespace is 404, for pods too', async () => {
    for (const [path, object] of [
      ['/api/v1/namespaces/nope/configmaps', { metadata: { name: 'a' } }],
      ['/api/v1/namespaces/nope/pods', podNamed('a')],
      ['/api/v1/namespaces/nope/events', { metadata: { name: 'e' }, involvedObject: { namespace: 'nope' } }],
    ] as const) {
      const { status, body } = await world.call('POST', path, object);
      expect(status, path).toBe(404);
      expect(body.message).toBe('namespaces "nope" not found');
    }
  });

  test('an unknown service account is refused', async () => {
    const { status, body } = await world.call('POST', pods, {
      ...podNamed('sa'),
      spec: { ...podNamed('sa').spec, serviceAccountName: 'x' },
    });
    expect(status).toBe(403);
    expect(body.message).toBe('pods "sa" is forbidden: error looking up service account default/x: serviceaccount "x" not found');
  });

  test('a pod waits for the default account of a new namespace', async () => {
    await world.create('/api/v1/namespaces', { metadata: { name: 'fresh' } });
    const { gather } = world.platform.store;
    let looks = 0;
    world.platform.store.gather = async (reads) => {
      if (++looks === 2) await world.create('/api/v1/namespaces/fresh/serviceaccounts', { metadata: { name: 'default' } });
      return gather(reads);
    };
    const pod = await world.create('/api/v1/namespaces/fresh/pods', podNamed('early'));
    world.platform.store.gather = gather;
    expect(pod.spec.serviceAccountName).toBe('default');
    // the pod's two, and the one of the account
    expect(looks).toBe(3);
  });

  test('dryRun does everything but the write', async () => {
    const { status, body } = await world.call('POST', `${pods}?dryRun=All`, podNamed('dry'));
    expect(status).toBe(201);
    expect(body.spec.serviceAccountName).toBe('default');
    expect((await world.call('GET', `${pods}/dry`)).status).toBe(404);
    expect((await world.call('POST', `${pods}?dryRun=All`, podNamed('web'))).status).toBe(409);
  });

  test('a resourceVersion or a foreign namespace is 400', async () => {
    const stated = { ...podNamed('rv'), metadata: { name: 'rv', resourceVersion: '1' } };
    expect((await world.call('POST', pods, stated)).body.message).toBe('resourceVersion should not be set on objects to be created');
    const foreign = { ...podNamed('rv'), metadata: { name: 'rv', namespace: 'other' } };
    expect((await world.call('POST', pods, foreign)).body).toMatchObject({
      code: 400,
      message: 'the namespace of the provided object does not match the namespace sent on the request',
    });
  });
});

describe('update', () => {
  const path = '/api/v1/namespaces/default/configmaps';

  test('with a stale resourceVersion is 409, without one unconditional', async () => {
    const first = await world.create(path, { metadata: { name: 'c' }, data: { a: '1' } });
    const second = await world.call('PUT', `${path}/c`, { ...first, data: { a: '2' } });
    expect(second.status).toBe(200);
    const stale = await world.call('PUT', `${path}/c`, { ...first, data: { a: '3' } });
    expect(stale.body).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on configmaps "c": the object has been modified; please apply your changes to the latest version and try again',
    });
    const forced = await world.call('PUT', `${path}/c`, { metadata: { name: 'c' }, data: { a: '4' } });
    expect(forced.status).toBe(200);
    expect(forced.body.metadata.uid).toBe(first.metadata.uid);
  });

  test('an equal object is not written again', async () => {
    const before = (await world.call('GET', `${path}/c`)).body;
    const after = await world.call('PUT', `${path}/c`, before);
    expect(after.body.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  test('names and uids must agree', async () => {
    const named = await world.call('PUT', `${path}/c`, { metadata: { name: 'd' } });
    expect(named.body.message).toBe('the name of the object (d) does not match the name on the URL (c)');
    const other = await world.call('PUT', `${path}/c`, { metadata: { name: 'c', uid: 'x' } });
    expect(other.body.code).toBe(409);
    expect((await world.call('PUT', `${path}/nope`, { metadata: { name: 'nope' } })).body.message).toBe('configmaps "nope" not found');
  });

  test('50 writers that patch one object all get through', async () => {
    await world.create(path, { metadata: { name: 'many' }, data: {} });
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        world.call('PATCH', `${path}/many`, { data: { [`k${i}`]: 'v' } }, { 'content-type': 'application/merge-patch+json' }),
      ),
    );
    expect(replies.map((r) => r.status)).toEqual(Array(50).fill(200));
    expect(Object.keys((await world.call('GET', `${path}/many`)).body.data)).toHaveLength(50);
  });
});

describe('spec and status', () => {
  const path = '/apis/apps/v1/namespaces/default/deployments';
  const deployment = {
    metadata: { name: 'd' },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'd' } },
      template: { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'a', image: 'nginx' }] } },
    },
  };

  test('each ignores the other, generation follows spec', async () => {
    const made = await world.create(path, { ...deployment, status: { replicas: 9 } });
    expect(made.metadata.generation).toBe(1);
    expect(made.status?.replicas).toBeUndefined();
    const status = await world.call('PUT', `${path}/d/status`, { ...made, spec: { ...made.spec, replicas: 7 }, status: { replicas: 2 } });
    expect(status.body).toMatchObject({ spec: { replicas: 2 }, status: { replicas: 2 }, metadata: { generation: 1 } });
    const main = await world.call(
      'PATCH',
      `${path}/d`,
      { spec: { replicas: 3 }, status: { replicas: 5 } },
      { 'content-type': 'application/strategic-merge-patch+json' },
    );
    expect(main.body).toMatchObject({ spec: { replicas: 3 }, status: { replicas: 2 }, metadata: { generation: 2 } });
  });

  test('scale reads and writes the replica count', async () => {
    const scale = (await world.call('GET', `${path}/d/scale`)).body;
    const table = await world.call('GET', `${path}/d/scale`, undefined, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
    expect([table.body.kind, table.body.rows[0].cells.slice(0, 3)]).toEqual(['Table', ['d', 3, 2]]);
    expect(scale).toMatchObject({ kind: 'Scale', apiVersion: 'autoscaling/v1', spec: { replicas: 3 }, status: { selector: 'app=d' } });
    const patched = await world.call(
      'PATCH',
      `${path}/d/scale`,
      { spec: { replicas: 5 } },
      { 'content-type': 'application/merge-patch+json' },
    );
    expect(patched.body.spec.replicas).toBe(5);
    const negative = await world.call('PUT', `${path}/d/scale`, { ...scale, metadata: { name: 'd' }, spec: { replicas: -1 } });
    expect(negative.body).toMatchObject({ code: 422 });
    expect(negative.body.message).toContain('spec.replicas: Invalid value: -1: must be greater than or equal to 0');
    const stale = await world.call('PUT', `${path}/d/scale`, scale);
    expect(stale.status).toBe(409);
  });
});

describe('patch', () => {
  const path = '/api/v1/namespaces/default/configmaps';

  test('json, merge and strategic', async () => {
    await world.create(path, { metadata: { name: 'p' }, data: { a: '1' } });
    const json = await world.call('PATCH', `${path}/p`, [{ op: 'add', path: '/data/b', value: '2' }], {
      'content-type': 'application/json-patch+json',
    });
    expect(json.body.data).toEqual({ a: '1', b: '2' });
    const merge = await world.call('PATCH', `${path}/p`, { data: { a: null } }, { 'content-type': 'application/merge-patch+json' });
    expect(merge.body.data).toEqual({ b: '2' });
    const failed = await world.call('PATCH', `${path}/p`, [{ op: 'test', path: '/data/b', value: 'x' }], {
      'content-type': 'application/json-patch+json',
    });
    expect(failed.status).toBe(422);
  });

  test('unknown types are 415, stated versions 409', async () => {
    const type = await world.call('PATCH', `${path}/p`, {}, { 'content-type': 'application/json' });
    expect(type.body).toMatchObject({ code: 415, reason: 'UnsupportedMediaType' });
    const stale = await world.call(
      'PATCH',
      `${path}/p`,
      { metadata: { resourceVersion: '1' }, data: { z: '1' } },
      { 'content-type': 'application/merge-patch+json' },
    );
    expect(stale.status).toBe(409);
  });

  test('strict field validation names the field', async () => {
    const strict = await world.call(
      'PATCH',
      `${path}/p?fieldValidation=Strict`,
      { dat: { a: '1' } },
      { 'content-type': 'application/merge-patch+json' },
    );
    expect(strict.body.code).toBe(422);
    expect(strict.body.message).toMatch(/^ "" is invalid: patch: Invalid value: ".*": strict decoding error: unknown field "dat"$/);
    const warned = await world.call('POST', path, { metadata: { name: 'w' }, dat: {} });
    expect(warned.status).toBe(201);
    expect(warned.headers.get('warning')).toBe('299 - "unknown field \\"dat\\""');
  });
});

describe('delete', () => {
  test('an unscheduled pod goes at once, a bound one gets its grace, which may only shorten', async () => {
    await world.create(pods, podNamed('un'));
    const gone = await world.call('DELETE', `${pods}/un`);
    // some kinds answer with the object that is gone, as their clients' types say, the others with a Status
    expect(gone.body).toMatchObject({ kind: 'Pod', metadata: { name: 'un' }, status: { phase: 'Pending' } });
    expect((await world.call('GET', `${pods}/un`)).status).toBe(404);

    await world.create(pods, podNamed('bound'));
    const target = { apiVersion: 'v1', kind: 'Node', name: 'n1' };
    const bound = await world.call('POST', `${pods}/bound/binding`, { metadata: { name: 'bound' }, target });
    expect(bound.status).toBe(201);
    const again = await world.call('POST', `${pods}/bound/binding`, { metadata: { name: 'bound' }, target });
    expect(again.body).toMatchObject({ code: 409, reason: 'Conflict' });
    expect((await world.call('GET', `${pods}/bound`)).body).toMatchObject({
      spec: { nodeName: 'n1' },
      status: { conditions: [{ type: 'PodScheduled', status: 'True' }] },
    });

    const marked = await world.call('DELETE', `${pods}/bound`);
    expect(marked.body.metadata).toMatchObject({ deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 });
    const longer = await world.call('DELETE', `${pods}/bound`, { gracePeriodSeconds: 60 });
    expect(longer.body.metadata.deletionTimestamp).toBe('2026-01-01T00:00:30Z');
    const shorter = await world.call('DELETE', `${pods}/bound?gracePeriodSeconds=5`);
    expect(shorter.body.metadata).toMatchObject({ deletionTimestamp: '2026-01-01T00:00:05Z', deletionGracePeriodSeconds: 5 });
    const now = await world.call('DELETE', `${pods}/bound`, { gracePeriodSeconds: 0 });
    expect(now.body.metadata.name).toBe('bound');
    expect((await world.call('GET', `${pods}/bound`)).status).toBe(404);
  });

  test('finalizers keep an object until the last one is taken away', async () => {
    const path = '/api/v1/namespaces/default/configmaps';
    await world.create(path, { metadata: { name: 'f', finalizers: ['example.com/x'] } });
    const marked = await world.call('DELETE', `${path}/f`, { propagationPolicy: 'Foreground' });
    expect(marked.body.metadata).toMatchObject({ finalizers: ['example.com/x', 'foregroundDeletion'], deletionGracePeriodSeconds: 0 });
    const added = await world.call(
      'PATCH',
      `${path}/f`,
      { metadata: { finalizers: ['example.com/x', 'foregroundDeletion', 'example.com/y'] } },
      { 'content-type': 'application/merge-patch+json' },
    );
    expect(added.body).toMatchObject({ code: 422 });
    const last = await world.call(
      'PATCH',
      `${path}/f`,
      { metadata: { finalizers: null } },
      { 'content-type': 'application/merge-patch+json' },
    );
    expect(last.status).toBe(200);
    expect((await world.call('GET', `${path}/f`)).status).toBe(404);
  });

  test('preconditions', async () => {
    const path = '/api/v1/namespaces/default/configmaps';
    const made = await world.create(path, { metadata: { name: 'pre' } });
    const wrong = await world.call('DELETE', `${path}/pre`, { preconditions: { uid: 'x' } });
    expect(wrong.body.message).toBe(
      `Operation cannot be fulfilled on ConfigMap "pre": the UID in the precondition (x) does not match the UID in record (${made.metadata.uid}). The object might have been deleted and then recreated`,
    );
    const right = await world.call('DELETE', `${path}/pre`, { preconditions: { uid: made.metadata.uid } });
    expect(right.body.status).toBe('Success');
  });

  test('namespaces terminate and go when finalized and empty', async () => {
    await world.create('/api/v1/namespaces', { metadata: { name: 'tmp' } });
    await world.create('/api/v1/namespaces/tmp/configmaps', { metadata: { name: 'c' } });
    const marked = await world.call('DELETE', '/api/v1/namespaces/tmp');
    expect(marked.body).toMatchObject({ status: { phase: 'Terminating' }, spec: { finalizers: ['kubernetes'] } });
    const refused = await world.call('POST', '/api/v1/namespaces/tmp/configmaps', { metadata: { name: 'd' } });
    expect(refused.body).toMatchObject({
      code: 403,
      message: 'configmaps "d" is forbidden: unable to create new content in namespace tmp because it is being terminated',
      details: { causes: [{ reason: 'NamespaceTerminating' }] },
    });
    const early = await world.call('PUT', '/api/v1/namespaces/tmp/finalize', { ...marked.body, spec: { finalizers: [] } });
    expect(early.status).toBe(409);
    await world.call('DELETE', '/api/v1/namespaces/tmp/configmaps/c');
    const done = await world.call('PUT', '/api/v1/namespaces/tmp/finalize', { ...marked.body, spec: { finalizers: [] } });
    expect(done.status).toBe(200);
    expect((await world.call('GET', '/api/v1/namespaces/tmp')).status).toBe(404);
    expect((await world.call('DELETE', '/api/v1/namespaces/default')).status).toBe(403);
  });

  test('deletecollection takes the selection only', async () => {
    const path = '/api/v1/namespaces/default/configmaps';
    for (const name of ['x1', 'x2']) await world.create(path, { metadata: { name, labels: { group: 'x' } } });
    await world.create(path, { metadata: { name: 'y1', labels: { group: 'y' } } });
    const { body } = await world.call('DELETE', `${path}?labelSelector=group%3Dx`);
    expect(body.items.map((i: any) => i.metadata.name)).toEqual(['x1', 'x2']);
    expect((await world.call('GET', `${path}/x1`)).status).toBe(404);
    expect((await world.call('GET', `${path}/y1`)).status).toBe(200);
  });
});

describe('names', () => {
  test('every stored kind refuses a name that is none, with one cause', async () => {
    for (const { definition, groupVersion } of createCatalog(resources).all) {
      if (definition.storage === 'virtual') continue;
      const root = groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`;
      const path = definition.namespaced ? `${root}/namespaces/default/${definition.resource}` : `${root}/${definition.resource}`;
      // a slash or percent sign is wrong in every name, even where only the path matters
      const { body } = await world.call('POST', `${path}?dryRun=All`, { ...seeds[definition.kind], metadata: { name: 'no%name' } });
      expect(body, definition.resource).toMatchObject({ code: 422, reason: 'Invalid' });
      const causes = body.details.causes.filter((c: any) => c.field === 'metadata.name');
      // the name of these must also agree with the rest of the object
      const derived = definition.kind === 'CustomResourceDefinition' || definition.kind === 'APIService';
      expect(causes.length, definition.resource).toBe(derived ? 2 : 1);
    }
  });
});

describe('ephemeral containers', () => {
  test('are added through their subresource only, and checked', async () => {
    await world.create(pods, podNamed('debugged'));
    const strategic = { 'content-type': 'application/strategic-merge-patch+json' };
    const body = { spec: { ephemeralContainers: [{ name: 'debug', image: 'busybox' }] } };
    const added = await world.call('PATCH', `${pods}/debugged/ephemeralcontainers`, body, strategic);
    expect(added.body.spec.ephemeralContainers[0]).toMatchObject({ name: 'debug', imagePullPolicy: 'Always' });
    const bad = await world.call(
      'PATCH',
      `${pods}/debugged/ephemeralcontainers`,
      { spec: { ephemeralContainers: [{ name: 'x' }] } },
      strategic,
    );
    expect(bad.status).toBe(422);
  });
});

describe('services', () => {
  const path = '/api/v1/namespaces/default/services';
  const service = (name: string, spec: object) => ({ metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } });

  test('addresses and ports are picked, kept and unique', async () => {
    const one = await world.create(path, service('one', {}));
    expect(one.spec.clusterIP).toMatch(/^10\.43\./);
    expect(one.spec.clusterIPs).toEqual([one.spec.clusterIP]);
    const taken = await world.call('POST', path, service('two', { clusterIP: one.spec.clusterIP }));
    expect(taken.body.message).toContain(
      `spec.clusterIPs: Invalid value: ["${one.spec.clusterIP}"]: failed to allocate IP ${one.spec.clusterIP}: provided IP is already allocated`,
    );
    const node = await world.create(path, service('np', { type: 'NodePort' }));
    const port = node.spec.ports[0].nodePort;
    expect(port).toBeGreaterThanOrEqual(30_000);
    const clash = await world.call('POST', path, service('np2', { type: 'NodePort', ports: [{ port: 80, nodePort: port }] }));
    expect(clash.body.message).toContain(`spec.ports[0].nodePort: Invalid value: ${port}: provided port is already allocated`);
    const kept = await world.call('PUT', `${path}/np`, service('np', { type: 'NodePort', ports: [{ port: 80 }] }));
    expect(kept.body.spec).toMatchObject({ clusterIP: node.spec.clusterIP, ports: [{ nodePort: port }] });
  });

  test('ranges, headless and external names', async () => {
    const outside = await world.call('POST', path, service('out', { clusterIP: '10.99.0.1' }));
    expect(outside.body.message).toContain('is not in the valid range. The range of valid IPs is 10.43.0.0/16');
    const low = await world.call('POST', path, service('low', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }));
    expect(low.body.message).toContain('The range of valid ports is 30000-32767');
    const headless = await world.create(path, service('hl', { clusterIP: 'None' }));
    expect(headless.spec.clusterIP).toBe('None');
    const dns = await world.create(path, service('dns', { clusterIP: '10.43.0.10' }));
    expect(dns.spec.clusterIP).toBe('10.43.0.10');
  });
});
