/**
 * What an eviction asks of the PodDisruptionBudgets that cover a pod. A budget gives by compare-and-swap of its status, before the pod is deleted: two
 * evictions at once never both get its last one. The disruption controller fills it up again.
 */
import type { Pod } from '#schema/core/pod.ts';
import { isConditionTrue } from '#schema/meta/conditions.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import { type PodDisruptionBudget, podDisruptionBudgets } from '#schema/policy/pod-disruption-budget.ts';
import { type KubeObject, storageKey } from '#schema/resource.ts';
import { labelSelectorOf, matches } from '#schema/selectors/label.ts';
import type { Call } from '../call.ts';
import { type ApiError, internal, tooManyRequests } from '../errors.ts';

/** How soon a budget is counted. When one that is spent gives again, nobody knows: a client told a time would wait it out by itself. */
const COUNTING_SECONDS = 10;

const refusal = (message: string, retrySeconds = 0): ApiError =>
  tooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", retrySeconds, [
    { reason: 'DisruptionBudget', message },
  ]);

const isOver = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

/** A pod that runs nothing people rely on may always go. */
export const needsNoBudget = (pod: KubeObject): boolean =>
  isOver(pod as Pod) || pod.status?.phase === 'Pending' || pod.metadata.deletionTimestamp !== undefined;

/** Budgets of the pod's namespace whose selector names it. */
export const budgetsOf = async ({ server }: Call, pod: KubeObject): Promise<PodDisruptionBudget[]> => {
  const { items } = await server.platform.store.list({
    resource: storageKey(podDisruptionBudgets),
    namespace: pod.metadata.namespace ?? '',
  });
  return items
    .map(({ body }) => JSON.parse(body) as PodDisruptionBudget)
    .filter(({ spec }) => spec?.selector && matches(labelSelectorOf(spec.selector), pod.metadata.labels));
};

/** An unhealthy pod costs the budget nothing: always, or while the budget's own pods are healthy enough. */
const mayGoUnhealthy = (budget: PodDisruptionBudget, pod: KubeObject): boolean => {
  if (isConditionTrue(pod.status?.conditions, 'Ready')) return false;
  if (budget.spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = budget.status ?? {};
  return currentHealthy >= desiredHealthy && desiredHealthy > 0;
};

/** The status after the budget has let the pod go. @throws ApiError TooManyRequests when it may not */
const spend = (budget: PodDisruptionBudget, podName: string, nowMs: number): PodDisruptionBudget => {
  const { status, metadata } = budget;
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
    throw refusal(`The disruption budget ${metadata.name} is still being processed by the server.`, COUNTING_SECONDS);
  }
  const allowed = status?.disruptionsAllowed ?? 0;
  if (allowed <= 0) {
    throw refusal(
      `The disruption budget ${metadata.name} needs ${status?.desiredHealthy ?? 0} healthy pods and has ${status?.currentHealthy ?? 0} currently`,
    );
  }
  const disruptedPods = { ...status?.disruptedPods, [podName]: toRfc3339(nowMs) };
  return { ...budget, status: { ...status!, disruptionsAllowed: allowed - 1, disruptedPods } };
};

/** Takes one disruption of the budget that covers the pod, if one does. @throws ApiError when it gives none, or when more than one covers it */
export const askBudgets = async (call: Call, pod: KubeObject, dryRun: boolean): Promise<void> => {
  if (needsNoBudget(pod)) return;
  const budgets = await budgetsOf(call, pod);
  if (budgets.length > 1) {
    throw internal('This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.');
  }
  const [budget] = budgets;
  if (!budget || mayGoUnhealthy(budget, pod)) return;
  const { namespace = '', name = '' } = budget.metadata;
  await call.server.registry.one({
    op: 'update',
    definition: podDisruptionBudgets,
    actor: call.actor,
    key: { resource: storageKey(podDisruptionBudgets), namespace, name },
    subresource: 'status',
    dryRun,
    // without a resourceVersion a lost race is decided anew
    change: (current) => {
      const next = spend(current as PodDisruptionBudget, pod.metadata.name!, call.nowMs);
      const { resourceVersion: _, ...metadata } = next.metadata;
      return { ...next, metadata };
    },
  });
};
