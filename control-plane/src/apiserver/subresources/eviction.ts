/**
 * POST pods/NAME/eviction: a delete that asks disruption budgets first. No budget kind is served yet, so no budget can refuse; the refusal's
 * form stands here for when one can.
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
 */
import { type KubeObject, storageKey } from '#schema/resource.ts';
import type { Handler } from '../call.ts';
import { deleteRequestOf } from '../delete-options.ts';
import { type ApiError, tooManyRequests } from '../errors.ts';
import { writeOptions } from '../options.ts';
import { json } from '../respond.ts';
import { readSubresource } from './body.ts';

/** Budgets that cover the pod and allow no disruption now. */
type BlockingBudgets = (pod: KubeObject) => readonly { readonly name: string; readonly needed: number; readonly healthy: number }[];

const noBudgets: BlockingBudgets = () => [];

const refusal = (blocking: ReturnType<BlockingBudgets>): ApiError =>
  tooManyRequests(
    "Cannot evict pod as it would violate the pod's disruption budget.",
    10,
    blocking.map((b) => ({
      reason: 'DisruptionBudget',
      message: `The disruption budget ${b.name} needs ${b.needed} healthy pods and has ${b.healthy} currently`,
    })),
  );

export const eviction: Handler = async (call) => {
  const { target, server } = call;
  const options = writeOptions('CreateOptions', call.query);
  const body = await readSubresource(call, options);
  const { request, dryRun } = deleteRequestOf(body.deleteOptions ?? {});
  await server.registry.one({
    op: 'delete',
    definition: target.definition,
    actor: call.actor,
    key: { resource: storageKey(target.definition), namespace: target.namespace, name: target.name },
    request,
    check: (pod) => {
      const blocking = noBudgets(pod);
      if (blocking.length > 0) throw refusal(blocking);
    },
    dryRun: dryRun || options.dryRun,
  });
  return json({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 }, 201);
};
