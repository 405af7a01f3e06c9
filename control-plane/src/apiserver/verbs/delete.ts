/** DELETE of one object: answers Success when it is gone, some kinds with the object; with the object while something keeps it. */
import { storageKey } from '#schema/resource.ts';
import type { Handler } from '../call.ts';
import { readDeleteOptions } from '../delete-options.ts';
import { objectResponse } from '../encode.ts';
import { successStatus } from '../errors.ts';
import { success } from '../respond.ts';

export const remove: Handler = async (call) => {
  const { target, server } = call;
  const { request, dryRun } = await readDeleteOptions(call);
  const done = await server.registry.one({
    op: 'delete',
    definition: target.definition,
    actor: call.actor,
    key: { resource: storageKey(target.definition), namespace: target.namespace, name: target.name },
    request,
    dryRun,
    ...call.heard,
  });
  if (!done.deleted || target.definition.returnsDeleted) return objectResponse(call, done.object);
  return success(successStatus(target, target.name, done.object.metadata.uid));
};
