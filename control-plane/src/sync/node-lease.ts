/**
 * The Lease of a node in kube-node-lease, as every Kubernetes node has one. Made when its agent connects; its renew time is filled in when it is read,
 * so a healthy node writes nothing.
 */
import { leases } from '#schema/coordination/lease.ts';
import { toMicroTime } from '#schema/meta/time.ts';
import type { Operation } from '../registry/registry.ts';

const DURATION_SECONDS = 40;

export const createNodeLease = (node: string, nowMs: number): Operation => ({
  op: 'create',
  definition: leases,
  object: {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: node, namespace: 'kube-node-lease' },
    spec: { holderIdentity: node, leaseDurationSeconds: DURATION_SECONDS, renewTime: toMicroTime(nowMs) },
  },
});
