/**
 * Every watched node's view, kept in step with changes: a change of one pod touches one node, a change of a ConfigMap the nodes whose pods name it,
 * a Service all of them. Invariant: `view(node)` equals nodeView(snapshot, node) (property test). Only nodes that are tracked cost memory.
 */
import type { Pod } from '#schema/core/pod.ts';
import type { KubeObject } from '#schema/resource.ts';
import { type ViewKey, viewKey } from '#schema/sync/protocol.ts';
import type { DirtyEvent } from '../controller-runtime/informer-cache.ts';
import type { Snapshot } from '../controller-runtime/snapshot.ts';
import type { NodeView } from './node-view.ts';
import { Broadcast } from './sent-view.ts';
import {
  BROADCAST,
  keyOf,
  localNodeOf,
  NODES,
  PODS,
  podReferences,
  REFERENCED,
  REFERRING,
  type Reference,
  referenceKey,
  slimNode,
  VOLUMES,
} from './view-entries.ts';

type PodObject = Pod & KubeObject;

interface NodePart {
  /** Own Node, own pods. */
  readonly own: Map<ViewKey, KubeObject>;
  /** What each own pod names. */
  readonly references: Map<ViewKey, readonly Reference[]>;
  /** The reverse: which own pods name it. */
  readonly namedBy: Map<ViewKey, Set<ViewKey>>;
}

export interface ViewKeeper {
  /** Starts keeping this node's view; idempotent. */
  track(node: string): void;
  untrack(node: string): void;
  /** Folds changes that the snapshot already has. Returns the keys that may have changed, by tracked node. */
  apply(events: readonly DirtyEvent[]): ReadonlyMap<string, ReadonlySet<ViewKey>>;
  /** One entry of a tracked node's view. */
  entry(node: string, key: ViewKey): KubeObject | undefined;
  view(node: string): NodeView;
  /** Entries of a tracked node's view that others do not have, or not as it does. */
  own(node: string): readonly (readonly [ViewKey, KubeObject])[];
  /** What every node knows, as other nodes do. With `own` over it, it is the view. */
  readonly broadcast: Broadcast;
  /** The snapshot is another one: what every node knows is read anew. */
  renew(): void;
}

