/**
 * The ClusterRoles every cluster has, with Kubernetes' names and rules for what this API serves. `admin`, `edit` and `view` are filled from the
 * roles whose labels aggregate to them.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings
 */
import type { ClusterRole } from '#schema/rbac/cluster-role.ts';
import type { PolicyRule } from '#schema/rbac/policy-rule.ts';

const read = ['get', 'list', 'watch'];
const write = ['create', 'delete', 'deletecollection', 'patch', 'update'];
const readWrite = [...write, ...read].sort();

const rule = (verbs: readonly string[], group: string, ...resources: string[]): PolicyRule => ({
  verbs: [...verbs],
  apiGroups: [group],
  resources,
});
const paths = (...nonResourceURLs: string[]): PolicyRule => ({ verbs: ['get'], nonResourceURLs });

const AGGREGATE = 'rbac.authorization.k8s.io/aggregate-to-';

interface Parts {
  readonly rules?: readonly PolicyRule[];
  /** Roles whose rules these become a part of. */
  readonly into?: readonly string[];
  /** Filled from the roles that say so. */
  readonly from?: string;
}

const role = (name: string, { rules, into = [], from }: Parts): ClusterRole => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: {
    name,
    labels: {
      'kubernetes.io/bootstrapping': 'rbac-defaults',
      ...Object.fromEntries(into.map((target) => [`${AGGREGATE}${target}`, 'true'])),
    },
    annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
  },
  ...(rules ? { rules: [...rules] } : {}),
  ...(from ? { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [`${AGGREGATE}${from}`]: 'true' } }] } } : {}),
});

const workloads = [
  'daemonsets',
  'deployments',
  'deployments/scale',
  'replicasets',
  'replicasets/scale',
  'statefulsets',
  'statefulsets/scale',
];
const statusOf = (...resources: string[]): string[] => resources.flatMap((resource) => [resource, `${resource}/status`]);
const probes = ['/healthz', '/livez', '/readyz'];
const versions = ['/version', '/version/'];

