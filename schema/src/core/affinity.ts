/**
 * Node affinity and pod affinity.
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
 */
import { type Infer, int32, list, message, str, struct } from '../dsl/field.ts';
import { LabelSelector } from '../meta/label-selector.ts';

export const NodeSelectorRequirement = struct('io.k8s.api.core.v1.NodeSelectorRequirement', '@core.NodeSelectorRequirement', {
  key: str(1, '@core.NodeSelectorRequirement.key', { required: true }),
  operator: str(2, '@core.NodeSelectorRequirement.operator', { required: true }),
  values: list(3, 'string', '@core.NodeSelectorRequirement.values'),
});
export type NodeSelectorRequirement = Infer<typeof NodeSelectorRequirement>;

export const NodeSelectorTerm = struct(
  'io.k8s.api.core.v1.NodeSelectorTerm',
  '@core.NodeSelectorTerm',
  {
    matchExpressions: list(1, NodeSelectorRequirement, '@core.NodeSelectorTerm.matchExpressions'),
    matchFields: list(2, NodeSelectorRequirement, '@core.NodeSelectorTerm.matchFields'),
  },
  { atomic: true },
);
export type NodeSelectorTerm = Infer<typeof NodeSelectorTerm>;

export const NodeSelector = struct(
  'io.k8s.api.core.v1.NodeSelector',
  '@core.NodeSelector',
  {
    nodeSelectorTerms: list(1, NodeSelectorTerm, '@core.NodeSelector.nodeSelectorTerms', { required: true }),
  },
  { atomic: true },
);
export type NodeSelector = Infer<typeof NodeSelector>;

export const PreferredSchedulingTerm = struct('io.k8s.api.core.v1.PreferredSchedulingTerm', '@core.PreferredSchedulingTerm', {
  weight: int32(1, '@core.PreferredSchedulingTerm.weight', { required: true }),
  preference: message(2, NodeSelectorTerm, '@core.PreferredSchedulingTerm.preference', { required: true }),
});
export type PreferredSchedulingTerm = Infer<typeof PreferredSchedulingTerm>;

export const NodeAffinity = struct('io.k8s.api.core.v1.NodeAffinity', '@core.NodeAffinity', {
  requiredDuringSchedulingIgnoredDuringExecution: message(
    1,
    NodeSelector,
    '@core.NodeAffinity.requiredDuringSchedulingIgnoredDuringExecution',
  ),
  preferredDuringSchedulingIgnoredDuringExecution: list(
    2,
    PreferredSchedulingTerm,
    '@core.NodeAffinity.preferredDuringSchedulingIgnoredDuringExecution',
  ),
});
export type NodeAffinity = Infer<typeof NodeAffinity>;

export const PodAffinityTerm = struct('io.k8s.api.core.v1.PodAffinityTerm', '@core.PodAffinityTerm', {
  labelSelector: message(1, LabelSelector, '@core.PodAffinityTerm.labelSelector'),
  namespaces: list(2, 'string', '@core.PodAffinityTerm.namespaces'),
  topologyKey: str(3, '@core.PodAffinityTerm.topologyKey', { required: true }),
  namespaceSelector: message(4, LabelSelector, '@core.PodAffinityTerm.namespaceSelector'),
  matchLabelKeys: list(5, 'string', '@core.PodAffinityTerm.matchLabelKeys'),
  mismatchLabelKeys: list(6, 'string', '@core.PodAffinityTerm.mismatchLabelKeys'),
});
export type PodAffinityTerm = Infer<typeof PodAffinityTerm>;

export const WeightedPodAffinityTerm = struct('io.k8s.api.core.v1.WeightedPodAffinityTerm', '@core.WeightedPodAffinityTerm', {
  weight: int32(1, '@core.WeightedPodAffinityTerm.weight', { required: true }),
  podAffinityTerm: message(2, PodAffinityTerm, '@core.WeightedPodAffinityTerm.podAffinityTerm', { required: true }),
});
export type WeightedPodAffinityTerm = Infer<typeof WeightedPodAffinityTerm>;

export const PodAffinity = struct('io.k8s.api.core.v1.PodAffinity', '@core.PodAffinity', {
  requiredDuringSchedulingIgnoredDuringExecution: list(
    1,
    PodAffinityTerm,
    '@core.PodAffinity.requiredDuringSchedulingIgnoredDuringExecution',
  ),
  preferredDuringSchedulingIgnoredDuringExecution: list(
    2,
    WeightedPodAffinityTerm,
    '@core.PodAffinity.preferredDuringSchedulingIgnoredDuringExecution',
  ),
});
export type PodAffinity = Infer<typeof PodAffinity>;

export const PodAntiAffinity = struct('io.k8s.api.core.v1.PodAntiAffinity', '@core.PodAntiAffinity', {
  requiredDuringSchedulingIgnoredDuringExecution: list(
    1,
    PodAffinityTerm,
    '@core.PodAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution',
  ),
  preferredDuringSchedulingIgnoredDuringExecution: list(
    2,
    WeightedPodAffinityTerm,
    '@core.PodAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution',
  ),
});
export type PodAntiAffinity = Infer<typeof PodAntiAffinity>;

export const Affinity = struct('io.k8s.api.core.v1.Affinity', '@core.Affinity', {
  nodeAffinity: message(1, NodeAffinity, '@core.Affinity.nodeAffinity'),
  podAffinity: message(2, PodAffinity, '@core.Affinity.podAffinity'),
  podAntiAffinity: message(3, PodAntiAffinity, '@core.Affinity.podAntiAffinity'),
});
export type Affinity = Infer<typeof Affinity>;
