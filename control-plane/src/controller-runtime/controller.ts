/**
 * What a controller is: a value with pure functions. The engine (runner.ts) turns changes into keys, calls `reconcile` for each dirty key over one
 * snapshot, commits what it returns in one batch, folds the results back and decides again until nothing changes.
 * On its own result every reconciler returns no change.
 */
import type { KubeObject, ResourceDefinition } from '#schema/resource.ts';
import type { Liveness } from '../hub/liveness.ts';
import type { DeleteRequest } from '../registry/registry.ts';
import type { Measurements } from './measurements.ts';
import type { Snapshot, StorageKey } from './snapshot.ts';

/** An event for a person, counted and merged by the applier. */
export interface EventNote {
  readonly about: KubeObject;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** One decision. Objects carry the resourceVersion they were decided from. */
export type Change =
  | { readonly op: 'create'; readonly definition: ResourceDefinition; readonly object: KubeObject; readonly ownerUid?: string }
  | {
      readonly op: 'update';
      readonly definition: ResourceDefinition;
      readonly object: KubeObject;
      readonly subresource?: 'status' | 'finalize' | 'binding' | 'approval';
    }
  | {
      readonly op: 'delete';
      readonly definition: ResourceDefinition;
      readonly object: KubeObject;
      readonly request: DeleteRequest;
      readonly ownersGone?: readonly string[];
    }
  /** The object's content as it was (restore.ts); made anew when `object`, then only a name and a namespace, is gone. All restores of a key or none. */
  | { readonly op: 'restore'; readonly definition: ResourceDefinition; readonly object: KubeObject; readonly past: PastContent };

/** Which content returns. Pure decisions name it; only the applier sees it, so what is sealed stays sealed. */
export interface PastContent {
  /** A revision of the object. */
  readonly revision: string;
  /** What the object became after the revision, but before this moment (Unix ms), is kept. */
  readonly keepUntilMs?: number;
  /** Put onto the object. */
  readonly annotations: Readonly<Record<string, string>>;
}

/**
 * What a decision needs that no pure function gives: a signature, a look into a sealed object. The engine has it done between deciding and
 * committing, and the answer's changes join those of the decision; see controller-runtime/tasks.ts.
 */
export interface Task {
  /** Name in the platform's table of tasks. */
  readonly task: string;
  /** The object it is about, as it was decided from. */
  readonly object: KubeObject;
}

export interface Outcome {
  readonly changes: readonly Change[];
  readonly tasks?: readonly Task[];
  readonly events?: readonly EventNote[];
  /** Unix ms when the key must be looked at again even if nothing changes. */
  readonly requeueAtMs?: number;
}

export const nothing: Outcome = { changes: [] };

export interface ObjectRef {
  readonly namespace: string;
  readonly name: string;
}

export interface ReconcileContext {
  readonly snapshot: Snapshot;
  readonly nowMs: number;
  readonly liveness: Liveness;
  readonly cluster: ClusterSettings;
  /** What pods use now; absent where nobody measures. */
  readonly measurements?: Measurements;
}

/** Settings of the cluster that decisions depend on. */
export interface ClusterSettings {
  readonly clusterUid: string;
  readonly podCIDR: string;
  /** Prefix length of each node's share of podCIDR, 24 by default. */
  readonly nodeCIDRMask: number;
  readonly serviceCIDR: string;
  readonly clusterDomain: string;
  readonly nodePortRange: readonly [number, number];
  /** PEM, for kube-root-ca.crt. Empty where the platform's certificate is publicly trusted. */
  readonly rootCA: string;
}

export interface Watch {
  readonly resource: StorageKey;
  /** Keys of the primary resource that a change of `object` may concern. `previous` on updates and deletes. */
  readonly keys: (object: KubeObject, previous: KubeObject | undefined, snapshot: Snapshot) => readonly ObjectRef[];
}

export interface Controller {
  readonly name: string;
  /** Resource whose keys are reconciled; its own changes enqueue their key. */
  readonly primary: StorageKey;
  readonly watches: readonly Watch[];
  /** The key's object may be gone; then `reconcile` still runs once. Pure. */
  readonly reconcile: (ref: ObjectRef, context: ReconcileContext) => Outcome;
}
