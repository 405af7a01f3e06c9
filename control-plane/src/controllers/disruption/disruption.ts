/**
 * Disruption: keeps in a PodDisruptionBudget's status how many of its pods may go now. The eviction subresource takes from that number; a pod it
 * has promised away is not counted as healthy for two minutes, or until it is gone.
 * @see https://kubernetes.io/docs/tasks/run-application/configure-pdb/
 */
import { type Pod, pods as podDefinition } from '#schema/core/pod.ts';
import { equalJson, getOwn } from '#schema/dsl/own.ts';
import { getCondition, setCondition } from '#schema/meta/conditions.ts';
import { parseTime } from '#schema/meta/time.ts';
import { type PodDisruptionBudget, podDisruptionBudgets } from '#schema/policy/pod-disruption-budget.ts';
import { storageKey } from '#schema/resource.ts';
import { labelSelectorOf, matches } from '#schema/selectors/label.ts';
import { type Change, type Controller, nothing, type Outcome } from '../../controller-runtime/controller.ts';
import type { ConditionalNote } from '../../controller-runtime/engine.ts';

import type { Snapshot } from '../../controller-runtime/snapshot.ts';
import { selected } from '../ownership.ts';
import { isFinished, isReady, isTerminating } from '../pod-state.ts';
import { type Amount, scaledAmount } from '../replicas/amount.ts';
import { expectedOf } from './scale-of-pods.ts';

const BUDGETS = storageKey(podDisruptionBudgets);
const PODS = storageKey(podDefinition);
/** How long an eviction that was allowed may take to show. */
const PROMISE_MS = 120_000;

const scaled = (amount: Amount, total: number): number => scaledAmount(amount, total, Math.ceil) ?? 0;

interface Wanted {
  readonly expected: number;
  readonly desired: number;
  readonly unmanaged?: Pod;
}

const wantedOf = (budget: PodDisruptionBudget, pods: readonly Pod[], snapshot: Snapshot): Wanted => {
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  if (maxUnavailable !== undefined) {
    const { expected, ...rest } = expectedOf(snapshot, pods);
    return { expected, desired: Math.max(0, expected - scaled(maxUnavailable, expected)), ...rest };
  }
  if (typeof minAvailable === 'string') {
    const { expected, ...rest } = expectedOf(snapshot, pods);
    return { expected, desired: scaled(minAvailable, expected), ...rest };
  }
  return { expected: pods.length, desired: minAvailable ?? 0 };
};

/** Promises that still stand: their pod is there, not on its way out, and it is less than two minutes ago. */
const promises = (budget: PodDisruptionBudget, pods: readonly Pod[], nowMs: number): { kept: Record<string, string>; dueMs: number } => {
  const alive = new Set(pods.filter((pod) => !isTerminating(pod)).map((pod) => pod.metadata.name!));
  const kept: Record<string, string> = {};
  let dueMs = Number.POSITIVE_INFINITY;
  for (const [name, time] of Object.entries(budget.status?.disruptedPods ?? {})) {
    const ends = (parseTime(String(time)) || 0) + PROMISE_MS;
    if (!alive.has(name) || ends <= nowMs) continue;
    kept[name] = String(time);
    dueMs = Math.min(dueMs, ends);
  }
  return { kept, dueMs };
};

const reconcile = (
  { namespace, name }: { namespace: string; name: string },
  { snapshot, nowMs }: Parameters<Controller['reconcile']>[1],
): Outcome => {
  const budget = snapshot.get<PodDisruptionBudget>(BUDGETS, namespace, name);
  if (!budget) return nothing;
  const pods = budget.spec?.selector
    ? selected<Pod>(snapshot, PODS, namespace, labelSelectorOf(budget.spec.selector)).filter((pod) => !isFinished(pod))
    : [];
  const { kept, dueMs } = promises(budget, pods, nowMs);
  const { expected, desired, unmanaged } = wantedOf(budget, pods, snapshot);
  const healthy = pods.filter((pod) => isReady(pod) && !isTerminating(pod) && getOwn(kept, pod.metadata.name!) === undefined).length;
  const allowed = unmanaged || expected <= 0 ? 0 : Math.max(0, healthy - desired);
  const message = unmanaged && `found no controllers for pod ${JSON.stringify(unmanaged.metadata.name)}`;
  const condition = {
    type: 'DisruptionAllowed',
    status: allowed > 0 ? 'True' : 'False',
    observedGeneration: budget.metadata.generation,
    reason: message ? 'SyncFailed' : allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: message ?? '',
  };
  const before = budget.status?.conditions;
  const status = {
    ...(Object.keys(kept).length > 0 ? { disruptedPods: kept } : {}),
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    observedGeneration: budget.metadata.generation,
    conditions: setCondition(before as any[], condition as any, nowMs),
  };
  const events: ConditionalNote[] = [];
  const changes: Change[] = [];
  if (!equalJson(status, budget.status ?? {})) {
    const after: Change = {
      op: 'update',
      subresource: 'status',
      definition: podDisruptionBudgets,
      object: { ...budget, status } as PodDisruptionBudget,
    };
    changes.push(after);
    if (message && getCondition(before as any[], 'DisruptionAllowed')?.message !== message) {
      events.push({
        about: budget,
        type: 'Warning',
        reason: 'CalculateExpectedPodCountFailed',
        message: `Failed to calculate the number of expected pods: ${message}`,
        after,
      });
    }
  }
  return { changes, events, ...(Number.isFinite(dueMs) ? { requeueAtMs: dueMs } : {}) };
};

/** Budgets whose selector names the pod, in either of its states. */
const budgetsOf = (snapshot: Snapshot, ...pods: (Pod | undefined)[]) => {
  const namespace = pods.find(Boolean)?.metadata.namespace ?? '';
  return snapshot
    .inNamespace<PodDisruptionBudget>(BUDGETS, namespace)
    .filter(({ spec }) => spec?.selector && pods.some((pod) => pod && matches(labelSelectorOf(spec.selector!), pod.metadata.labels)))
    .map(({ metadata }) => ({ namespace, name: metadata.name! }));
};

export const disruption: Controller = {
  name: 'disruption-controller',
  primary: BUDGETS,
  watches: [
    { resource: PODS, keys: (pod, previous, snapshot) => budgetsOf(snapshot, pod as Pod, previous as Pod | undefined) },
    ...['apps/deployments', 'apps/replicasets', 'apps/statefulsets', 'core/replicationcontrollers'].map((resource) => ({
      resource,
      // percentages are of what the owner asks for
      keys: (owner: any, previous: any, snapshot: Snapshot) =>
        previous && previous.spec?.replicas === owner.spec?.replicas
          ? []
          : snapshot
              .inNamespace<PodDisruptionBudget>(BUDGETS, owner.metadata.namespace ?? '')
              .filter(({ spec }) => spec?.maxUnavailable !== undefined || typeof spec?.minAvailable === 'string')
              .map(({ metadata }) => ({ namespace: metadata.namespace!, name: metadata.name! })),
    })),
  ],
  reconcile,
};
