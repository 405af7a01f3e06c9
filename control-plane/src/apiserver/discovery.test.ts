/** Discovery, OpenAPI, version and health. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWorld, type World } from './testing.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const aggregated =
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json';

describe('discovery', () => {
  test('aggregated, in both versions, with a type of its own', async () => {
    const { body, headers } = await world.call('GET', '/apis', undefined, { accept: aggregated });
    expect(headers.get('content-type')).toBe('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
    expect(headers.get('vary')).toBe('Accept');
    const apps = body.items.find((g: any) => g.metadata.name === 'apps');
    const deployments = apps.versions[0].resources.find((r: any) => r.resource === 'deployments');
    expect(deployments).toMatchObject({
      responseKind: { group: 'apps', version: 'v1', kind: 'Deployment' },
      scope: 'Namespaced',
      singularResource: 'deployment',
      shortNames: ['deploy'],
      categories: ['all'],
    });
    expect(deployments.subresources).toContainEqual({
      subresource: 'scale',
      responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
      verbs: ['get', 'patch', 'update'],
    });
    const beta = await world.raw('GET', '/api', {
      headers: { accept: 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList' },
    });
    expect(((await beta.json()) as any).apiVersion).toBe('apidiscovery.k8s.io/v2beta1');
  });

  test('ETag answers 304', async () => {
    const first = await world.raw('GET', '/apis', { headers: { accept: aggregated } });
    const etag = first.headers.get('etag')!;
    const again = await world.raw('GET', '/apis', { headers: { accept: aggregated, 'if-none-match': etag } });
    expect(again.status).toBe(304);
  });

  test('the older documents', async () => {
    expect((await world.call('GET', '/api')).body).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    const groups = (await world.call('GET', '/apis')).body;
    expect(groups.groups.map((g: any) => g.name)).toEqual(expect.arrayContaining(['apps', 'events.k8s.io', 'coordination.k8s.io']));
    expect((await world.call('GET', '/apis/apps')).body).toMatchObject({ kind: 'APIGroup', preferredVersion: { groupVersion: 'apps/v1' } });
    const core = (await world.call('GET', '/api/v1')).body;
    expect(core.resources).toContainEqual(
      expect.objectContaining({ name: 'pods/eviction', group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] }),
    );
    expect(core.resources).toContainEqual(
      expect.objectContaining({ name: 'serviceaccounts/token', group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' }),
    );
    expect((await world.call('GET', '/apis/apps/v9')).status).toBe(404);
  });

  test('the hash of the version a kind is stored in', async () => {
    const hashIn = async (groupVersion: string, name: string): Promise<string | undefined> =>
      (await world.call('GET', groupVersion)).body.resources.find((one: any) => one.name === name).storageVersionHash;
    // as any cluster shows them
    expect(await hashIn('/api/v1', 'pods')).toBe('xPOwRZ+Yhw8=');
    expect(await hashIn('/apis/apps/v1', 'deployments')).toBe('8aSe+NMegvE=');
    expect(await hashIn('/apis/events.k8s.io/v1', 'events')).toBe('r2yiGXH7wu8=');
    expect(await hashIn('/apis/autoscaling/v1', 'horizontalpodautoscalers')).toBe('qwQve8ut294=');
    for (const name of ['pods/status', 'bindings', 'componentstatuses']) expect(await hashIn('/api/v1', name)).toBeUndefined();
  });
});

describe('OpenAPI', () => {
  test('index, documents by hash, 304', async () => {
    const index = (await world.call('GET', '/openapi/v3')).body;
    const url = index.paths['apis/apps/v1'].serverRelativeURL;
    expect(url).toMatch(/^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]{64}$/);
    const { body, headers } = await world.call('GET', url);
    // clients keep it without asking again
    expect(headers.get('cache-control')).toBe('public, immutable');
    expect(Date.parse(headers.get('expires')!) - Date.parse(headers.get('date')!)).toBe(365 * 86_400_000);
    const stale = await world.raw('GET', '/openapi/v3/apis/apps/v1?hash=OLD');
    expect([stale.status, stale.headers.get('location')]).toEqual([301, url]);
    expect((await world.call('GET', '/openapi/v3/apis/apps/v1')).headers.get('cache-control')).toBe('no-cache, private');
    expect(body.components.schemas['io.k8s.api.apps.v1.Deployment']).toBeDefined();
    expect((await world.raw('GET', url, { headers: { 'if-none-match': headers.get('etag')! } })).status).toBe(304);
    expect((await world.call('GET', '/openapi/v3/apis/nope/v1')).status).toBe(404);
  });

  test('v2 is the five bytes clients accept', async () => {
    const response = await world.raw('GET', '/openapi/v2');
    expect(response.headers.get('content-type')).toBe('application/com.github.proto-openapi.spec.v2.v1.0+protobuf');
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0x0a, 0x03, 0x32, 0x2e, 0x30]);
    expect((await world.call('GET', '/openapi/v2', undefined, { accept: 'application/json' })).body).toMatchObject({
      swagger: '2.0',
      paths: {},
    });
  });
});

test('version', async () => {
  expect((await world.call('GET', '/version')).body).toMatchObject({ major: '1', minor: '35', gitVersion: 'v1.35.0+kedge.0.1.0' });
});

test('health: ok, verbose, single checks, and a store that is away', async () => {
  expect((await world.call('GET', '/livez')).body).toBe('ok');
  // workerd adds none
  expect((await world.raw('GET', '/readyz')).headers.get('date')).toBe(new Date(world.nowMs).toUTCString());
  expect((await world.call('GET', '/readyz?verbose')).body).toBe('[+]ping ok\n[+]store ok\nreadyz check passed\n');
  expect((await world.call('GET', '/readyz?verbose&exclude=ping&exclude=moon')).body).toBe(
    '[+]ping excluded: ok\n[+]store ok\nwarn: some health checks cannot be excluded: no matches for "moon"\nreadyz check passed\n',
  );
  expect((await world.call('GET', '/readyz/nope')).status).toBe(404);
  const head = world.platform.store.head;
  world.platform.store.head = async () => {
    throw new Error('away');
  };
  const away = await world.call('GET', '/readyz');
  world.platform.store.head = head;
  expect(away.status).toBe(500);
  expect(away.body).toContain('[-]store failed: reason withheld');
  expect((await world.call('GET', '/livez')).status).toBe(200);
});

test('the root lists paths', async () => {
  expect((await world.call('GET', '/')).body.paths).toEqual(expect.arrayContaining(['/api/v1', '/apis/apps/v1', '/version']));
});
