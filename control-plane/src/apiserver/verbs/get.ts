/** GET of one object: one store call. */
import type { Handler } from '../call.ts';
import { oneResponse } from '../encode.ts';
import { futureResourceVersion } from '../errors.ts';
import { resourceVersionOf } from '../options.ts';
import { newestRevision } from '../pages.ts';

export const get: Handler = async (call) => {
  const { target, server } = call;
  const asked = Number(resourceVersionOf(call.query) || '0');
  const stored = await server.registry.get(target.definition, target.namespace, target.name);
  if (asked > stored.revision) {
    const revision = await newestRevision(call);
    if (asked > revision) throw futureResourceVersion(asked, revision);
  }
  return oneResponse(call, stored);
};
