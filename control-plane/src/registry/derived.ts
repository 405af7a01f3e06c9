/** The columns the store keeps beside a body, computed from the object alone. */
import type { KubeObject, ResourceDefinition } from '#schema/resource.ts';
import { quotaUsage } from '../admission/quota/usage.ts';
import type { Derived } from '../store/store.ts';
import { strategyOf } from './strategies.ts';

export const hasFinalizers = (definition: ResourceDefinition, object: KubeObject): boolean =>
  (object.metadata.finalizers?.length ?? 0) > 0 || (strategyOf(definition).heldBack?.(object) ?? false);

export const deriveColumns = (definition: ResourceDefinition, object: KubeObject): Derived => ({
  owners: [...new Set((object.metadata.ownerReferences ?? []).map((owner) => owner.uid))],
  claims: definition.claims?.(object) ?? [],
  node: strategyOf(definition).node?.(object) ?? '',
  deleting: object.metadata.deletionTimestamp !== undefined,
  finalized: hasFinalizers(definition, object),
  ...(definition.namespaced && definition.storage === 'durable' ? quotaUsage(definition, object) : {}),
  // In clear text beside the body: not for what is sealed.
  ...(definition.sealed ? {} : { labels: object.metadata.labels ?? {} }),
});
