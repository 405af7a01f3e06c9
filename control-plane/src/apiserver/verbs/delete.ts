/** DELETE of one object: answers Success when it is gone, the object while something keeps it. */
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
  return done.deleted ? success(successStatus(target, target.name, done.object.metadata.uid)) : objectResponse(call, done.object);
};
