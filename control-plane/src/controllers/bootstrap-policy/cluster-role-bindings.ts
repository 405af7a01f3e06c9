/** Who holds the default ClusterRoles from the start. */
import type { ClusterRoleBinding } from '#schema/rbac/cluster-role-binding.ts';
import type { Subject } from '#schema/rbac/role-ref.ts';

const GROUP = 'rbac.authorization.k8s.io';
const group = (name: string): Subject => ({ kind: 'Group', apiGroup: GROUP, name });

const binding = (role: string, ...subjects: Subject[]): ClusterRoleBinding => ({
  apiVersion: `${GROUP}/v1`,
  kind: 'ClusterRoleBinding',
  metadata: {
    name: role,
    labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
    annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
  },
  roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: role },
  ...(subjects.length > 0 ? { subjects } : {}),
});

export const bootstrapClusterRoleBindings: readonly ClusterRoleBinding[] = [
  binding('cluster-admin', group('system:masters')),
  binding('system:basic-user', group('system:authenticated')),
  // a node's request for its own certificate needs no person
  binding('system:certificates.k8s.io:certificatesigningrequests:selfnodeclient', group('system:nodes')),
  binding('system:discovery', group('system:authenticated')),
  binding('system:monitoring', group('system:monitoring')),
  binding('system:node'),
  binding('system:node-proxier', { kind: 'User', apiGroup: GROUP, name: 'system:kube-proxy' }),
  binding('system:public-info-viewer', group('system:authenticated'), group('system:unauthenticated')),
  binding('system:service-account-issuer-discovery', group('system:serviceaccounts')),
];
