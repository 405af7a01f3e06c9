/**
 * What discovery of Kubernetes 1.35 shows of the stable kinds, by hand, against what ours shows: resources, their verbs, their subresources and the verbs
 * of those. Nothing is missing.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createWorld, type World } from './testing.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const all = 'create delete deletecollection get list patch update watch';
const rw = 'get patch update';
const proxied = 'create delete get patch update';
const stream = 'create get';
const status = { status: rw };
const scaled = { scale: rw, status: rw };

/** Resource -> verbs, or verbs and subresources. */
type Kinds = Readonly<Record<string, string | readonly [string, Readonly<Record<string, string>>]>>;

const kubernetes: Readonly<Record<string, Kinds>> = {
  v1: {
    bindings: 'create',
    componentstatuses: 'get list',
    configmaps: all,
    endpoints: all,
    events: all,
    limitranges: all,
    namespaces: ['create delete get list patch update watch', { finalize: 'update', ...status }],
    nodes: [all, { proxy: proxied, ...status }],
    persistentvolumeclaims: [all, status],
    persistentvolumes: [all, status],
    pods: [
      all,
      {
        attach: stream,
        binding: 'create',
        ephemeralcontainers: rw,
        eviction: 'create',
        exec: stream,
        log: 'get',
        portforward: stream,
        proxy: proxied,
        resize: rw,
        ...status,
      },
    ],
    podtemplates: all,
    replicationcontrollers: [all, scaled],
    resourcequotas: [all, status],
    secrets: all,
    serviceaccounts: [all, { token: 'create' }],
    services: [all, { proxy: proxied, ...status }],
  },
  'apps/v1': {
    controllerrevisions: all,
    daemonsets: [all, status],
    deployments: [all, scaled],
    replicasets: [all, scaled],
    statefulsets: [all, scaled],
  },
  'batch/v1': { cronjobs: [all, status], jobs: [all, status] },
  'autoscaling/v1': { horizontalpodautoscalers: [all, status] },
  'autoscaling/v2': { horizontalpodautoscalers: [all, status] },
  'policy/v1': { poddisruptionbudgets: [all, status] },
  'networking.k8s.io/v1': {
    ingressclasses: all,
    ingresses: [all, status],
    ipaddresses: all,
    networkpolicies: all,
    servicecidrs: [all, status],
  },
  'discovery.k8s.io/v1': { endpointslices: all },
  'events.k8s.io/v1': { events: all },
  'coordination.k8s.io/v1': { leases: all },
  'node.k8s.io/v1': { runtimeclasses: all },
  'scheduling.k8s.io/v1': { priorityclasses: all },
  'rbac.authorization.k8s.io/v1': { clusterrolebindings: all, clusterroles: all, rolebindings: all, roles: all },
  'storage.k8s.io/v1': {
    csidrivers: all,
    csinodes: all,
    csistoragecapacities: all,
    storageclasses: all,
    volumeattachments: [all, status],
    volumeattributesclasses: all,
  },
  'certificates.k8s.io/v1': { certificatesigningrequests: [all, { approval: rw, ...status }] },
  'admissionregistration.k8s.io/v1': {
    mutatingwebhookconfigurations: all,
    validatingadmissionpolicies: [all, status],
    validatingadmissionpolicybindings: all,
    validatingwebhookconfigurations: all,
  },
  'apiextensions.k8s.io/v1': { customresourcedefinitions: [all, status] },
  'apiregistration.k8s.io/v1': { apiservices: [all, status] },
  'authentication.k8s.io/v1': { selfsubjectreviews: 'create', tokenreviews: 'create' },
  'authorization.k8s.io/v1': {
    localsubjectaccessreviews: 'create',
    selfsubjectaccessreviews: 'create',
    selfsubjectrulesreviews: 'create',
    subjectaccessreviews: 'create',
  },
  'flowcontrol.apiserver.k8s.io/v1': { flowschemas: [all, status], prioritylevelconfigurations: [all, status] },
  'metrics.k8s.io/v1beta1': { nodes: 'get list', pods: 'get list' },
};

/** `v1 pods/log: get`. */
const linesOf = (groupVersion: string, kinds: Kinds): string[] =>
  Object.entries(kinds).flatMap(([resource, entry]) => {
    const [verbs, subresources] = typeof entry === 'string' ? [entry, {}] : entry;
    return [
      `${groupVersion} ${resource}: ${verbs}`,
      ...Object.entries(subresources).map(([name, of]) => `${groupVersion} ${resource}/${name}: ${of}`),
    ];
  });

it('is that of Kubernetes', async () => {
  const expected = Object.entries(kubernetes).flatMap(([groupVersion, kinds]) => linesOf(groupVersion, kinds));
  const served: string[] = [];
  for (const groupVersion of Object.keys(kubernetes)) {
    const path = groupVersion === 'v1' ? '/api/v1' : `/apis/${groupVersion}`;
    const { body } = await world.call('GET', path);
    for (const { name, verbs } of body.resources) served.push(`${groupVersion} ${name}: ${[...verbs].sort().join(' ')}`);
  }
  expect(served.sort()).toEqual(expected.sort());
});

it('shows the same in the aggregated form', async () => {
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const names = async (root: string) => {
    const { body } = await world.call('GET', root, undefined, { accept });
    return body.items.flatMap((group: any) =>
      group.versions.flatMap(({ version, resources }: any) =>
        resources.flatMap(({ resource, subresources = [] }: any) =>
          ['', ...subresources.map((sub: any) => `/${sub.subresource}`)].map(
            (suffix) => `${group.metadata.name ? `${group.metadata.name}/` : ''}${version} ${resource}${suffix}`,
          ),
        ),
      ),
    );
  };
  const shown = new Set([...(await names('/api')), ...(await names('/apis'))]);
  const expected = Object.entries(kubernetes).flatMap(([groupVersion, kinds]) =>
    linesOf(groupVersion, kinds).map((line) => line.split(':')[0]!),
  );
  expect(expected.filter((line) => !shown.has(line))).toEqual([]);
});
