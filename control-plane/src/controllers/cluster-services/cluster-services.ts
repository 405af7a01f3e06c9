/**
 * The Services every cluster has: `kubernetes` (the API, at the first address of the service range) and `kube-dns` (at the tenth). Neither has a
 * selector: the agents answer for both on each node, so their endpoints are no pods.
 */
import { services } from '#schema/core/service.ts';
import { endpointSlices } from '#schema/discovery/endpoint-slice.ts';
import type { KubeObject } from '#schema/resource.ts';
import { type Change, nothing, type ObjectRef, type Outcome, type ReconcileContext } from '../../controller-runtime/controller.ts';
import type { SeededController } from '../../controller-runtime/engine.ts';
import { formatIPv4, ipAt } from '../../registry/ipv4.ts';
import { rangeOf } from '../node-ipam/cidr.ts';

const SERVICES = 'core/services';
const SLICES = 'discovery.k8s.io/endpointslices';
const API: ObjectRef = { namespace: 'default', name: 'kubernetes' };
const DNS: ObjectRef = { namespace: 'kube-system', name: 'kube-dns' };

const service = (ref: ObjectRef, labels: Record<string, string>, clusterIP: string, ports: readonly object[]): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: ref.name, namespace: ref.namespace, labels },
  spec: { type: 'ClusterIP', clusterIP, ports },
});

const apiService = (serviceCIDR: string): KubeObject =>
  service(API, { component: 'apiserver', provider: 'kubernetes' }, formatIPv4(ipAt(rangeOf(serviceCIDR), 1)), [
    { name: 'https', port: 443, protocol: 'TCP', targetPort: 443 },
  ]);

const dnsService = (serviceCIDR: string): KubeObject =>
  service(
    DNS,
    { 'k8s-app': 'kube-dns', 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'KubeDNS' },
    formatIPv4(ipAt(rangeOf(serviceCIDR), 10)),
    [
      { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
      { name: 'dns-tcp', port: 53, protocol: 'TCP', targetPort: 53 },
    ],
  );

const apiSlice: KubeObject = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { ...API, labels: { 'kubernetes.io/service-name': API.name } },
  addressType: 'IPv4',
  endpoints: [],
  ports: [{ name: 'https', port: 443, protocol: 'TCP' }],
};

const reconcile = (ref: ObjectRef, { snapshot, cluster }: ReconcileContext): Outcome => {
  const isApi = ref.namespace === API.namespace && ref.name === API.name;
  if (!isApi && (ref.namespace !== DNS.namespace || ref.name !== DNS.name)) return nothing;
  const namespace = snapshot.get('core/namespaces', '', ref.namespace);
  if (!namespace || namespace.metadata.deletionTimestamp) return nothing;
  const changes: Change[] = [];
  const object = isApi ? apiService(cluster.serviceCIDR) : dnsService(cluster.serviceCIDR);
  if (!snapshot.get(SERVICES, ref.namespace, ref.name)) changes.push({ op: 'create', definition: services, object });
  if (isApi && !snapshot.get(SLICES, ref.namespace, ref.name)) {
    changes.push({ op: 'create', definition: endpointSlices, object: apiSlice });
  }
  return { changes };
};

export const clusterServices: SeededController = {
  name: 'cluster-services-controller',
  primary: SERVICES,
  seeds: [API, DNS],
  watches: [
    { resource: 'core/namespaces', keys: ({ metadata }) => [API, DNS].filter(({ namespace }) => namespace === metadata.name) },
    {
      resource: SLICES,
      keys: ({ metadata }) => (metadata.namespace === API.namespace && metadata.name === API.name ? [API] : []),
    },
  ],
  reconcile,
};
