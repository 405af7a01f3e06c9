/** GET of one object: one store call. */
import type { Handler } from '../call.ts';
import { oneResponse } from '../encode.ts';
import { futureResourceVersion } from '../errors.ts';
import { whenFresh } from '../freshness.ts';
import { resourceVersionOf } from '../options.ts';
import { newestRevision } from '../pages.ts';

export const get: Handler = async (call) => {
  const { target, server } = call;
  const asked = Number(resourceVersionOf(call.query) || '0');
  const stored = await whenFresh(call, async () => {
    const found = await server.registry.get(target.definition, target.namespace, target.name);
    if (asked > found.revision) {
      const revision = await newestRevision(call);
      if (asked > revision) throw futureResourceVersion(asked, revision);
    }
    return found;
  });
  return oneResponse(call, stored);
};
