/**
 * What is left in a namespace that is being deleted, what to delete next, and how to tell people. Pods go first, so that nothing they use is
 * taken from under them. Volatile kinds are not in the snapshot and hold nothing back; the loop sweeps them afterwards.
 */
import type { Namespace, NamespaceCondition } from '#schema/core/namespace.ts';
import { setCondition } from '#schema/meta/conditions.ts';
import { type KubeObject, type ResourceDefinition, storageKey } from '#schema/resource.ts';
import type { Change } from '../../controller-runtime/controller.ts';
import type { Snapshot } from '../../controller-runtime/snapshot.ts';

/** Deletes of one round, at most. */
const BURST = 500;

export interface Content {
  readonly definition: ResourceDefinition;
  readonly objects: readonly KubeObject[];
}

export const contentOf = (snapshot: Snapshot, namespace: string): Content[] =>
  snapshot.definitions
    .durable()
    .filter((definition) => definition.namespaced)
    .map((definition) => ({ definition, objects: snapshot.inNamespace(storageKey(definition), namespace) }))
    .filter(({ objects }) => objects.length > 0);

export const contentDeletes = (content: readonly Content[]): Change[] => {
  const pods = content.filter(({ definition }) => storageKey(definition) === 'core/pods');
  const now = pods.length > 0 ? pods : content;
  return now
    .flatMap(({ definition, objects }) =>
      objects
        .filter((object) => !object.metadata.deletionTimestamp)
        .map(
          (object): Change => ({
            op: 'delete',
            definition,
            object,
            request: { propagation: 'Background', preconditions: { uid: object.metadata.uid! } },
          }),
        ),
    )
    .slice(0, BURST);
};

const groupResource = ({ group, resource }: ResourceDefinition): string => `${resource}.${group}`;

const remaining = (content: readonly Content[]): string =>
  content.map(({ definition, objects }) => `${groupResource(definition)} has ${objects.length} resource instances`).join(', ');

const finalizersIn = (content: readonly Content[]): string => {
  const counts = new Map<string, number>();
  for (const { objects } of content) {
    for (const object of objects) for (const name of object.metadata.finalizers ?? []) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => `${name} in ${count} resource instances`).join(', ');
};

export const terminationConditions = (namespace: Namespace, content: readonly Content[], nowMs: number): readonly NamespaceCondition[] => {
  const finalizers = finalizersIn(content);
  const wanted: readonly [string, boolean, string, string][] = [
    ['NamespaceDeletionDiscoveryFailure', false, 'ResourcesDiscovered', 'All resources successfully discovered'],
    ['NamespaceDeletionGroupVersionParsingFailure', false, 'ParsedGroupVersions', 'All legacy kube types successfully parsed'],
    ['NamespaceDeletionContentFailure', false, 'ContentDeleted', 'All content successfully deleted, may be waiting on finalization'],
    content.length > 0
      ? ['NamespaceContentRemaining', true, 'SomeResourcesRemain', `Some resources are remaining: ${remaining(content)}`]
      : ['NamespaceContentRemaining', false, 'ContentRemoved', 'All content successfully removed'],
    finalizers
      ? [
          'NamespaceFinalizersRemaining',
          true,
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${finalizers}`,
        ]
      : ['NamespaceFinalizersRemaining', false, 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
  ];
  return wanted.reduce<NamespaceCondition[]>(
    (conditions, [type, status, reason, message]) =>
      setCondition<any>(conditions, { type, status: status ? 'True' : 'False', reason, message }, nowMs),
    namespace.status?.conditions ?? [],
  );
};
