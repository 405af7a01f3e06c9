/** PATCH of an object or its status. A lost race is tried again with the newer object unless the patch states a resourceVersion. */
import { storageKey } from '#schema/resource.ts';
import { applyType } from '../applying.ts';
import { decodeValue, judgeFields, mediaType } from '../body.ts';
import { type Handler, toServed } from '../call.ts';
import { objectResponse } from '../encode.ts';
import { negotiate } from '../negotiation.ts';
import { patchOptions } from '../options.ts';
import { readPatch } from '../patching.ts';
import { expectedOf, storedForm, withManager } from '../write.ts';
import { apply } from './apply.ts';

export const patch: Handler = async (call) => {
  if (mediaType(call.request) === applyType) return apply(call);
  const { target, server } = call;
  const options = patchOptions(call.query);
  const wanted = negotiate(call.request.headers.get('accept'));
  const expected = expectedOf(target);
  const read = await readPatch(call.request, { ...expected, strategic: target.served.typeSchema === undefined });
  judgeFields(read.duplicates, expected, options.fieldValidation, call.warnings);
  const done = await server.registry.one({
    op: 'update',
    definition: target.definition,
    actor: withManager(call, options),
    tracking: { apiVersion: target.groupVersion },
    key: { resource: storageKey(target.definition), namespace: target.namespace, name: target.name },
    subresource: target.subresource,
    dryRun: options.dryRun,
    ...call.heard,
    fresh: target.served.storage === true && target.served.typeSchema === undefined,
    change: (current) => {
      const warnings: string[] = [];
      const known = toServed(target, current);
      const value = read.apply(known);
      const { fieldValidation } = options;
      const patched = decodeValue(value, expected, { fieldValidation, warnings, known, refusal: read.refusal(value) });
      call.warnings.push(...warnings);
      return storedForm(target, patched);
    },
  });
  return objectResponse(call, done.object, { wanted, text: done.text });
};
