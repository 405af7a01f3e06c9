/**
 * What some resources do beyond their definition when they are written: finalizers outside metadata, values the server picks, selector
 * columns. Everything without an entry in `strategies/` gets `plain`. Pure.
 */
import { type Claim, type FieldError, type KubeObject, type ResourceDefinition, storageKey } from '#schema/resource.ts';
import type { ClusterSettings } from '../controller-runtime/controller.ts';
import type { Guards } from '../store/store.ts';
import { customResourceDefinitions } from './strategies/custom-resource-definitions.ts';
import { namespaces } from './strategies/namespaces.ts';
import { pods } from './strategies/pods.ts';
import { services } from './strategies/services.ts';

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

const table: ReadonlyMap<string, Strategy> = new Map([customResourceDefinitions, namespaces, pods, services].map((s) => [s.resource, s]));

export const strategyOf = (definition: ResourceDefinition): Strategy => {
  const resource = storageKey(definition);
  return table.get(resource) ?? { resource };
};
