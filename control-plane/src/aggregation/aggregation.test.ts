/** An aggregated API, whole way: API server, relay, agent, and a real HTTPS server as its pod. */
import { X509Certificate } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { apiServices } from '#schema/apiregistration/api-service.ts';
import { loopbackRelay } from '#tests/harness/loopback-relay.ts';
import { type ServerCertificate, serverCertificate } from '#tests/harness/test-authority.ts';
import { createWorld, type World } from '../apiserver/testing.ts';
import { createAggregateCall } from './aggregate-call.ts';
import { checkApiService } from './availability.ts';
import { createFrontProxy } from './front-proxy.ts';

const group = 'custom.metrics.k8s.io';
const root = `/apis/${group}/v1beta1`;
let world: World;
let server: Server;
let certificate: ServerCertificate;
interface Heard {
  readonly method: string;
  readonly url: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly groups: readonly string[];
  readonly peer: X509Certificate | undefined;
}
const heard: Heard[] = [];

const documents: Record<string, unknown> = {
  [root]: {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: `${group}/v1beta1`,
    resources: [
      { name: 'pods', singularName: 'pod', namespaced: true, kind: 'MetricValueList', verbs: ['get'] },
      { name: 'pods/load', singularName: '', namespaced: true, kind: 'MetricValue', verbs: ['get'] },
    ],
  },
  '/openapi/v3': { paths: { [root.slice(1)]: { serverRelativeURL: `/openapi/v3${root}?hash=ABC` } } },
  [`/openapi/v3${root}`]: { openapi: '3.0.0', info: { title: 'metrics' }, paths: {} },
};

