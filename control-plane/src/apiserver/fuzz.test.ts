/** Whatever is sent, the answer is an object or a Status below 500, and nothing unexpected is thrown. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { resources } from '#schema/resources.ts';
import { createCatalog } from './catalog.ts';
import { createWorld, type World } from './testing.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const served = createCatalog(resources).all;
const pathOf = ({ groupVersion, definition }: (typeof served)[number]): string =>
  `${groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`}/${definition.namespaced ? 'namespaces/default/' : ''}${definition.resource}`;

const words = ['', 'a', 'A_b', 'true', '1', '-1', '10Gi', '2026-01-01T00:00:00Z', '*', '{', '\u0000', '%', 'None', '10.43.0.1'];
const leaf = fc.oneof(fc.constantFrom(...words), fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('name', 'spec', 'x', 'key'), tie('value'), { maxKeys: 3 }),
  ),
})).value;

const container = {
  name: 'c',
  image: 'i',
  ports: [{ containerPort: 80 }],
  env: [{ name: 'E', value: 'v' }],
  resources: { limits: { cpu: '1' } },
};
const podSpec = { containers: [container], volumes: [{ name: 'v', emptyDir: {} }], tolerations: [{ key: 'k', operator: 'Exists' }] };
const template = { metadata: { labels: { a: 'b' } }, spec: podSpec };
const seeds: Readonly<Record<string, object>> = {
  Pod: { spec: podSpec, status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } },
  Deployment: {
    spec: {
      replicas: 1,
      selector: { matchLabels: { a: 'b' } },
      template,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } },
    },
  },
  ReplicaSet: { spec: { selector: { matchLabels: { a: 'b' } }, template } },
  ReplicationController: { spec: { selector: { a: 'b' }, template } },
  Service: { spec: { type: 'NodePort', ports: [{ port: 80, targetPort: 'http' }], selector: { a: 'b' } } },
  Node: { spec: { podCIDR: '10.42.0.0/24', taints: [{ key: 'a', effect: 'NoSchedule' }] }, status: { capacity: { cpu: '1' } } },
  EndpointSlice: {
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: true } }],
    ports: [{ name: 'p', port: 80 }],
  },
  Endpoints: { subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }] },
  Event: {
    ...{ involvedObject: { namespace: 'default' }, regarding: { namespace: 'default' }, reason: 'R', type: 'Normal', action: 'A' },
    ...{ reportingComponent: 'c', reportingController: 'c', reportingInstance: 'i', eventTime: '2026-01-01T00:00:00.000000Z' },
  },
  Secret: { type: 'Opaque', data: { k: 'dg==' }, stringData: { s: 't' } },
  ConfigMap: { data: { k: 'v' }, binaryData: { b: 'dg==' } },
  Lease: { spec: { holderIdentity: 'h', leaseDurationSeconds: 4, renewTime: '2026-01-01T00:00:00.000000Z' } },
  Namespace: { spec: { finalizers: ['kubernetes'] } },
  ServiceAccount: { secrets: [{ name: 's' }], imagePullSecrets: [{ name: 'i' }] },
};
const metadata = {
  name: 'n',
  labels: { a: 'b' },
  annotations: { c: 'd' },
  finalizers: ['a.b/c'],
  ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u' }],
};

/** Every path into a value. */
const paths = (value: unknown, at: (string | number)[] = []): (string | number)[][] =>
  typeof value === 'object' && value !== null
    ? [at, ...Object.entries(value).flatMap(([k, v]) => paths(v, [...at, Array.isArray(value) ? Number(k) : k]))]
    : [at];

const replaced = (value: any, [step, ...rest]: readonly (string | number)[], by: unknown): unknown => {
  if (step === undefined) return by;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  copy[step] = replaced(copy[step], rest, by);
  return copy;
};

const accepted = async (method: string, path: string, body: unknown, type: string): Promise<void> => {
  const answer = await world.call(method, path, JSON.stringify(body) ?? '', { 'content-type': type });
  expect(world.errors, `${method} ${path} ${JSON.stringify(body)}`).toEqual([]);
  expect(answer.status, `${path} ${JSON.stringify(body)} ${answer.body?.message}`).toBeLessThan(500);
};

test.each(served.map((s) => [s.groupVersion, s.definition.resource, s] as const))('%s %s: creates', async (_v, _r, one) => {
  const seed = { ...seeds[one.definition.kind], metadata };
  const places = paths(seed);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...places), json, async (place, value) => {
      await accepted('POST', `${pathOf(one)}?dryRun=All`, replaced(seed, place, value), 'application/json');
    }),
    { numRuns: 120 },
  );
});

const patchable = served.filter(
  (s) => (s.definition.verbs as readonly string[]).includes('patch') && s.definition.resource !== 'namespaces',
);

test.each(patchable.map((s) => [s.groupVersion, s.definition.resource, s] as const))('%s %s: patches', async (_v, _r, one) => {
  const base = { ...seeds[one.definition.kind], metadata: { name: `p-${one.group || 'core'}` } };
  await world.create(pathOf(one), base);
  const places = paths({ ...base, metadata }).filter((p) => p.length > 0);
  const at = `${pathOf(one)}/p-${one.group || 'core'}`;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...places),
      json,
      fc.constantFrom('application/merge-patch+json', 'application/strategic-merge-patch+json', 'application/json-patch+json'),
      async (place, value, type) => {
        const body = type.includes('json-patch')
          ? [{ op: 'add', path: `/${place.join('/')}`, value }]
          : replaced({ ...base, metadata: {} }, place, value);
        await accepted('PATCH', `${at}?dryRun=All`, body, type);
        if (!one.definition.hasStatus) return;
        // Whatever was stored, the table must still be shown.
        const status = replaced({ ...base, metadata: {} }, place, value);
        await accepted('PATCH', `${at}/status`, { status: (status as any).status ?? value }, 'application/merge-patch+json');
        const table = await world.call('GET', at, undefined, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
        expect(table.body.kind, JSON.stringify(value)).toBe('Table');
      },
    ),
    { numRuns: 60 },
  );
});
