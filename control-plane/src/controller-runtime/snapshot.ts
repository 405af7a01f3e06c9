/**
 * What reconcilers, the scheduler and nodeView may read: synchronous, indexed look-ups over one consistent state. Objects are frozen and shared;
 * their identity changes when their revision does. No reconciler enumerates a kind, except through an index or a kind that is small by nature (nodes, namespaces).
 */
import type { KubeObject } from '#schema/resource.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { Definitions } from './definitions.ts';

/** `core/pods` and the like: see storageKey(). */
export type StorageKey = string;

export interface Snapshot {
  /** All changes up to this revision are in. */
  readonly revision: number;
  /** Every kind there is, custom ones too. */
  readonly definitions: Definitions;
  get<T extends KubeObject = KubeObject>(resource: StorageKey, namespace: string, name: string): T | undefined;
  /** Any resource. */
  byUid(uid: string): KubeObject | undefined;
  /** Objects of `resource` that name `ownerUid` in their owner references (controller or not). */
  ownedBy<T extends KubeObject = KubeObject>(resource: StorageKey, ownerUid: string): readonly T[];
  /** Every object, of any resource, that names `ownerUid` among its owners, with its resource. */
  dependents(ownerUid: string): readonly { readonly resource: StorageKey; readonly object: KubeObject }[];
  /** Pods bound to a node. */
  onNode<T extends KubeObject = KubeObject>(node: string): readonly T[];
  /** Objects of `resource` in one namespace with label `key` = `value`; the cheapest pair of a selector is enough, then filter. */
  withLabel<T extends KubeObject = KubeObject>(resource: StorageKey, namespace: string, key: string, value: string): readonly T[];
  inNamespace<T extends KubeObject = KubeObject>(resource: StorageKey, namespace: string): readonly T[];
  /** Everything of a resource: only for kinds that are few by nature (nodes, namespaces). */
  all<T extends KubeObject = KubeObject>(resource: StorageKey): readonly T[];
  /** Pods without a node, not finished, not deleting. */
  unscheduledPods<T extends KubeObject = KubeObject>(): readonly T[];
  /** What changes from now on in these resources, beginning with all there is. One per reader for its whole life. Absent where nothing is kept. */
  follow?(resources: readonly StorageKey[]): ChangeFeed;
}
