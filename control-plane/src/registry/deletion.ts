/**
 * Deletion as Kubernetes does it: at once, after a grace period, or when the last finalizer goes. Pure; `planDeletion` copies what it changes.
 * @see https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 */

import { equalJson } from '#schema/dsl/own.ts';
import { parseTime, toRfc3339 } from '#schema/meta/time.ts';
import type { KubeObject, ResourceDefinition } from '#schema/resource.ts';
import { conflict } from '../apiserver/errors.ts';
import { hasFinalizers } from './derived.ts';
import type { DeleteRequest, Propagation } from './registry.ts';
import { strategyOf } from './strategies.ts';

export type DeletionPlan =
  /** Gone now. */
  | { readonly action: 'remove'; readonly object: KubeObject }
  /** Stays, marked. */
  | { readonly action: 'mark'; readonly object: KubeObject }
  /** Already on its way; nothing to write. */
  | { readonly action: 'pending'; readonly object: KubeObject };

export const foregroundFinalizer = 'foregroundDeletion';
export const orphanFinalizer = 'orphan';

/** @throws ApiError Conflict when a precondition does not hold. */
export const checkPreconditions = (definition: ResourceDefinition, current: KubeObject, request: DeleteRequest): void => {
  const { uid, resourceVersion } = request.preconditions ?? {};
  const meta = current.metadata;
  const fail = (what: string, asked: string, found = '', likely = '') => {
    const why = `the ${what} in the precondition (${asked}) does not match the ${what} in record (${found}). The object might have been ${likely}`;
    // Kubernetes names the kind here, not the resource
    throw conflict({ group: definition.group, resource: definition.kind }, meta.name!, why);
  };
  if (uid !== undefined && uid !== meta.uid) fail('UID', uid, meta.uid, 'deleted and then recreated');
  if (resourceVersion !== undefined && resourceVersion !== meta.resourceVersion) {
    fail('ResourceVersion', resourceVersion, meta.resourceVersion, 'modified');
  }
};

const gcFinalizer: Readonly<Record<Propagation, string | undefined>> = {
  Background: undefined,
  Foreground: foregroundFinalizer,
  Orphan: orphanFinalizer,
};

const withPropagation = (finalizers: readonly string[], propagation: Propagation | undefined): string[] => {
  if (!propagation) return [...finalizers];
  const kept = finalizers.filter((f) => f !== foregroundFinalizer && f !== orphanFinalizer);
  const own = gcFinalizer[propagation];
  return own ? [...kept, own] : kept;
};

/** What was said before counts, then what the kind does. */
const defaultPropagation = (definition: ResourceDefinition, finalizers: readonly string[] = []): Propagation | undefined =>
  definition.orphansByDefault && !finalizers.includes(foregroundFinalizer) ? 'Orphan' : undefined;

/**
 * Seconds the object gets: 0 for kinds without grace, and for objects whose own grace is 0 (a pod on no node, a finished pod), whatever the
 * client asked for.
 */
const graceOf = (definition: ResourceDefinition, object: KubeObject, request: DeleteRequest): number => {
  const natural = definition.gracePeriodSeconds?.(object) ?? 0;
  if (natural <= 0) return 0;
  const asked = request.gracePeriodSeconds ?? natural;
  return asked < 0 ? 1 : asked;
};

export const planDeletion = (definition: ResourceDefinition, current: KubeObject, request: DeleteRequest, nowMs: number): DeletionPlan => {
  checkPreconditions(definition, current, request);
  const object = structuredClone(current);
  const meta = object.metadata;
  const finalizers = withPropagation(meta.finalizers ?? [], request.propagation ?? defaultPropagation(definition, meta.finalizers));
  if (finalizers.length > 0) meta.finalizers = finalizers;
  else delete meta.finalizers;

  const grace = graceOf(definition, object, request);
  if (meta.deletionTimestamp === undefined) {
    if (grace === 0 && !hasFinalizers(definition, object)) return { action: 'remove', object: current };
    meta.deletionTimestamp = toRfc3339(nowMs + grace * 1000);
    meta.deletionGracePeriodSeconds = grace;
    if (meta.generation !== undefined && meta.generation > 0) meta.generation += 1;
    strategyOf(definition).markDeleting?.(object);
    return { action: 'mark', object };
  }

  const before = meta.deletionGracePeriodSeconds ?? 0;
  const shorter = request.gracePeriodSeconds !== undefined || grace === 0 ? Math.min(before, grace) : before;
  if (shorter < before) {
    const start = parseTime(meta.deletionTimestamp) - before * 1000;
    meta.deletionTimestamp = toRfc3339(start + shorter * 1000);
    meta.deletionGracePeriodSeconds = shorter;
  }
  if (shorter === 0 && !hasFinalizers(definition, object)) return { action: 'remove', object };
  return equalJson(object.metadata, current.metadata) ? { action: 'pending', object: current } : { action: 'mark', object };
};

/** Whether an update leaves nothing that keeps a deleting object: then the update is its removal. */
export const removesOnUpdate = (definition: ResourceDefinition, object: KubeObject): boolean =>
  object.metadata.deletionTimestamp !== undefined &&
  (object.metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
  !hasFinalizers(definition, object);