const people: readonly ClusterRole[] = [
  role('cluster-admin', { rules: [rule(['*'], '*', '*'), { verbs: ['*'], nonResourceURLs: ['*'] }] }),
  role('admin', { from: 'admin' }),
  role('edit', { from: 'edit', into: ['admin'] }),
  role('view', { from: 'view', into: ['edit'] }),
  role('system:aggregate-to-admin', {
    into: ['admin'],
    rules: [
      rule(['create'], 'authorization.k8s.io', 'localsubjectaccessreviews'),
      rule(readWrite, 'rbac.authorization.k8s.io', 'rolebindings', 'roles'),
    ],
  }),
  role('system:aggregate-to-edit', {
    into: ['edit'],
    rules: [
      rule(read, '', 'pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'secrets', 'services/proxy'),
      rule(['impersonate'], '', 'serviceaccounts'),
      rule(write, '', 'pods', 'pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy'),
      rule(['create'], '', 'pods/eviction'),
      rule(['get', 'patch', 'update'], '', 'pods/resize'),
      rule(write, '', 'configmaps', 'events', 'persistentvolumeclaims', 'replicationcontrollers', 'replicationcontrollers/scale'),
      rule(write, '', 'secrets', 'serviceaccounts', 'services', 'services/proxy'),
      rule(['create'], '', 'serviceaccounts/token'),
      rule(write, 'apps', ...workloads),
      rule(write, 'autoscaling', 'horizontalpodautoscalers'),
      rule(write, 'batch', 'cronjobs', 'jobs'),
      rule(write, 'policy', 'poddisruptionbudgets'),
      rule(write, 'networking.k8s.io', 'ingresses', 'networkpolicies'),
      rule(readWrite, 'coordination.k8s.io', 'leases'),
    ],
  }),
  role('system:aggregate-to-view', {
    into: ['view'],
    rules: [
      rule(read, '', 'configmaps', 'endpoints', ...statusOf('persistentvolumeclaims', 'pods', 'replicationcontrollers')),
      rule(read, '', 'replicationcontrollers/scale', 'serviceaccounts', ...statusOf('services')),
      rule(read, '', 'bindings', 'events', 'limitranges', 'namespaces/status', 'pods/log', ...statusOf('resourcequotas')),
      rule(read, '', 'namespaces'),
      rule(read, 'discovery.k8s.io', 'endpointslices'),
      rule(read, 'apps', 'controllerrevisions', ...statusOf('daemonsets', 'deployments', 'replicasets', 'statefulsets')),
      rule(read, 'apps', 'deployments/scale', 'replicasets/scale', 'statefulsets/scale'),
      rule(read, 'autoscaling', ...statusOf('horizontalpodautoscalers')),
      rule(read, 'batch', ...statusOf('cronjobs', 'jobs')),
      rule(read, 'policy', ...statusOf('poddisruptionbudgets')),
      rule(read, 'networking.k8s.io', ...statusOf('ingresses'), 'networkpolicies'),
    ],
  }),
  role('system:aggregated-metrics-reader', {
    into: ['admin', 'edit', 'view'],
    rules: [rule(read, 'metrics.k8s.io', 'nodes', 'pods')],
  }),
];

const everybody: readonly ClusterRole[] = [
  role('system:basic-user', {
    rules: [
      rule(['create'], 'authorization.k8s.io', 'selfsubjectaccessreviews', 'selfsubjectrulesreviews'),
      rule(['create'], 'authentication.k8s.io', 'selfsubjectreviews'),
    ],
  }),
  role('system:discovery', {
    rules: [paths('/api', '/api/*', '/apis', '/apis/*', ...probes, '/openapi', '/openapi/*', ...versions)],
  }),
  role('system:public-info-viewer', { rules: [paths(...probes, ...versions)] }),
  role('system:monitoring', { rules: [paths(...probes.flatMap((path) => [path, `${path}/*`]), '/metrics', '/metrics/slis')] }),
  role('system:service-account-issuer-discovery', {
    rules: [paths('/.well-known/openid-configuration', '/.well-known/openid-configuration/', '/openid/v1/jwks', '/openid/v1/jwks/')],
  }),
];

const CERTIFICATES = 'certificates.k8s.io';
const signerRole = (name: string, verb: string, signer: string): ClusterRole =>
  role(`system:certificates.k8s.io:${name}`, {
    rules: [{ ...rule([verb], CERTIFICATES, 'signers'), resourceNames: [signer] }],
  });

const components: readonly ClusterRole[] = [
  role('system:auth-delegator', {
    rules: [rule(['create'], 'authentication.k8s.io', 'tokenreviews'), rule(['create'], 'authorization.k8s.io', 'subjectaccessreviews')],
  }),
  role('system:certificates.k8s.io:certificatesigningrequests:nodeclient', {
    rules: [rule(['create'], CERTIFICATES, 'certificatesigningrequests/nodeclient')],
  }),
  role('system:certificates.k8s.io:certificatesigningrequests:selfnodeclient', {
    rules: [rule(['create'], CERTIFICATES, 'certificatesigningrequests/selfnodeclient')],
  }),
  signerRole('kube-apiserver-client-approver', 'approve', 'kubernetes.io/kube-apiserver-client'),
  signerRole('kube-apiserver-client-kubelet-approver', 'approve', 'kubernetes.io/kube-apiserver-client-kubelet'),
  signerRole('kubelet-serving-approver', 'approve', 'kubernetes.io/kubelet-serving'),
  // Nodes are judged by what runs on them; this role is there for who binds it by hand.
  role('system:node', { rules: [rule(['create'], CERTIFICATES, 'certificatesigningrequests'), rule(read, '', 'nodes', 'services')] }),
  role('system:kubelet-api-admin', {
    rules: [
      rule(read, '', 'nodes'),
      rule(['*'], '', ...['checkpoint', 'configz', 'healthz', 'log', 'metrics', 'pods', 'proxy', 'stats'].map((name) => `nodes/${name}`)),
      rule(['proxy'], '', 'nodes'),
    ],
  }),
  role('system:node-bootstrapper', { rules: [rule(['create', ...read], CERTIFICATES, 'certificatesigningrequests')] }),
  role('system:node-proxier', {
    rules: [
      rule(['list', 'watch'], '', 'services'),
      rule(read, '', 'nodes'),
      rule(['create', 'patch', 'update'], '', 'events'),
      rule(['create', 'patch', 'update'], 'events.k8s.io', 'events'),
      rule(['list', 'watch'], 'discovery.k8s.io', 'endpointslices'),
    ],
  }),
];

export const bootstrapClusterRoles: readonly ClusterRole[] = [...people, ...everybody, ...components];
