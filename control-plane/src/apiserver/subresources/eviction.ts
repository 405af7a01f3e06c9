/**
 * POST pods/NAME/eviction: a delete that asks the pod's disruption budget first.
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
 */
import { storageKey } from '#schema/resource.ts';
import { parseBody } from '../../registry/body.ts';
import type { Handler } from '../call.ts';
import { deleteRequestOf } from '../delete-options.ts';
import { writeOptions } from '../options.ts';
import { json } from '../respond.ts';
import { createOptions, readSubresource, reviewSent } from './body.ts';
import { askBudgets } from './disruption-budgets.ts';

export const eviction: Handler = async (call) => {
  const { target, server } = call;
  const options = writeOptions('CreateOptions', call.query);
  const body = await readSubresource(call, options, ['policy/v1beta1']);
  const { request, dryRun } = deleteRequestOf(body.deleteOptions ?? {});
  const stored = await server.registry.get(target.definition, target.namespace, target.name);
  const pod = parseBody(stored.body, stored.revision);
  const dry = dryRun || options.dryRun;
  await reviewSent(call, { object: body, dryRun: dry, options: createOptions(options) });
  await askBudgets(call, pod, dry);
  await server.registry.one({
    op: 'delete',
    definition: target.definition,
    actor: call.actor,
    key: { resource: storageKey(target.definition), namespace: target.namespace, name: target.name },
    // the very pod that the budget was asked for
    request: { ...request, preconditions: { uid: pod.metadata.uid!, ...request.preconditions } },
    dryRun: dry,
    admitted: true,
  });
  return json({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }, 201);
};
