/**
 * The Registry port: the only way objects are written. HTTP handlers, the control loop's applier and the sync endpoint all go through it, so
 * defaulting, admission, validation, generation, immutability, graceful deletion and claims are the same for all of them.
 * Objects here are parsed JSON of the STORED version, with metadata.resourceVersion filled in.
 */
import type { KubeObject, ResourceDefinition } from '#schema/resource.ts';
import type { Permissions } from '../auth/permissions.ts';

/** Who acts, as authentication found out. */
export interface UserInfo {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export interface Actor {
  readonly user: UserInfo;
  readonly fieldManager: string;
  /** What a client holds that writes roles or bindings; controllers have none and are not checked. */
  readonly permissions?: Permissions;
}

export type Propagation = 'Background' | 'Foreground' | 'Orphan';

export interface DeleteRequest {
  readonly gracePeriodSeconds?: number;
  readonly propagation?: Propagation;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** One decided change of the control loop or the agent. Every update and delete carries the uid and revision it was decided from inside `object`. */
export type Operation = OperationOf & {
  /** Who acts, where it is not the one who brings the batch. */
  readonly actor?: Actor;
};

type OperationOf =
  | {
      readonly op: 'create';
      readonly definition: ResourceDefinition;
      readonly object: KubeObject;
      /** The create is void when this owner is gone or deleting. */
      readonly ownerUid?: string;
    }
  | {
      readonly op: 'update';
      readonly definition: ResourceDefinition;
      readonly object: KubeObject;
      /** `status` keeps everything but status from the stored object; absent: spec and metadata. */
      readonly subresource?: string;
    }
  | {
      readonly op: 'delete';
      readonly definition: ResourceDefinition;
      readonly object: KubeObject;
      readonly request: DeleteRequest;
      /** The delete is void while any of these uids exists (garbage collection). */
      readonly ownersGone?: readonly string[];
    }
  /** Status of an agent's pod or node: guarded by uid, not resourceVersion; `merge` is applied to the object as it is now. Returning undefined drops it. */
  | {
      readonly op: 'merge';
      readonly definition: ResourceDefinition;
      readonly namespace: string;
      readonly name: string;
      readonly uid?: string;
      readonly subresource?: string;
      readonly merge: (current: KubeObject) => KubeObject | undefined;
    };

export type OperationResult =
  | { readonly status: 'ok'; readonly object: KubeObject; readonly deleted: boolean }
  /** `merge` returned undefined, or the new state equals the old: nothing was written. */
  | { readonly status: 'unchanged'; readonly object?: KubeObject }
  /** Lost a race or a guard; decide again from newer state. */
  | { readonly status: 'conflict' | 'notFound' | 'alreadyExists' | 'guard'; readonly message: string; readonly current?: KubeObject }
  | { readonly status: 'fenced'; readonly epoch: number }
  /** Validation or admission refused it; deciding again will not help. */
  | { readonly status: 'invalid'; readonly message: string };

export interface Registry {
  /** Applies many operations with as few store calls as it can (one read for merges, one write per 100). Results in order. Notifies the hub once. */
  applyAll(operations: readonly Operation[], actor: Actor, options?: { readonly epoch?: number }): Promise<OperationResult[]>;
}
