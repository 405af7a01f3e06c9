/** Disruption budgets, for choosing victims: which of some pods would go beyond what their budgets allow. */
import type { KubeObject } from '#schema/resource.ts';
import { type LabelSelection, labelSelectorOf, matches } from '#schema/selectors/label.ts';
import type { PodInfo } from '../state/pod-info.ts';

interface Budget {
  readonly namespace: string;
  readonly selection: LabelSelection;
  readonly allowed: number;
  readonly disrupted: Readonly<Record<string, unknown>>;
}

const compiled = new WeakMap<readonly KubeObject[], readonly Budget[]>();

const budgetsOf = (objects: readonly KubeObject[]): readonly Budget[] => {
  const known = compiled.get(objects);
  if (known) return known;
  const budgets = objects.map(
    ({ metadata, spec, status }): Budget => ({
      namespace: metadata.namespace ?? '',
      selection: labelSelectorOf(spec?.selector),
      allowed: status?.disruptionsAllowed ?? 0,
      disrupted: status?.disruptedPods ?? {},
    }),
  );
  compiled.set(objects, budgets);
  return budgets;
};

/** Splits pods, the more important first, into those whose end breaks a budget and the others; the order is kept. */
export const splitByBudget = (
  pods: readonly PodInfo[],
  objects: readonly KubeObject[],
): { readonly violating: readonly PodInfo[]; readonly others: readonly PodInfo[] } => {
  const budgets = budgetsOf(objects);
  if (budgets.length === 0) return { violating: [], others: pods };
  const left = budgets.map(({ allowed }) => allowed);
  const violating: PodInfo[] = [];
  const others: PodInfo[] = [];
  for (const pod of pods) {
    let breaks = false;
    budgets.forEach(({ namespace, selection, disrupted }, i) => {
      if (namespace !== pod.namespace || Object.keys(pod.labels).length === 0 || !matches(selection, pod.labels)) return;
      if (Object.hasOwn(disrupted, pod.name)) return;
      left[i]!--;
      if (left[i]! < 0) breaks = true;
    });
    (breaks ? violating : others).push(pod);
  }
  return { violating, others };
};
