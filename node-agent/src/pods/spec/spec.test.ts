import { expect, it } from 'vitest';
import type { Container, Pod } from '#schema/core/pod.ts';
import type { Service } from '#schema/core/service.ts';
import { podOf } from '../fixtures.ts';
import { hostnameOf, hostsText, toSandboxSpec } from './container-spec.ts';
import { containerEnvironment, type EnvironmentFacts } from './environment.ts';
import { expand } from './expand.ts';
import { containerResource, podField } from './fields.ts';
import { containerResources } from './resources.ts';
import { containerSecurity } from './security.ts';

const facts: EnvironmentFacts = {
  podIP: '10.64.0.2',
  hostIP: '192.0.2.10',
  nodeName: 'n1',
  allocatable: { cpu: '4', memory: '8Gi' },
  services: [],
  configMap: (name) => (name === 'cm' ? { metadata: { name }, data: { a: '1', b: '2' } } : undefined),
  secret: (name) => (name === 'sec' ? { metadata: { name }, data: { password: Buffer.from('pä$$').toString('base64') } } : undefined),
};
const pod = (container: Partial<Container> = {}, spec: Partial<Pod['spec']> = {}): Pod =>
  podOf(
    'web',
    { ...spec, containers: [{ name: 'app', image: 'i', ...container }] },
    { labels: { b: '2', a: 'x"y' }, annotations: { note: 'hi' } },
  );
const environment = (container: Partial<Container>, more: Partial<EnvironmentFacts> = {}) => {
  const of = pod(container);
  return containerEnvironment(of, of.spec.containers[0]!, { ...facts, ...more });
};

it('expands known variables only', () => {
  const variable = (name: string) => ({ A: '1', EMPTY: '' })[name];
  expect(expand('$(A) $$(A) $(NO) $(EMPTY)| $A $$ $(', variable)).toBe('1 $(A) $(NO) | $A $ $(');
});

it('lays envFrom under env, each seeing what stands before it', () => {
  expect(
    environment({
      envFrom: [{ prefix: 'P_', configMapRef: { name: 'cm' } }, { configMapRef: { name: 'none', optional: true } }],
      env: [
        { name: 'P_a', value: 'own' },
        { name: 'X', value: '$(P_a)-$(P_b)-$(LATER)' },
        { name: 'Y', value: '$(toString)' },
        { name: 'Z', valueFrom: { fieldRef: { fieldPath: "metadata.labels['constructor']" } } },
        { name: 'LATER', value: 'l' },
        { name: 'PW', valueFrom: { secretKeyRef: { name: 'sec', key: 'password' } } },
        { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
        { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
        { name: 'GONE', valueFrom: { configMapKeyRef: { name: 'cm', key: 'zz', optional: true } } },
      ],
    }),
  ).toEqual({ P_a: 'own', P_b: '2', X: 'own-2-$(LATER)', Y: '$(toString)', Z: '', LATER: 'l', PW: 'pä$$', IP: '10.64.0.2', CPU: '4' });
});

it('gives a container variables with names that every object has', () => {
  const named = Object.fromEntries([
    ['__proto__', '1'],
    ['constructor', '2'],
  ]);
  const configMap = (name: string) => ({ metadata: { name }, data: named });
  const own = { name: '__proto__', value: '$(constructor)' };
  expect(Object.entries(environment({ envFrom: [{ configMapRef: { name: 'odd' } }] }, { configMap }))).toEqual(Object.entries(named));
  expect(Object.entries(environment({ envFrom: [{ configMapRef: { name: 'odd' } }], env: [own] }, { configMap }))).toEqual([
    ['__proto__', '2'],
    ['constructor', '2'],
  ]);
});

it.each([
  [{ env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'none', key: 'a' } } }] }, 'configmap "none" not found'],
  [{ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'sec', key: 'a' } } }] }, "couldn't find key a in Secret default/sec"],
  [
    { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'cm', key: 'constructor' } } }] },
    "couldn't find key constructor in ConfigMap",
  ],
  [{ envFrom: [{ secretRef: { name: 'none' } }] }, 'secret "none" not found'],
])('says what is missing: %j', (container, message) => {
  expect(() => environment(container as Partial<Container>)).toThrow(message);
});