export const createViewKeeper = (snapshot: Snapshot): ViewKeeper => {
  const parts = new Map<string, NodePart>();
  /** Referenced object -> tracked nodes that name it. */
  const nodesNaming = new Map<ViewKey, Set<string>>();
  /** Computed once per version of a Node. */
  const slim = new WeakMap<KubeObject, KubeObject>();

  const slimOf = (node: KubeObject): KubeObject => {
    let reduced = slim.get(node);
    if (!reduced) {
      reduced = slimNode(node);
      slim.set(node, reduced);
    }
    return reduced;
  };

  let broadcast: Broadcast | undefined;

  const known = (resource: string, object: KubeObject): string | undefined =>
    (resource === NODES ? slimOf(object) : object).metadata.resourceVersion;

  const broadcastNow = (): Broadcast => {
    if (broadcast) return broadcast;
    broadcast = new Broadcast();
    for (const resource of [...BROADCAST, NODES])
      for (const object of snapshot.all(resource)) broadcast.change(keyOf(resource, object), known(resource, object));
    return broadcast;
  };

  const forgetPod = (node: string, part: NodePart, podKey: ViewKey, dirty: Set<ViewKey>): void => {
    for (const reference of part.references.get(podKey) ?? []) {
      const key = referenceKey(reference);
      dirty.add(key);
      const pods = part.namedBy.get(key);
      pods?.delete(podKey);
      if (pods?.size !== 0) continue;
      part.namedBy.delete(key);
      const nodes = nodesNaming.get(key);
      nodes?.delete(node);
      if (nodes?.size === 0) nodesNaming.delete(key);
    }
    part.references.delete(podKey);
    part.own.delete(podKey);
  };

  const learnPod = (node: string, part: NodePart, pod: PodObject, dirty: Set<ViewKey>): void => {
    const podKey = keyOf(PODS, pod);
    const references = podReferences(pod, (...key) => snapshot.get(...key));
    forgetPod(node, part, podKey, dirty);
    part.own.set(podKey, pod);
    part.references.set(podKey, references);
    for (const reference of references) {
      const key = referenceKey(reference);
      dirty.add(key);
      const pods = part.namedBy.get(key) ?? new Set();
      part.namedBy.set(key, pods.add(podKey));
      const nodes = nodesNaming.get(key) ?? new Set();
      nodesNaming.set(key, nodes.add(node));
    }
  };

  const track = (node: string): void => {
    if (parts.has(node)) return;
    const part: NodePart = { own: new Map(), references: new Map(), namedBy: new Map() };
    parts.set(node, part);
    const scratch = new Set<ViewKey>();
    for (const pod of snapshot.onNode<PodObject>(node)) learnPod(node, part, pod, scratch);
  };

  const untrack = (node: string): void => {
    const part = parts.get(node);
    if (!part) return;
    for (const key of part.namedBy.keys()) {
      const nodes = nodesNaming.get(key);
      nodes?.delete(node);
      if (nodes?.size === 0) nodesNaming.delete(key);
    }
    parts.delete(node);
  };

  const apply = (events: readonly DirtyEvent[]): ReadonlyMap<string, ReadonlySet<ViewKey>> => {
    const dirty = new Map<string, Set<ViewKey>>();
    const dirtyOf = (node: string): Set<ViewKey> => {
      const keys = dirty.get(node) ?? new Set();
      dirty.set(node, keys);
      return keys;
    };
    for (const { type, resource, object, previous } of events) {
      const key = keyOf(resource, object);
      if (BROADCAST.includes(resource) || resource === NODES) {
        broadcast?.change(key, type === 'DELETED' ? undefined : known(resource, object));
        for (const node of parts.keys()) dirtyOf(node).add(key);
      } else if (resource === PODS) {
        const before: string = previous?.spec?.nodeName ?? '';
        const after: string = type === 'DELETED' ? '' : (object.spec?.nodeName ?? '');
        const left = before === after ? undefined : parts.get(before);
        if (left) forgetPod(before, left, key, dirtyOf(before).add(key));
        const part = parts.get(after);
        if (part) learnPod(after, part, object as PodObject, dirtyOf(after).add(key));
      } else if (REFERENCED.includes(resource)) {
        const local = resource === VOLUMES ? [localNodeOf(object), localNodeOf(previous)] : [];
        for (const node of local) if (node !== undefined && parts.has(node)) dirtyOf(node).add(key);
        for (const node of [...(nodesNaming.get(key) ?? [])]) {
          const keys = dirtyOf(node).add(key);
          if (!REFERRING.includes(resource)) continue;
          // its image pull secrets, or its volume, may be others now
          const part = parts.get(node)!;
          for (const podKey of [...(part.namedBy.get(key) ?? [])]) learnPod(node, part, part.own.get(podKey) as PodObject, keys);
        }
      }
    }
    return dirty;
  };

  const lookUp = (key: ViewKey): KubeObject | undefined => {
    const [resource, namespace, name] = splitKey(key);
    return snapshot.get(resource, namespace, name);
  };

  const entry = (node: string, key: ViewKey): KubeObject | undefined => {
    const part = parts.get(node);
    if (!part) return undefined;
    const [resource, , name] = splitKey(key);
    if (resource === PODS) return part.own.get(key);
    if (resource === NODES) {
      const object = lookUp(key);
      return object && name !== node ? slimOf(object) : object;
    }
    if (BROADCAST.includes(resource) || part.namedBy.has(key)) return lookUp(key);
    const volume = resource === VOLUMES ? lookUp(key) : undefined;
    return localNodeOf(volume) === node ? volume : undefined;
  };

  const entries = (node: string, keys: Iterable<ViewKey>): (readonly [ViewKey, KubeObject])[] =>
    [...keys].flatMap((key) => {
      const object = entry(node, key);
      return object ? [[key, object] as const] : [];
    });

  const own = (node: string): (readonly [ViewKey, KubeObject])[] => {
    const part = parts.get(node);
    if (!part) return [];
    const volumes = [...snapshot.all(VOLUMES)].filter((volume) => localNodeOf(volume) === node).map((volume) => keyOf(VOLUMES, volume));
    return entries(node, new Set([...part.own.keys(), ...part.namedBy.keys(), viewKey(NODES, undefined, node), ...volumes]));
  };

  const view = (node: string): NodeView => (parts.has(node) ? new Map([...own(node), ...entries(node, broadcastNow().keys())]) : new Map());

  return {
    track,
    untrack,
    apply,
    entry,
    own,
    view,
    get broadcast() {
      return broadcastNow();
    },
    renew: () => {
      broadcast = undefined;
    },
  };
};

/** `discovery.k8s.io/endpointslices/default/web-x` -> resource, namespace, name. */
const splitKey = (key: ViewKey): [resource: string, namespace: string, name: string] => {
  const [group = '', resource = '', namespace = '', name = ''] = key.split('/');
  return [`${group}/${resource}`, namespace, name];
};

/** The key of the own Node in every view. */
export const ownNodeKey = (node: string): ViewKey => viewKey(NODES, '', node);
