/** Lists: selectors, pages, revisions, Tables and metadata-only answers. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWorld, podNamed, type World } from './testing.ts';

let world: World;
const path = '/api/v1/namespaces/default/configmaps';
const names = (body: any): string[] => body.items.map((i: any) => i.metadata.name);

beforeAll(async () => {
  world = await createWorld();
  for (let i = 0; i < 7; i++) {
    await world.create(path, { metadata: { name: `c${i}`, labels: { even: String(i % 2 === 0), n: String(i) } }, ...{ data: { k: 'v' } } });
  }
  await world.create('/api/v1/namespaces', { metadata: { name: 'other' } });
  await world.create('/api/v1/namespaces/other/configmaps', { metadata: { name: 'c9' } });
});
afterAll(() => world.close());

describe('selectors', () => {
  test.each([
    ['labelSelector=even%3Dtrue', ['c0', 'c2', 'c4', 'c6']],
    ['labelSelector=even!%3Dtrue,n%20in%20(1,3)', ['c1', 'c3']],
    ['labelSelector=!even', []],
    ['fieldSelector=metadata.name%3Dc3', ['c3']],
    ['fieldSelector=metadata.name!%3Dc3&labelSelector=n%20in%20(3,4)', ['c4']],
  ])('%s', async (query, expected) => {
    expect(names((await world.call('GET', `${path}?${query}`)).body)).toEqual(expected);
  });

  test('across namespaces, sorted by namespace and name', async () => {
    const { body } = await world.call('GET', '/api/v1/configmaps?fieldSelector=metadata.namespace%3Dother');
    expect(names(body)).toEqual(['c9']);
    const all = await world.call('GET', '/api/v1/configmaps');
    expect(all.body).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
    expect(names(all.body)).toHaveLength(8);
  });

  test('unknown fields and unreadable selectors are 400', async () => {
    const field = await world.call('GET', `${path}?fieldSelector=spec.nope%3D1`);
    expect(field.body).toMatchObject({
      code: 400,
      message: '"spec.nope" is not a known field selector: only "metadata.name", "metadata.namespace"',
    });
    expect((await world.call('GET', `${path}?labelSelector=a%20%3D%3D%3D`)).body.code).toBe(400);
  });
});

describe('pages', () => {
  const pages = async (query: string, between?: (page: number) => Promise<void>): Promise<any[]> => {
    const all: any[] = [];
    let token = '';
    for (let page = 0; ; page++) {
      const { status, body } = await world.call('GET', `${path}?${query}${token ? `&continue=${token}` : ''}`);
      expect(status).toBe(200);
      all.push(body);
      if (!body.metadata.continue) return all;
      token = body.metadata.continue;
      await between?.(page);
    }
  };

  test('hold the state of the first page under churn', async () => {
    const before = names((await world.call('GET', path)).body);
    const all = await pages('limit=2', async (page) => {
      await world.create(path, { metadata: { name: `c3-${page}` } });
      await world.call('DELETE', `${path}/c3-${page - 1}`);
      await world.call('PATCH', `${path}/c6`, { data: { page: String(page) } }, { 'content-type': 'application/merge-patch+json' });
    });
    expect(all.flatMap(names)).toEqual(before);
    expect(new Set(all.map((p) => p.metadata.resourceVersion)).size).toBe(1);
    expect(all[0].metadata.remainingItemCount).toBe(before.length - 2);
    expect(all.at(-1).items.at(-1).data.page ?? 'as before').toBe('as before');
    await world.call('DELETE', `${path}?fieldSelector=metadata.name%3Dc3-2`);
  });

  test('fill up to the limit when a selector skips objects, and count nothing then', async () => {
    const all = await pages('limit=2&labelSelector=even%3Dtrue');
    expect(all.map(names)).toEqual([
      ['c0', 'c2'],
      ['c4', 'c6'],
    ]);
    expect(all[0].metadata.remainingItemCount).toBeUndefined();
  });

  test('an expired token is 410 with one to go on with', async () => {
    const first = (await world.call('GET', `${path}?limit=3`)).body;
    await world.create(path, { metadata: { name: 'zz' } });
    await world.platform.store.compact((await world.platform.store.head()).revision);
    const expired = await world.call('GET', `${path}?limit=3&continue=${first.metadata.continue}`);
    expect(expired.body).toMatchObject({ code: 410, reason: 'Expired' });
    const rest = await world.call('GET', `${path}?continue=${expired.body.metadata.continue}`);
    expect(names(rest.body)).toEqual(['c3', 'c4', 'c5', 'c6', 'zz']);
    await world.call('DELETE', `${path}/zz`);
  });

  test('a token that is none is 400', async () => {
    expect((await world.call('GET', `${path}?continue=nonsense`)).body).toMatchObject({ code: 400, reason: 'BadRequest' });
  });
});

describe('resourceVersion', () => {
  test('Exact is the past, NotOlderThan and 0 the present, the future 504', async () => {
    const then = (await world.call('GET', path)).body;
    await world.create(path, { metadata: { name: 'new' } });
    const version = then.metadata.resourceVersion;
    const exact = await world.call('GET', `${path}?resourceVersion=${version}&resourceVersionMatch=Exact`);
    expect(exact.body.items).toEqual(then.items);
    expect(exact.body.metadata.resourceVersion).toBe(version);
    for (const query of [
      `resourceVersion=${version}`,
      'resourceVersion=0',
      `resourceVersion=${version}&resourceVersionMatch=NotOlderThan`,
    ]) {
      expect(names((await world.call('GET', `${path}?${query}`)).body)).toContain('new');
    }
    const { body, headers } = await world.call('GET', `${path}?resourceVersion=99999`);
    expect(body).toMatchObject({ code: 504, reason: 'Timeout', details: { retryAfterSeconds: 1 } });
    expect(body.message).toMatch(/^Timeout: Too large resource version: 99999, current: \d+$/);
    expect(headers.get('retry-after')).toBe('1');
    expect((await world.call('GET', `${path}/new?resourceVersion=99999`)).body.code).toBe(504);
  });

  test.each([
    ['resourceVersionMatch=Exact', 422],
    ['resourceVersionMatch=Exact&resourceVersion=0', 422],
    ['resourceVersionMatch=Nope&resourceVersion=1', 422],
    ['sendInitialEvents=true', 422],
    ['resourceVersion=abc', 400],
    ['limit=abc', 400],
  ])('%s is %i', async (query, code) => {
    expect((await world.call('GET', `${path}?${query}`)).body.code).toBe(code);
  });
});

describe('forms', () => {
  const as = (kind: string) => ({ accept: `application/json;as=${kind};v=v1;g=meta.k8s.io,application/json` });

  test('a Table of pods, with metadata, objects or nothing in its rows', async () => {
    await world.create('/api/v1/namespaces/default/pods', podNamed('p'));
    world.nowMs += 90_000;
    const get = (query: string) => world.call('GET', `/api/v1/namespaces/default/pods${query}`, undefined, as('Table'));
    const { body } = await get('');
    expect(body).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
    expect(body.rows[0].cells.slice(0, 5)).toEqual(['p', '0/1', 'Pending', expect.anything(), '90s']);
    expect(body.rows[0].object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'p' } });
    expect((await get('?includeObject=Object')).body.rows[0].object.spec.containers).toHaveLength(1);
    expect((await get('?includeObject=None')).body.rows[0].object).toBeUndefined();
    const one = await get('/p');
    expect(one.body.rows).toHaveLength(1);
    expect((await get('/nope')).body).toMatchObject({ kind: 'Status', code: 404 });
  });

  test('a Table shown again follows the clock and each change; its rows are those of the objects one by one', async () => {
    const pods = '/api/v1/namespaces/default/pods';
    await world.create(pods, podNamed('again'));
    const cells = async (): Promise<unknown[]> => {
      const { body } = await world.call('GET', pods, undefined, as('Table'));
      for (const row of body.rows) {
        const one = (await world.call('GET', `${pods}/${row.object.metadata.name}`, undefined, as('Table'))).body;
        expect(row).toEqual(one.rows[0]);
      }
      return body.rows.find((row: any) => row.cells[0] === 'again').cells.slice(0, 5);
    };
    expect(await cells()).toEqual(['again', '0/1', 'Pending', '0', '0s']);
    world.nowMs += 150_000;
    expect(await cells()).toEqual(['again', '0/1', 'Pending', '0', '2m30s']);
    const state = { name: 'c', image: 'i', imageID: '', ready: false, restartCount: 2 };
    const finishedAt = new Date(world.nowMs).toISOString().replace(/\.\d+/, '');
    const status = { containerStatuses: [{ ...state, lastState: { terminated: { exitCode: 1, finishedAt } } }] };
    await world.call('PATCH', `${pods}/again/status`, { status }, { 'content-type': 'application/merge-patch+json' });
    world.nowMs += 60_000;
    expect(await cells()).toEqual(['again', '0/1', 'Pending', '2 (60s ago)', '3m30s']);
    await world.call('DELETE', `${pods}/again?gracePeriodSeconds=0`);
    await world.create(pods, podNamed('again'));
    expect(await cells()).toEqual(['again', '0/1', 'Pending', '0', '0s']);
  });

  test('PartialObjectMetadataList, YAML, and nothing that cannot be had', async () => {
    const partial = await world.call('GET', path, undefined, as('PartialObjectMetadataList'));
    expect(partial.body.kind).toBe('PartialObjectMetadataList');
    expect(partial.body.items[0].kind).toBe('PartialObjectMetadata');
    expect(partial.body.items[0].data).toBeUndefined();
    const yaml = await world.call('GET', `${path}/c0`, undefined, { accept: 'application/yaml' });
    expect(yaml.body).toContain('kind: ConfigMap');
    const proto = await world.call('GET', `${path}/c0`, undefined, { accept: 'application/vnd.kubernetes.protobuf' });
    expect(proto.body).toMatchObject({ code: 406, reason: 'NotAcceptable' });
    const either = await world.call('GET', `${path}/c0`, undefined, { accept: 'application/vnd.kubernetes.protobuf, */*' });
    expect(either.body.kind).toBe('ConfigMap');
    const pretty = await world.raw('GET', `${path}/c0?pretty=true`);
    expect(await pretty.text()).toContain('\n  "kind": "ConfigMap"');
  });
});