it('names the services of the namespace, and always the API', () => {
  const service = (namespace: string, name: string, clusterIP: string): Service => ({
    metadata: { namespace, name },
    spec: { clusterIP, ports: [{ name: 'web-ui', port: 80, protocol: 'TCP' }] },
  });
  const services = [
    service('default', 'kubernetes', '10.96.0.1'),
    service('default', 'my-db', '10.96.0.9'),
    service('other', 'x', '10.96.0.8'),
    service('default', 'h', 'None'),
  ];
  const env = environment({}, { services });
  expect(env).toMatchObject({
    KUBERNETES_SERVICE_HOST: '10.96.0.1',
    MY_DB_SERVICE_HOST: '10.96.0.9',
    MY_DB_SERVICE_PORT: '80',
    MY_DB_SERVICE_PORT_WEB_UI: '80',
    MY_DB_PORT: 'tcp://10.96.0.9:80',
    MY_DB_PORT_80_TCP_ADDR: '10.96.0.9',
  });
  expect(Object.keys(env).filter((name) => name.startsWith('X_') || name.startsWith('H_'))).toEqual([]);
  const unlinked = pod({}, { enableServiceLinks: false });
  expect(Object.keys(containerEnvironment(unlinked, unlinked.spec.containers[0]!, { ...facts, services }))).toContain(
    'KUBERNETES_SERVICE_HOST',
  );
  expect(Object.keys(containerEnvironment(unlinked, unlinked.spec.containers[0]!, { ...facts, services }))).not.toContain(
    'MY_DB_SERVICE_HOST',
  );
});

it('reads fields as the downward API prints them', () => {
  expect(podField(pod(), 'metadata.labels', facts)).toBe('a="x\\"y"\nb="2"');
  expect(podField(pod(), "metadata.annotations['note']", facts)).toBe('hi');
  expect(podField(pod(), 'spec.nodeName', facts)).toBe('n1');
  expect(podField(pod(), 'spec.containers', facts)).toBeUndefined();
  const container: Container = {
    name: 'c',
    image: 'i',
    resources: { limits: { cpu: '1500m', memory: '64Mi' }, requests: { cpu: '250m' } },
  };
  const read = (resource: string, divisor?: string) =>
    containerResource(container, { resource, ...(divisor ? { divisor } : {}) }, facts.allocatable);
  expect([read('limits.cpu'), read('requests.cpu', '1m'), read('limits.memory', '1Mi'), read('requests.memory')]).toEqual([
    '2',
    '250',
    '64',
    '67108864',
  ]);
});

it('turns requests and limits into the kernel’s terms', () => {
  const of = (resources: Container['resources']) => {
    const one = pod(resources ? { resources } : {});
    return containerResources(one, one.spec.containers[0]!, 8 * 1024 ** 3);
  };
  expect(of(undefined)).toEqual({ cpuShares: 2, oomScoreAdj: 1000 });
  expect(of({ limits: { cpu: '500m', memory: '1Gi' } })).toEqual({
    cpuShares: 512,
    cpuQuotaMicros: 50_000,
    memoryLimitBytes: 1024 ** 3,
    oomScoreAdj: -997,
  });
  expect(of({ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1', memory: '1Gi' } }).oomScoreAdj).toBe(-997);
  expect(of({ requests: { memory: '4Gi' } }).oomScoreAdj).toBe(500);
});

it('keeps to runAsNonRoot', () => {
  const check = (container: Partial<Container>, image: string, spec: Partial<Pod['spec']> = {}) => {
    const one = pod(container, spec);
    return containerSecurity(one, one.spec.containers[0]!, image);
  };
  const nonRoot = { securityContext: { runAsNonRoot: true } };
  expect(() => check({}, '', nonRoot)).toThrow('container has runAsNonRoot and image will run as root');
  expect(() => check({}, 'nginx', nonRoot)).toThrow('non-numeric user (nginx)');
  expect(() => check({ securityContext: { runAsUser: 0 } }, '', nonRoot)).toThrow('breaks non-root policy');
  expect(check({}, '101', nonRoot).user).toBeUndefined();
  expect(check({ securityContext: { runAsUser: 5 } }, '', { securityContext: { runAsUser: 1, runAsGroup: 7, fsGroup: 9 } })).toMatchObject({
    user: '5:7',
    groups: ['9'],
  });
});

it('makes the pod’s hosts file and host name', async () => {
  const one = pod({}, { hostname: 'h', subdomain: 'sub', hostAliases: [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }] });
  const text = await hostsText(one, '10.64.0.2', 'cluster.local');
  expect(text).toContain('10.64.0.2\th.sub.default.svc.cluster.local\th\n');
  expect(text).toContain('1.2.3.4\ta\tb\n');
  expect(hostnameOf(podOf(`${'x'.repeat(62)}-yz`, { containers: [] }))).toBe('x'.repeat(62));
});

it('publishes host ports by protocol', () => {
  const one = pod({
    ports: [{ containerPort: 80, hostPort: 8080 }, { containerPort: 53, hostPort: 53, protocol: 'UDP' }, { containerPort: 1 }],
  });
  expect(toSandboxSpec(one, 'c', 0, 'i1').ports).toEqual([
    { containerPort: 80, hostPort: 8080, protocol: 'TCP' },
    { containerPort: 53, hostPort: 53, protocol: 'UDP' },
  ]);
});
