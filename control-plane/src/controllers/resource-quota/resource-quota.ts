/**
 * ResourceQuota status: what the namespace uses of each limit. The limits themselves are held by the store with every write (admission/quota); this is what
 * people read.
 */
import { type ResourceQuota, resourceQuotas } from '#schema/core/resource-quota.ts';
import { equalJson } from '#schema/dsl/own.ts';
import { storageKey } from '#schema/resource.ts';
import { countersOf, quantityOf } from '../../admission/quota/quotas.ts';
import { quotaUsage } from '../../admission/quota/usage.ts';
import { type Controller, nothing } from '../../controller-runtime/controller.ts';
import { ANY_RESOURCE } from '../../controller-runtime/engine.ts';

import type { Snapshot } from '../../controller-runtime/snapshot.ts';
import { usedOf } from '../../store/quota-usage.ts';

const QUOTAS = storageKey(resourceQuotas);

/** Kinds whose objects raise any of these counters: the others need not be read. */
const concerned = ({ definitions }: Snapshot, names: readonly string[]) =>
  definitions.durable().filter(({ group, resource, namespaced }) => {
    if (!namespaced) return false;
    const qualified = `count/${group ? `${resource}.${group}` : resource}`;
    const plain = group ? [] : [resource];
    if (resource === 'pods' && !group) return true;
    if (resource === 'persistentvolumeclaims') return names.some((name) => /storage|persistentvolumeclaims/.test(name));
    if (resource === 'services' && !group) return names.some((name) => name.includes('services'));
    return names.some((name) => name === qualified || plain.includes(name));
  });

const totals = (snapshot: Snapshot, namespace: string, counters: ReadonlyMap<string, string>): Record<string, number> => {
  const names = [...counters.values()];
  const used: Record<string, number> = Object.fromEntries(names.map((counter) => [counter, 0]));
  for (const definition of concerned(snapshot, [...counters.keys()])) {
    for (const object of snapshot.inNamespace(storageKey(definition), namespace)) {
      const uses = quotaUsage(definition, object);
      for (const counter of names) used[counter]! += usedOf(uses, counter) ?? 0;
    }
  }
  return used;
};

export const resourceQuota: Controller = {
  name: 'resourcequota-controller',
  primary: QUOTAS,
  watches: [
    {
      resource: ANY_RESOURCE,
      keys: (object, _previous, snapshot) => {
        const { namespace } = object.metadata;
        if (!namespace || object.kind === 'ResourceQuota') return [];
        return snapshot.inNamespace(QUOTAS, namespace).map(({ metadata }) => ({ namespace, name: metadata.name! }));
      },
    },
  ],
  reconcile: ({ namespace, name }, { snapshot }) => {
    const quota = snapshot.get<ResourceQuota>(QUOTAS, namespace, name);
    if (!quota) return nothing;
    const hard = quota.spec?.hard ?? {};
    const counters = countersOf(quota);
    const sums = totals(snapshot, namespace, counters);
    const used = Object.fromEntries(
      [...counters].map(([limit, counter]) => [limit, quantityOf(counter, sums[counter] ?? 0, String(hard[limit]))]),
    );
    const status = { hard, used };
    if (equalJson(status, quota.status ?? {})) return nothing;
    return {
      changes: [{ op: 'update', subresource: 'status', definition: resourceQuotas, object: { ...quota, status } as ResourceQuota }],
    };
  },
};
