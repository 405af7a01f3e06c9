/** PUT of an object, or of its status: with a resourceVersion conditional, without one unconditional. */
import { storageKey } from '#schema/resource.ts';
import { converting } from '../../conversion/unconverted.ts';
import { readObject } from '../body.ts';
import type { Handler } from '../call.ts';
import { objectResponse } from '../encode.ts';
import { badRequest } from '../errors.ts';
import { negotiate } from '../negotiation.ts';
import { writeOptions } from '../options.ts';
import { expectedOf, storedForm, withManager } from '../write.ts';

export const update: Handler = async (call) => {
  const { target, server } = call;
  const options = writeOptions('UpdateOptions', call.query);
  const wanted = negotiate(call.request.headers.get('accept'));
  const body = await readObject(call.request, expectedOf(target), { ...options, warnings: call.warnings });
  if (body === undefined) throw badRequest('the request body is empty');
  const object = await converting(() => storedForm(target, body));
  const done = await server.registry.one({
    op: 'update',
    definition: target.definition,
    actor: withManager(call, options),
    tracking: { apiVersion: target.groupVersion },
    key: { resource: storageKey(target.definition), namespace: target.namespace, name: target.name },
    subresource: target.subresource,
    change: () => object,
    dryRun: options.dryRun,
    ...call.heard,
  });
  return objectResponse(call, done.object, { wanted });
};
