/**
 * What happens to an object between the client and the store, apart from admission: server-set metadata, the split between the main resource
 * and its subresources, the generation. Pure; mutates the object it is given, never the old one.
 */
import { cloneJson, equalJson } from '#schema/dsl/own.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import type { KubeObject, PrepareContext, ResourceDefinition } from '#schema/resource.ts';
import { badRequest, conflict } from '../apiserver/errors.ts';
import { cloneObject } from './clone.ts';
import { generateName } from './names.ts';
import { changesSpec, subresourceUpdates } from './subresource-updates.ts';

export interface CreateContext extends PrepareContext {
  readonly uuid: () => string;
}

/** What the generation counts the changes of; undefined when it is not counted. */
const counted = (definition: ResourceDefinition, object: KubeObject): unknown => {
  if (definition.generation === false) return undefined;
  return definition.generation ? definition.generation(object) : object.spec;
};

/** @throws ApiError BadRequest when the client states a resourceVersion. */
export const prepareCreate = (definition: ResourceDefinition, object: KubeObject, context: CreateContext): void => {
  const meta = object.metadata;
  if (meta.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
  if (!meta.name && meta.generateName) meta.name = generateName(meta.generateName, context.random);
  if (!definition.namespaced) delete meta.namespace;
  meta.uid = context.uuid();
  meta.creationTimestamp = toRfc3339(context.nowMs);
  delete meta.deletionTimestamp;
  delete meta.deletionGracePeriodSeconds;
  delete meta.managedFields;
  delete meta.selfLink;
  delete meta.resourceVersion;
  definition.prepareCreate?.(object, context);
  if (counted(definition, object) !== undefined) meta.generation = 1;
  else delete meta.generation;
};

const serverOwned = [
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'name',
  'namespace',
] as const;

/** Carries over what clients may not set. */
const keepServerOwned = (object: KubeObject, old: KubeObject): void => {
  const meta = object.metadata as Record<string, unknown>;
  for (const field of serverOwned) {
    if (old.metadata[field] === undefined) delete meta[field];
    else meta[field] = old.metadata[field];
  }
  delete meta.managedFields;
  delete meta.selfLink;
};

const raiseGeneration = (definition: ResourceDefinition, object: KubeObject, old: KubeObject): void => {
  const state = counted(definition, object);
  if (state === undefined) return;
  const generation = old.metadata.generation ?? 0;
  object.metadata.generation = equalJson(state, counted(definition, old)) ? generation || 1 : generation + 1;
};

/**
 * The new state of `old` when a client (or controller) writes `object` through `subresource` ('' = the main resource).
 * @throws ApiError Conflict when the object names another uid; whatever the subresource refuses.
 */
export const prepareUpdate = (
  definition: ResourceDefinition,
  object: KubeObject,
  old: KubeObject,
  subresource: string,
  context: PrepareContext,
): KubeObject => {
  const name = old.metadata.name!;
  const { uid } = object.metadata;
  if (uid && uid !== old.metadata.uid) {
    throw conflict(definition, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`);
  }
  if (subresource) {
    const update = subresourceUpdates[subresource];
    if (!update) throw badRequest(`no update through ${subresource}`);
    const next = update(definition, object, cloneObject(old), context);
    if (changesSpec.has(subresource)) raiseGeneration(definition, next, old);
    return next;
  }
  keepServerOwned(object, old);
  if (definition.hasStatus) {
    if (old.status === undefined) delete object.status;
    else object.status = cloneJson(old.status);
  }
  definition.prepareUpdate?.(object, old);
  raiseGeneration(definition, object, old);
  return object;
};
