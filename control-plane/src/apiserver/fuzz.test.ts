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

const served = createCatalog(resources).all.filter((s) => (s.definition.verbs as readonly string[]).includes('create'));
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
const backend = { service: { name: 's', port: { number: 80 } } };
const rule = { apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] };
const webhook = {
  name: 'a.b.c',
  clientConfig: { service: { name: 's', namespace: 'n' } },
  rules: [rule],
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
};
const subjects = [{ kind: 'User', name: 'u' }];
const accessSeeds: Readonly<Record<string, object>> = {
  Role: { rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] },
  ClusterRole: {
    rules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }],
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] },
  },
  RoleBinding: { roleRef: { kind: 'Role', name: 'r' }, subjects },
  ClusterRoleBinding: { roleRef: { kind: 'ClusterRole', name: 'r' }, subjects },
  CertificateSigningRequest: {
    spec: {
      request: btoa('-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n'),
      signerName: 'a.b/c',
      usages: ['client auth'],
    },
    status: { conditions: [{ type: 'Approved', status: 'True' }] },
  },
};
const extensionSeeds: Readonly<Record<string, object>> = {
  ValidatingWebhookConfiguration: { webhooks: [webhook] },
  MutatingWebhookConfiguration: { webhooks: [webhook] },
  ValidatingAdmissionPolicy: { spec: { matchConstraints: { resourceRules: [rule] }, validations: [{ expression: 'true' }] } },
  ValidatingAdmissionPolicyBinding: { spec: { policyName: 'p', validationActions: ['Deny'] } },
  CustomResourceDefinition: {
    spec: {
      group: 'kedge.test',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  },
  APIService: { spec: { group: 'kedge.test', version: 'v1', groupPriorityMinimum: 1000, versionPriority: 10 } },
  FlowSchema: {
    spec: {
      priorityLevelConfiguration: { name: 'p' },
      rules: [{ subjects: [{ kind: 'User', user: { name: 'u' } }], nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }] }],
    },
  },
  PriorityLevelConfiguration: { spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } } },
};
const selector = { matchLabels: { a: 'b' } };
const jobTemplate = { spec: { ...podSpec, restartPolicy: 'Never' } };
const failurePolicy = { rules: [{ action: 'Ignore', onExitCodes: { operator: 'In', values: [1] } }] };
const claimSpec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
const volumeSpec = { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/srv' } };
const workloadSeeds: Readonly<Record<string, object>> = {
  StatefulSet: { spec: { selector, template, serviceName: 's', volumeClaimTemplates: [{ metadata: { name: 'd' }, spec: claimSpec }] } },
  DaemonSet: { spec: { selector, template, updateStrategy: { rollingUpdate: { maxUnavailable: '10%' } } } },
  ControllerRevision: { data: { spec: {} }, revision: 1 },
  Job: { spec: { template: jobTemplate, podFailurePolicy: failurePolicy, completionMode: 'Indexed', completions: 2 } },
  CronJob: { spec: { schedule: '*/5 * * * *', timeZone: 'UTC', jobTemplate: { spec: { template: jobTemplate } } } },
  HorizontalPodAutoscaler: {
    spec: {
      scaleTargetRef: { kind: 'Deployment', name: 'd' },
      maxReplicas: 3,
      metrics: [{ type: 'Pods', pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '1' } } }],
      behavior: { scaleUp: { policies: [{ type: 'Pods', value: 1, periodSeconds: 15 }] } },
      targetCPUUtilizationPercentage: 50,
    },
  },
  PodDisruptionBudget: { spec: { selector, minAvailable: '50%' }, status: { disruptedPods: { p: '2026-01-01T00:00:00Z' } } },
  PodTemplate: { template },
};
const storageSeeds: Readonly<Record<string, object>> = {
  PersistentVolume: { spec: { ...volumeSpec, claimRef: { namespace: 'default', name: 'c' } } },
  PersistentVolumeClaim: { spec: { ...claimSpec, dataSource: { kind: 'PersistentVolumeClaim', name: 'c' } } },
  LimitRange: { spec: { limits: [{ type: 'Container', max: { cpu: '1' }, min: { cpu: '1m' } }] } },
  ResourceQuota: {
    spec: { hard: { pods: '10' }, scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['a'] }] } },
  },
  StorageClass: { provisioner: 'a.b/c', allowedTopologies: [{ matchLabelExpressions: [{ key: 'k', values: ['v'] }] }] },
  VolumeAttachment: { spec: { attacher: 'a.b', nodeName: 'n', source: { inlineVolumeSpec: volumeSpec } } },
  CSINode: { spec: { drivers: [{ name: 'a.b', nodeID: 'n', topologyKeys: ['k'] }] } },
  CSIDriver: { spec: { tokenRequests: [{ audience: 'a', expirationSeconds: 600 }] } },
  CSIStorageCapacity: { storageClassName: 's', nodeTopology: selector, capacity: '1Gi' },
  VolumeAttributesClass: { driverName: 'a.b', parameters: { k: 'v' } },
  PriorityClass: { value: 1, description: 'd' },
};
const seeds: Readonly<Record<string, object>> = {
  ...workloadSeeds,
  ...storageSeeds,
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
  ...accessSeeds,
  ...extensionSeeds,
  Ingress: { spec: { rules: [{ host: 'a.b', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }], tls: [{ hosts: ['a.b'] }] } },
  IngressClass: { spec: { controller: 'a.b/c', parameters: { kind: 'K', name: 'n' } } },
  NetworkPolicy: { spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ port: 80 }] }] } },
  RuntimeClass: { handler: 'h', scheduling: { nodeSelector: { a: 'b' } } },
};

/** Kinds whose name follows from the rest of the object. */
const fixedNames: Readonly<Record<string, string>> = { CustomResourceDefinition: 'widgets.kedge.test', APIService: 'v1.kedge.test' };
const patchedName = ({ groupVersion, definition }: (typeof served)[number]): string =>
  fixedNames[definition.kind] ?? `p-${groupVersion.replace('/', '-')}`;

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
  const base = { ...seeds[one.definition.kind], metadata: { name: patchedName(one) } };
  await world.create(pathOf(one), base);
  const places = paths({ ...base, metadata }).filter((p) => p.length > 0);
  const at = `${pathOf(one)}/${patchedName(one)}`;
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
