/** Leases that nobody holds any more: of nodes that are gone, and of API servers that stopped. Others belong to whoever elects with them. */
import { type Lease, leases } from '#schema/coordination/lease.ts';
import { parseTime } from '#schema/meta/time.ts';
import { labelSelectorOf, matches } from '#schema/selectors/label.ts';
import type { Change } from '../controller-runtime/controller.ts';
import type { TaskPerformer } from '../controller-runtime/tasks.ts';
import type { Store, StoredObject } from '../store/store.ts';

const LEASES = 'coordination.k8s.io/leases';
const API_SERVERS = labelSelectorOf({ matchLabels: { 'apiserver.kubernetes.io/identity': 'kube-apiserver' } });

const removal = ({ name, namespace, uid }: Pick<StoredObject, 'name' | 'namespace' | 'uid'>): Change => ({
  op: 'delete',
  definition: leases,
  object: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace, uid } },
  request: { preconditions: { uid } },
});

export const removeNodeLease =
  (store: Pick<Store, 'get'>): TaskPerformer =>
  async ({ metadata: { name = '' } }) => {
    const lease = await store.get({ resource: LEASES, namespace: 'kube-node-lease', name });
    return lease ? { changes: [removal(lease)] } : {};
  };

/** Unix ms when a Lease is over; one that says nothing is over. */
const endOf = ({ spec }: Lease): number => (parseTime(spec?.renewTime ?? '') || 0) + (spec?.leaseDurationSeconds ?? 0) * 1000;

export const expireApiServerLeases =
  (store: Pick<Store, 'list'>): TaskPerformer =>
  async (_object, nowMs) => {
    const changes: Change[] = [];
    let next = Number.POSITIVE_INFINITY;
    let after: { readonly namespace: string; readonly name: string } | undefined;
    do {
      const page = await store.list({ resource: LEASES, namespace: 'kube-system', ...(after ? { after } : {}) });
      for (const item of page.items) {
        const lease = JSON.parse(item.body) as Lease;
        if (!matches(API_SERVERS, lease.metadata.labels)) continue;
        if (endOf(lease) <= nowMs) changes.push(removal(item));
        else next = Math.min(next, endOf(lease));
      }
      const last = page.more ? page.items.at(-1) : undefined;
      after = last && { namespace: last.namespace, name: last.name };
    } while (after);
    return { changes, ...(Number.isFinite(next) ? { requeueAtMs: next } : {}) };
  };
