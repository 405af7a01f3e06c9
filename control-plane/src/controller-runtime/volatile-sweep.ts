/**
 * Volatile objects (Events, Leases) of a namespace that is gone: they are in no snapshot and hold no namespace back, so they are removed once the
 * namespace's deletion was seen. Best effort: what is missed here ages out, or goes with the memory it is kept in.
 */
import { type KubeObject, type ResourceDefinition, storageKey } from '#schema/resource.ts';
import { resources } from '#schema/resources.ts';
import type { Actor, Operation, Registry } from '../registry/registry.ts';
import type { Store } from '../store/store.ts';

const volatile = resources.filter(({ storage, namespaced }) => storage === 'volatile' && namespaced);

const deletion = (definition: ResourceDefinition, namespace: string, name: string, uid: string): Operation => ({
  op: 'delete',
  definition,
  object: { metadata: { name, namespace, uid } } as KubeObject,
  request: {},
});

/** @throws StoreError */
export const sweepVolatile = async (
  namespace: string,
  { store, registry, actor }: { readonly store: Pick<Store, 'list'>; readonly registry: Registry; readonly actor: Actor },
): Promise<void> => {
  for (const definition of volatile) {
    const resource = storageKey(definition);
    let after: { namespace: string; name: string } | undefined;
    for (;;) {
      const page = await store.list({ resource, namespace, ...(after ? { after } : {}) });
      const last = page.items.at(-1);
      if (!last) break;
      await registry.applyAll(
        page.items.map(({ name, uid }) => deletion(definition, namespace, name, uid)),
        actor,
      );
      if (!page.more) break;
      after = { namespace: last.namespace, name: last.name };
    }
  }
};
