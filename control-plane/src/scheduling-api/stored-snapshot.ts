/** A snapshot of what scheduling looks at, read from the store for one question. Its cost grows with the cluster: it is asked by people, not by loops. */
import type { KubeObject } from '#schema/resource.ts';
import { ObjectCache } from '../controller-runtime/object-cache.ts';
import { followed } from '../scheduler/state/cluster-feed.ts';
import type { Store } from '../store/store.ts';

const lookedUp = [
  ...followed,
  'core/services',
  'core/replicationcontrollers',
  'apps/replicasets',
  'apps/statefulsets',
  'policy/poddisruptionbudgets',
];

export const readSnapshot = async (store: Pick<Store, 'list'>): Promise<ObjectCache> => {
  const cache = new ObjectCache();
  for (const resource of lookedUp) {
    let after: { namespace: string; name: string } | undefined;
    for (;;) {
      const page = await store.list({ resource, ...(after ? { after } : {}) });
      for (const { body, revision } of page.items) {
        const object = JSON.parse(body) as KubeObject;
        object.metadata.resourceVersion = String(revision);
        cache.put(resource, object);
        cache.revision = Math.max(cache.revision, revision);
      }
      const last = page.items.at(-1);
      if (!page.more || !last) break;
      after = { namespace: last.namespace, name: last.name };
    }
  }
  return cache;
};
