/**
 * What the write engine works on: one wish to change one object, and how it ended. HTTP handlers and Registry.applyAll both speak this.
 */
import type { KubeObject, ResourceDefinition } from '#schema/resource.ts';
import type { ApiError } from '../apiserver/errors.ts';
import type { ObjectKey } from '../store/store.ts';
import type { Tracking } from './ownership.ts';
import type { Actor, DeleteRequest } from './registry.ts';

interface Common {
  readonly definition: ResourceDefinition;
  readonly actor: Actor;
  /** Everything but the write. */
  readonly dryRun?: boolean;
  /** Hears what admission tells the client without refusing. */
  readonly warn?: (text: string) => void;
  /** Hears what admission says for the audit log. */
  readonly annotate?: (key: string, value: string) => void;
  /** How metadata.managedFields records it. */
  readonly tracking?: Tracking;
  /** Webhooks and policies have judged it in another form (an Eviction). */
  readonly admitted?: boolean;
}

export interface CreateIntent extends Common {
  readonly op: 'create';
  /** Not changed; each try works on a copy. */
  readonly object: KubeObject;
  readonly ownerUid?: string;
}

export interface UpdateIntent extends Common {
  readonly op: 'update';
  readonly key: ObjectKey;
  /** '' for the main resource. */
  readonly subresource: string;
  readonly uid?: string;
  /** The resourceVersion that is a precondition, where it is known before the object was read. */
  readonly revision?: number;
  /**
   * The object to write, given the stored one (never changed by the caller's function). A resourceVersion in it is a precondition; without one
   * a lost race is tried again. Undefined: leave it as it is.
   */
  readonly change: (current: KubeObject) => KubeObject | undefined;
  /** What `change` returns is made anew by each call, so that it need not be copied. */
  readonly fresh?: boolean;
}

export interface DeleteIntent extends Common {
  readonly op: 'delete';
  readonly key: ObjectKey;
  readonly request: DeleteRequest;
  readonly ownersGone?: readonly string[];
  /** Runs before the deletion is planned: an eviction's budget, a selector of a deletecollection. Throws ApiError to refuse. */
  readonly check?: (current: KubeObject) => void;
}

export type Intent = CreateIntent | UpdateIntent | DeleteIntent;

export type IntentResult =
  | {
      readonly status: 'done';
      readonly object: KubeObject;
      /** `object` as it was stored, opened. Absent when nothing was written, and of what is gone. */
      readonly text?: string;
      /** The object is gone. */
      readonly deleted: boolean;
      /** False: nothing had to be written. */
      readonly written: boolean;
    }
  /** `guard`: a precondition beyond the object itself did not hold. */
  | { readonly status: 'failed'; readonly error: ApiError; readonly current?: KubeObject; readonly guard?: boolean }
  | { readonly status: 'fenced'; readonly epoch: number };
