/** Affinity terms of a pod, resolved: which namespaces, which labels, which topology key. */
import type { PodAffinityTerm } from '#schema/core/affinity.ts';
import type { Pod } from '#schema/core/pod.ts';
import type { LabelSelector } from '#schema/meta/label-selector.ts';
import { formatLabelSelector, type LabelSelection, labelSelectorOf, matches } from '#schema/selectors/label.ts';

type Labels = Readonly<Record<string, string>>;

export interface Term {
  /** Equal for terms that mean the same pods; the topology key is not in it. */
  readonly key: string;
  readonly topologyKey: string;
  readonly selection: LabelSelection;
  readonly namespaces: ReadonlySet<string>;
  /** Further namespaces, by their labels. */
  readonly namespaceSelection: LabelSelection | undefined;
}

export interface WeightedTerm {
  readonly term: Term;
  readonly weight: number;
}

export interface AffinityTerms {
  readonly required: readonly Term[];
  readonly requiredAnti: readonly Term[];
  /** Anti-affinity has negative weights. */
  readonly preferred: readonly WeightedTerm[];
}

/** Labels of a namespace. */
export type NamespaceLabels = (namespace: string) => Labels | undefined;

/** A selector with requirements on keys whose values the pod itself has. */
export const withLabelKeys = (
  selector: LabelSelector | undefined,
  labels: Labels,
  keys: readonly string[] | undefined,
  mismatchKeys?: readonly string[],
): LabelSelection => {
  const expressions = (from: readonly string[] | undefined, operator: string) =>
    (from ?? []).filter((key) => Object.hasOwn(labels, key)).map((key) => ({ key, operator, values: [labels[key]!] }));
  const added = [...expressions(keys, 'In'), ...expressions(mismatchKeys, 'NotIn')];
  if (!selector || added.length === 0) return labelSelectorOf(selector);
  return labelSelectorOf({ ...selector, matchExpressions: [...(selector.matchExpressions ?? []), ...added] });
};

const selectionKey = (selection: LabelSelection): string => (selection.nothing ? '!' : formatLabelSelector(selection));

const termOf = (pod: Pod, term: PodAffinityTerm): Term => {
  const labels = pod.metadata.labels ?? {};
  const selection = withLabelKeys(term.labelSelector, labels, term.matchLabelKeys, term.mismatchLabelKeys);
  const own = !term.namespaces?.length && !term.namespaceSelector;
  const namespaces = own ? [pod.metadata.namespace ?? ''] : [...(term.namespaces ?? [])].sort();
  const namespaceSelection = term.namespaceSelector ? labelSelectorOf(term.namespaceSelector) : undefined;
  const key = JSON.stringify([selectionKey(selection), namespaces, namespaceSelection ? selectionKey(namespaceSelection) : 0]);
  return { key, topologyKey: term.topologyKey, selection, namespaces: new Set(namespaces), namespaceSelection };
};

export const termMatches = (term: Term, namespace: string, labels: Labels, namespaceLabels: NamespaceLabels): boolean => {
  if (!matches(term.selection, labels)) return false;
  if (term.namespaces.has(namespace)) return true;
  return term.namespaceSelection !== undefined && matches(term.namespaceSelection, namespaceLabels(namespace) ?? {});
};

export const affinityTermsOf = (pod: Pod): AffinityTerms | undefined => {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  if (!podAffinity && !podAntiAffinity) return undefined;
  const weighted = (list: typeof podAffinity, sign: number): WeightedTerm[] =>
    (list?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ weight, podAffinityTerm }) => ({
      term: termOf(pod, podAffinityTerm),
      weight: sign * weight,
    }));
  return {
    required: (podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => termOf(pod, term)),
    requiredAnti: (podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => termOf(pod, term)),
    preferred: [...weighted(podAffinity, 1), ...weighted(podAntiAffinity, -1)],
  };
};
