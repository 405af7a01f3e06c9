/** What create, update and patch share: the object of a body in the stored form, and the reply. */
import { validateManagerName } from '#schema/apply/managed-fields.ts';
import type { KubeObject } from '#schema/resource.ts';
import { forbiddenResource } from '../auth/authorize.ts';
import type { Expected } from './body.ts';
import { type Call, type Target, toStored } from './call.ts';
import { badRequest } from './errors.ts';
import type { WriteOptions } from './options.ts';

export const expectedOf = (target: Target): Expected => ({
  schema: target.served.schema,
  groupVersion: target.groupVersion,
  kind: target.kind,
});

/** Name and namespace of a body must agree with the path; both are filled in. @throws ApiError BadRequest */
export const placeObject = (target: Target, object: KubeObject): KubeObject => {
  object.metadata ??= {};
  const meta = object.metadata;
  if (target.definition.namespaced) {
    if (meta.namespace && meta.namespace !== target.namespace) {
      throw badRequest(`the namespace of the provided object does not match the namespace sent on the request`);
    }
    meta.namespace = target.namespace;
  }
  if (target.name) {
    if (meta.name && meta.name !== target.name) {
      throw badRequest(`the name of the object (${meta.name}) does not match the name on the URL (${target.name})`);
    }
    meta.name = target.name;
  }
  return object;
};

export const storedForm = (target: Target, object: KubeObject): KubeObject => toStored(target, placeObject(target, object));

/** Who may update or patch may not therefore create. @throws ApiError Forbidden */
export const mayCreate = async ({ server, user, target }: Call): Promise<void> => {
  const { group, resource, namespace, name } = target;
  const attributes = { verb: 'create', group, resource, subresource: '', namespace, name, fieldSelector: '' };
  const { allowed, reason } = await server.authorizer.resource(user, attributes);
  if (!allowed) throw forbiddenResource(user, attributes, reason);
};

/** Field manager: as stated, else the program name of the User-Agent. */
export const withManager = (call: Call, options: WriteOptions): Call['actor'] => ({
  ...call.actor,
  fieldManager: options.fieldManager || call.actor.fieldManager,
});

/** What precedes the slash of a User-Agent, printable and at most 128 bytes; `unknown` when nothing is left. */
export const managerOfUserAgent = (userAgent: string | null): string => {
  let name = '';
  for (const char of (userAgent ?? '').split('/')[0]!) {
    if (validateManagerName(char, '').length > 0) continue;
    if (validateManagerName(name + char, '').length > 0) break;
    name += char;
  }
  return name || 'unknown';
};
