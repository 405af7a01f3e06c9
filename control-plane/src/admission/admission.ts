/**
 * An admission step: a value with pure functions that may change (mutate) or refuse (throw ApiError) one write. What it must look up it names
 * in `reads`; the registry fetches all of it in the round trip it makes anyway. The order of the steps is steps.ts.
 */
import type { KubeObject, ResourceDefinition } from '#schema/resource.ts';
import type { ClusterSettings } from '../controller-runtime/controller.ts';
import type { Actor } from '../registry/registry.ts';
import type { ObjectKey, QuotaLimit } from '../store/store.ts';

export interface AdmissionRequest {
  readonly operation: 'create' | 'update' | 'delete';
  readonly definition: ResourceDefinition;
  /** '' for the main resource. */
  readonly subresource: string;
  /** '' for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
  /** What will be written; for a delete the object as it is. Steps may change it in `mutate` only. */
  readonly object: KubeObject;
  readonly old?: KubeObject;
  readonly actor: Actor;
}

/** All objects of a resource in a namespace; '' for cluster-scoped ones. Only for kinds of which there are few. */
export interface ListKey {
  readonly resource: string;
  readonly namespace: string;
}

export interface AdmissionContext {
  /** Objects named in `reads`: at most some seconds old when present; absence is as of now. */
  readonly lookup: (key: ObjectKey) => KubeObject | undefined;
  /** Lists named in `lists`, as of now. */
  readonly list: (key: ListKey) => readonly KubeObject[];
  /** Tells the client something without refusing. */
  readonly warn: (text: string) => void;
  readonly nowMs: number;
  readonly random: () => number;
  readonly cluster: ClusterSettings;
}

export interface AdmissionStep {
  readonly name: string;
  readonly reads?: (request: AdmissionRequest) => readonly ObjectKey[];
  readonly lists?: (request: AdmissionRequest) => readonly ListKey[];
  readonly mutate?: (request: AdmissionRequest, context: AdmissionContext) => void;
  readonly validate?: (request: AdmissionRequest, context: AdmissionContext) => void;
  /** Limits the store itself must hold this write to. */
  readonly quota?: (request: AdmissionRequest, context: AdmissionContext) => readonly QuotaLimit[];
}
