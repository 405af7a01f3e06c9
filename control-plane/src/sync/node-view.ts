/**
 * `nodeView`: everything a node may know, as a function of the state. This is the definition; view-keeper.ts keeps the same set incrementally, and
 * a property test holds the two equal. Secrets stay sealed here (see view-frame.ts).
 */
import type { Pod } from '#schema/core/pod.ts';
import type { KubeObject } from '#schema/resource.ts';
import { type ViewKey, viewKey } from '#schema/sync/protocol.ts';
import type { Snapshot } from '../controller-runtime/snapshot.ts';
import { BROADCAST, keyOf, type LookUp, localNodeOf, NODES, PODS, podReferences, referenceKey, slimNode, VOLUMES } from './view-entries.ts';

/** Objects by key; order means nothing. */
export type NodeView = ReadonlyMap<ViewKey, KubeObject>;

export const nodeView = (snapshot: Snapshot, node: string): NodeView => {
  const view = new Map<ViewKey, KubeObject>();
  const lookUp: LookUp = (resource, namespace, name) => snapshot.get(resource, namespace, name);
  for (const volume of snapshot.all(VOLUMES)) if (localNodeOf(volume) === node) view.set(keyOf(VOLUMES, volume), volume);
  for (const resource of BROADCAST) for (const object of snapshot.all(resource)) view.set(keyOf(resource, object), object);
  for (const other of snapshot.all(NODES)) view.set(keyOf(NODES, other), other.metadata.name === node ? other : slimNode(other));
  for (const pod of snapshot.onNode<Pod & KubeObject>(node)) {
    view.set(keyOf(PODS, pod), pod);
    for (const reference of podReferences(pod, lookUp)) {
      const object = snapshot.get(reference.resource, reference.namespace, reference.name);
      if (object) view.set(referenceKey(reference), object);
    }
  }
  return view;
};

/** Whether a pod of `node` names this object; `namespace` is '' for cluster-scoped ones. */
export const nodeReferences = (snapshot: Snapshot, node: string, resource: string, namespace: string, name: string): boolean => {
  const wanted = viewKey(resource, namespace, name);
  return snapshot.onNode<Pod & KubeObject>(node).some((pod) => {
    if (namespace !== '' && pod.metadata.namespace !== namespace) return false;
    return podReferences(pod, (...key) => snapshot.get(...key)).some((reference) => referenceKey(reference) === wanted);
  });
};
