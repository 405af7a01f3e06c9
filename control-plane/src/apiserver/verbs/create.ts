/** POST to a collection. */
import { converting } from '../../conversion/unconverted.ts';
import { emptyBody, readObject } from '../body.ts';
import type { Handler } from '../call.ts';
import { objectResponse } from '../encode.ts';
import { negotiate } from '../negotiation.ts';
import { writeOptions } from '../options.ts';
import { expectedOf, storedForm, withManager } from '../write.ts';

export const create: Handler = async (call) => {
  const { target, server } = call;
  const options = writeOptions('CreateOptions', call.query);
  const wanted = negotiate(call.request.headers.get('accept'));
  const object = await readObject(call.request, expectedOf(target), { ...options, warnings: call.warnings });
  if (object === undefined) throw emptyBody(target);
  if (target.definition.inactive) call.warnings.push(target.definition.inactive);
  const done = await server.registry.one({
    op: 'create',
    definition: target.definition,
    actor: withManager(call, options),
    tracking: { apiVersion: target.groupVersion },
    object: await converting(() => storedForm(target, object)),
    dryRun: options.dryRun,
    ...call.heard,
  });
  return objectResponse(call, done.object, { status: 201, wanted });
};