test('budgets: a GET is one store call, a write at most two, none of them for who is asking', async () => {
  const cost = async (method: string, where: string, body?: unknown, headers?: Record<string, string>): Promise<number> => {
    world.calls.length = 0;
    expect((await world.call(method, where, body, headers)).status).toBeLessThan(300);
    return world.calls.length;
  };
  expect(await cost('GET', `${path}/c0`)).toBe(1);
  expect(await cost('GET', path)).toBe(1);
  // the quotas of the namespace, and the write
  expect(await cost('POST', path, { metadata: { name: 'cost' } })).toBe(2);
  const merge = { 'content-type': 'application/merge-patch+json' };
  expect(await cost('PATCH', `${path}/cost`, { data: { a: '1' } }, merge)).toBe(1);
  // what was not written just now is read
  for (const again of ['2', '3']) {
    world.nowMs += 60_000;
    expect(await cost('PATCH', `${path}/cost`, { data: { a: again } }, merge)).toBe(2);
    expect(await cost('PUT', `${path}/cost`, { metadata: { name: 'cost' } })).toBe(1);
  }
  expect(await cost('DELETE', `${path}/cost`)).toBe(1);
  world.nowMs += 60_000;
  expect(await cost('POST', '/api/v1/namespaces/default/pods', podNamed('cold'))).toBe(2);
  expect(await cost('POST', '/api/v1/namespaces/default/pods', podNamed('warm'))).toBe(2);
});

test('node liveness is filled into Nodes and their Leases on read', async () => {
  await world.create('/api/v1/namespaces', { metadata: { name: 'kube-node-lease' } });
  await world.create('/api/v1/nodes', {
    metadata: { name: 'n1' },
    status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: '2020-01-01T00:00:00Z' }] },
  });
  const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
  await world.create(leases, { metadata: { name: 'n1' }, ...{ spec: { holderIdentity: 'n1', leaseDurationSeconds: 40 } } });
  await world.platform.hub.heard('n1');
  const heard = new Date(world.nowMs).toISOString().slice(0, 19);
  expect((await world.call('GET', '/api/v1/nodes/n1')).body.status.conditions[0].lastHeartbeatTime).toBe(`${heard}Z`);
  expect((await world.call('GET', leases)).body.items[0].spec.renewTime).toBe(`${heard}.000000Z`);
});
