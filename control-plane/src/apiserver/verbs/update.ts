/** PUT of an object, or of its status: with a resourceVersion conditional, without one unconditional, where the kind allows that. */
import { type KubeObject, type ResourceDefinition, storageKey } from '#schema/resource.ts';
import { invalid as invalidField } from '#schema/validation/errors.ts';
import { converting } from '../../conversion/unconverted.ts';
import { emptyBody, readObject } from '../body.ts';
import type { Handler } from '../call.ts';
import { objectResponse } from '../encode.ts';
import { ApiError, invalid } from '../errors.ts';
import { negotiate } from '../negotiation.ts';
import { writeOptions } from '../options.ts';
import { expectedOf, mayCreate, storedForm, withManager } from '../write.ts';

/** @throws ApiError Invalid, about the resource, as upstream has it */
const assertVersion = (definition: ResourceDefinition, { metadata: { name = '', resourceVersion = '0' } }: KubeObject): void => {
  if (!definition.updatesNeedVersion || (resourceVersion !== '0' && resourceVersion !== '')) return;
  const error = invalidField('metadata.resourceVersion', 0, 'must be specified for an update');
  throw invalid({ ...definition, kind: definition.resource }, name, [error]);
};

/** Zero and nothing ask for the newest. */
const statedRevision = ({ metadata: { resourceVersion = '' } }: KubeObject): { revision?: number } =>
  /^[1-9]\d{0,15}$/.test(resourceVersion) ? { revision: Number(resourceVersion) } : {};

export const update: Handler = async (call) => {
  const { target, server } = call;
  const { definition } = target;
  const options = writeOptions('UpdateOptions', call.query);
  const wanted = negotiate(call.request.headers.get('accept'));
  const body = await readObject(call.request, expectedOf(target), { ...options, warnings: call.warnings });
  if (body === undefined) throw emptyBody(target);
  const object = await converting(() => storedForm(target, body));
  const wish = {
    definition,
    actor: withManager(call, options),
    tracking: { apiVersion: target.groupVersion },
    dryRun: options.dryRun,
    ...call.heard,
  };
  try {
    const done = await server.registry.one({
      ...wish,
      op: 'update',
      key: { resource: storageKey(definition), namespace: target.namespace, name: target.name },
      subresource: target.subresource,
      ...statedRevision(object),
      change: () => {
        assertVersion(definition, object);
        return object;
      },
    });
    return objectResponse(call, done.object, { wanted });
  } catch (error) {
    const isMissing = error instanceof ApiError && error.reason === 'NotFound' && error.details?.name === target.name;
    if (!isMissing || !definition.createsOnUpdate || target.subresource !== '' || object.metadata.uid) throw error;
  }
  await mayCreate(call);
  const { resourceVersion: _, ...metadata } = object.metadata;
  const done = await server.registry.one({ ...wish, op: 'create', object: { ...object, metadata } });
  return objectResponse(call, done.object, { status: 201, wanted });
};
