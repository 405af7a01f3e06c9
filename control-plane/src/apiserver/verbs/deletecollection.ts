/** DELETE of a collection: every object of the selection, each as if deleted alone. Answers the list of what was found. */
import { storageKey } from '#schema/resource.ts';
import { parseBody } from '../../registry/body.ts';
import type { Handler } from '../call.ts';
import { readDeleteOptions } from '../delete-options.ts';
import { listResponse } from '../encode.ts';
import { listOptions } from '../options.ts';
import { readPage } from '../pages.ts';
import { selectionOf } from '../selection.ts';

export const deletecollection: Handler = async (call) => {
  const { target, server } = call;
  const { request, dryRun } = await readDeleteOptions(call);
  const options = listOptions(call.query, false);
  const selection = selectionOf(target.definition, options, '', target.served.fieldLabels);
  const page = await readPage(call, options, selection);
  const results = await server.registry.run(
    page.items.map((item) => ({
      op: 'delete' as const,
      definition: target.definition,
      actor: call.actor,
      key: { resource: storageKey(target.definition), namespace: item.namespace, name: item.name },
      request: { ...request, preconditions: { uid: parseBody(item.body, item.revision).metadata.uid! } },
      dryRun,
      ...call.heard,
    })),
  );
  // Gone meanwhile, or another object under the name by now: not ours to report.
  const failed = results.find((r) => r.status === 'failed' && r.error.reason !== 'NotFound' && r.error.reason !== 'Conflict');
  if (failed?.status === 'failed') throw failed.error;
  return listResponse(call, page.items, {
    resourceVersion: String(page.revision),
    ...(page.continueToken ? { continue: page.continueToken } : {}),
  });
};
