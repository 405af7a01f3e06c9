/** From a routed request to the handler of its verb. Subresources are a table by name; no kind is named here. */

import { storageKey } from '#schema/resource.ts';
import { metricsHandlers } from '../metrics-api/handlers.ts';
import type { Handler, Target } from './call.ts';
import { componentStatusHandlers } from './component-statuses.ts';
import { badRequest, methodNotAllowed, notFound, notSupportedOn, PageNotFound, unknownPath } from './errors.ts';
import { reviewHandlers } from './reviews/reviews.ts';
import type { ResourceRoute } from './route.ts';
import { findSubresource } from './subresource-list.ts';
import { bindingHandlers } from './subresources/binding.ts';
import { connecting } from './subresources/connect.ts';
import { subresourceHandlers } from './subresources/subresources.ts';
import { create } from './verbs/create.ts';
import { remove } from './verbs/delete.ts';
import { deletecollection } from './verbs/deletecollection.ts';
import { get } from './verbs/get.ts';
import { list } from './verbs/list.ts';
import { patch } from './verbs/patch.ts';
import { update } from './verbs/update.ts';
import { watch } from './verbs/watch.ts';
import { overSocket } from './verbs/watch-socket.ts';

const handlers: Readonly<Record<string, Handler>> = {
  get,
  list,
  watch: overSocket(watch),
  create,
  update,
  patch,
  delete: remove,
  deletecollection,
};

/** Kinds that are not stored: computed when they are read, or a way to change others. */
const computed = { ...metricsHandlers, ...componentStatusHandlers, ...bindingHandlers };

const onCollection: Readonly<Record<string, string>> = {
  GET: 'list',
  HEAD: 'list',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'deletecollection',
};
const onObject: Readonly<Record<string, string>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** The verb authorization is asked about; '' for a method no verb has. */
export const verbOf = (method: string, route: Pick<ResourceRoute, 'name' | 'legacyWatch'>, watching: boolean): string => {
  if (method === 'GET' && (route.legacyWatch || (watching && !route.name))) return 'watch';
  return (route.name ? onObject : onCollection)[method] ?? '';
};

const ofObjects = ['get', 'update', 'patch', 'delete'];
const ofNoNamespace = ['list', 'watch'];

/** What is no path at all: kinds have paths for what some verb of theirs does, and no others. @throws ApiError NotFound */
const assertPath = ({ definition, served, namespace, name, subresource }: Target, verb: string): void => {
  const verbs: readonly string[] = definition.verbs;
  if (definition.namespaced && namespace === '') {
    if (served.typeSchema && !ofNoNamespace.includes(verb)) throw new PageNotFound();
    if (name !== '' || !verbs.includes('list')) throw unknownPath();
  }
  if (name !== '' && !subresource && !ofObjects.some((one) => verbs.includes(one))) throw unknownPath();
};

/** @throws ApiError NotFound, MethodNotAllowed */
const subresourceHandlerOf = (target: Target, verb: string): Handler => {
  const { definition, served, group, resource, name, subresource } = target;
  const custom = served.typeSchema !== undefined;
  const of = { group, resource };
  const declared = findSubresource(definition, subresource);
  const handler = subresourceHandlers[subresource];
  if (!declared || !handler) throw custom ? notFound(of, name) : unknownPath();
  const found = declared.verbs.includes(verb) ? handler[verb] : undefined;
  if (!found) throw custom ? notSupportedOn(of, verb) : methodNotAllowed();
  return connecting(subresource, found);
};

/** @throws ApiError NotFound, MethodNotAllowed, BadRequest */
export const handlerOf = (target: Target, verb: string): Handler => {
  const { definition, served, namespace, name, subresource } = target;
  assertPath(target, verb);
  if (subresource) return subresourceHandlerOf(target, verb);
  if (!(definition.verbs as readonly string[]).includes(verb) || (verb === 'create' && name !== '')) throw methodNotAllowed();
  if (name === '' && (verb === 'update' || verb === 'patch'))
    throw served.typeSchema ? badRequest('name must be provided') : methodNotAllowed();
  // Objects are created in a namespace, though they may be listed across all.
  if (definition.namespaced && namespace === '' && (verb === 'create' || verb === 'deletecollection')) throw methodNotAllowed();
  if (definition.storage === 'virtual') {
    const key = storageKey(definition);
    const handler = computed[key]?.[verb] ?? reviewHandlers[key];
    if (!handler) throw methodNotAllowed();
    return handler;
  }
  return handlers[verb]!;
};
