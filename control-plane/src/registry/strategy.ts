/**
 * What some resources do beyond their definition when they are written: finalizers outside metadata, values the server picks, selector
 * columns. strategies.ts lists them. Pure.
 */
import type { Claim, FieldError, KubeObject } from '#schema/resource.ts';
import type { ClusterSettings } from '../controller-runtime/controller.ts';
import type { Guards } from '../store/store.ts';

export interface AllocationContext {
  readonly cluster: ClusterSettings;
  readonly random: () => number;
}

export interface Strategy {
  readonly resource: string;
  /** Something outside metadata.finalizers still keeps the object (Namespace spec.finalizers). */
  readonly heldBack?: (object: KubeObject) => boolean;
  /** Called when a delete is accepted but the object stays. Mutates. */
  readonly markDeleting?: (object: KubeObject) => void;
  /** Store guards of the final removal. */
  readonly removalGuards?: (object: KubeObject) => Guards;
  /** The `node` selector column. */
  readonly node?: (object: KubeObject) => string;
  /** Picks values the client left open; runs again with other random values when a pick is taken. Mutates. Returns errors of explicit values. */
  readonly allocate?: (object: KubeObject, old: KubeObject | undefined, context: AllocationContext) => FieldError[];
  /** The error when `claim`, which the client itself asked for, belongs to another object. Undefined: it was the server's pick. */
  readonly claimTaken?: (asked: KubeObject, claim: Claim) => FieldError | undefined;
}