beforeAll(async () => {
  certificate = await serverCertificate(['adapter.monitoring.svc']);
  const tls = { cert: certificate.cert, key: certificate.key, requestCert: true, rejectUnauthorized: false };
  server = createServer(tls, (request, response) => {
    const { method = '', url = '', headers, rawHeaders } = request;
    const peer = (request.socket as TLSSocket).getPeerX509Certificate();
    const groups = rawHeaders.filter((_, i) => rawHeaders[i - 1]?.toLowerCase() === 'x-remote-group' && i % 2 === 1);
    heard.push({ method, url, headers, groups, peer });
    const document = documents[url.split('?')[0]!];
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document ?? { kind: 'MetricValueList', items: [{ value: '7' }], asked: url }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  world = await createWorld({ relay: loopbackRelay });
  const { port } = server.address() as AddressInfo;
  for (const name of ['kube-system', 'monitoring']) await world.create('/api/v1/namespaces', { metadata: { name } });
  await world.create('/api/v1/namespaces/monitoring/services', {
    metadata: { name: 'adapter' },
    spec: { ports: [{ port: 443, targetPort: port }] },
  });
  await world.create('/apis/discovery.k8s.io/v1/namespaces/monitoring/endpointslices', {
    metadata: { name: 'adapter-1', labels: { 'kubernetes.io/service-name': 'adapter' } },
    addressType: 'IPv4',
    ports: [{ name: '', port }],
    endpoints: [
      {
        addresses: ['10.42.0.5'],
        conditions: { ready: true },
        nodeName: 'n1',
        targetRef: { kind: 'Pod', namespace: 'monitoring', name: 'adapter-0', uid: 'u1' },
      },
    ],
  } as any);
  await world.create('/apis/apiregistration.k8s.io/v1/apiservices', {
    metadata: { name: `v1beta1.${group}` },
    spec: {
      group,
      version: 'v1beta1',
      service: { namespace: 'monitoring', name: 'adapter' },
      caBundle: certificate.caBundle,
      groupPriorityMinimum: 100,
      versionPriority: 100,
    },
  });
});
afterAll(async () => {
  await world.close();
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  heard.length = 0;
});

test('requests reach the service with who asks, and nothing a client could make up', async () => {
  const token = await world.tokenFor('ann', ['devs', 'system:masters']);
  const path = `${root}/namespaces/default/pods/*/load?labelSelector=app%3Dweb`;
  const answer = await world.call('GET', path, undefined, {
    authorization: `Bearer ${token}`,
    'x-remote-user': 'root',
    'x-remote-extra-scope': 'all',
  });
  expect([answer.status, answer.body.asked]).toEqual([200, path]);
  expect(heard[0]).toMatchObject({
    method: 'GET',
    groups: ['devs', 'system:masters', 'system:authenticated'],
    headers: { 'x-remote-user': 'ann' },
  });
  expect([heard[0]!.headers.authorization, heard[0]!.headers['x-remote-extra-scope']]).toEqual([undefined, undefined]);
  const posted = await world.call('POST', `${root}/things`, { a: 1 });
  expect([posted.status, heard[1]?.method]).toEqual([200, 'POST']);
});

test('the service can tell that it is the API server, from what extension API servers read', async () => {
  await world.call('GET', `${root}/namespaces/default/pods/x/load`);
  const { data } = (await world.call('GET', '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication')).body;
  const authority = new X509Certificate(data['requestheader-client-ca-file']);
  const peer = heard[0]!.peer!;
  expect([peer.verify(authority.publicKey), peer.subject, peer.keyUsage]).toEqual([true, 'CN=front-proxy-client', ['1.3.6.1.5.5.7.3.2']]);
  expect(JSON.parse(data['requestheader-allowed-names'])).toEqual(['front-proxy-client']);
  const role = await world.call(
    'GET',
    '/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system/roles/extension-apiserver-authentication-reader',
  );
  expect(role.body.rules[0].resourceNames).toEqual(['extension-apiserver-authentication']);
  // another process shows the same
  const again = await createFrontProxy(world.platform, world.registry)();
  expect(new X509Certificate(again.cert).serialNumber).toBe(peer.serialNumber);
});

test('authorization is the API server’s', async () => {
  const token = await world.tokenFor('eve', []);
  const answer = await world.call('GET', `${root}/namespaces/default/pods/x/load`, undefined, { authorization: `Bearer ${token}` });
  expect([answer.status, heard]).toEqual([403, []]);
});

test('discovery and OpenAPI show it among the others', async () => {
  const aggregated = (
    await world.call('GET', '/apis', undefined, {
      accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
    })
  ).body;
  const found = aggregated.items.find(({ metadata }: any) => metadata.name === group);
  expect(found.versions).toMatchObject([
    {
      version: 'v1beta1',
      freshness: 'Current',
      resources: [{ resource: 'pods', scope: 'Namespaced', subresources: [{ subresource: 'load', verbs: ['get'] }] }],
    },
  ]);
  const groups = (await world.call('GET', '/apis')).body.groups.map(({ name }: any) => name);
  expect(groups).toEqual(expect.arrayContaining(['apps', group]));
  expect((await world.call('GET', `/apis/${group}`)).body.preferredVersion).toEqual({
    groupVersion: `${group}/v1beta1`,
    version: 'v1beta1',
  });
  expect((await world.call('GET', root)).body.resources).toHaveLength(2);
  const index = (await world.call('GET', '/openapi/v3')).body.paths;
  expect(index[root.slice(1)].serverRelativeURL).toBe(`/openapi/v3${root}?hash=ABC`);
  expect((await world.call('GET', `/openapi/v3${root}?hash=ABC`)).body.info.title).toBe('metrics');
});

test('the autoscaler’s question', async () => {
  const ask = createAggregateCall(world.platform);
  expect(await ask(`${root}/namespaces/default/pods/*/load`)).toMatchObject({ status: 200, body: { items: [{ value: '7' }] } });
  expect(heard[0]!.headers['x-remote-user']).toBe('system:serviceaccount:kube-system:horizontal-pod-autoscaler');
  expect(await ask('/apis/external.metrics.k8s.io/v1beta1/x')).toBeUndefined();
});

test('availability says what is missing', async () => {
  const check = checkApiService(world.platform);
  const service = (await world.call('GET', `/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.${group}`)).body;
  const conditionOf = async (object: any) => {
    const { changes = [] } = await check(object, world.nowMs);
    expect(changes.every(({ definition }) => definition === apiServices)).toBe(true);
    return (changes[0]?.object as any)?.status.conditions[0];
  };
  const passed = await conditionOf(service);
  expect(passed).toMatchObject({ type: 'Available', status: 'True', reason: 'Passed', message: 'all checks passed' });
  expect(await conditionOf({ ...service, status: { conditions: [passed] } })).toBeUndefined();
  const other = (change: object) => conditionOf({ ...service, spec: { ...service.spec, ...change } });
  expect(await other({ service: { namespace: 'monitoring', name: 'nobody' } })).toMatchObject({
    status: 'False',
    reason: 'ServiceNotFound',
    message: 'service/nobody in "monitoring" is not present',
  });
  expect(await other({ service: { namespace: 'monitoring', name: 'adapter', port: 9 } })).toMatchObject({ reason: 'ServicePortError' });
  expect(await other({ caBundle: undefined })).toMatchObject({
    reason: 'FailedDiscoveryCheck',
    message: expect.stringContaining(`https://adapter.monitoring.svc:443${root}`),
  });
});

test('a service that is gone gives 503, and discovery that is stale', async () => {
  const made = await world.create('/apis/apiregistration.k8s.io/v1/apiservices', {
    metadata: { name: 'v1.gone.example.com' },
    spec: {
      group: 'gone.example.com',
      version: 'v1',
      service: { namespace: 'monitoring', name: 'nobody' },
      insecureSkipTLSVerify: true,
      groupPriorityMinimum: 1,
      versionPriority: 1,
    },
  });
  expect(made.spec.service.port).toBe(443);
  const answer = await world.call('GET', '/apis/gone.example.com/v1/things');
  expect([answer.status, answer.body.message]).toEqual([503, 'error trying to reach service: services "nobody" not found']);
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const { items } = (await world.call('GET', '/apis', undefined, { accept })).body;
  expect(items.at(-1)).toMatchObject({ metadata: { name: 'gone.example.com' }, versions: [{ freshness: 'Stale', resources: [] }] });
});
