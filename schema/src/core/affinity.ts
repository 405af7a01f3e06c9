/**
 * Node affinity and pod affinity.
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
 */
import { type Infer, int32, list, message, str, struct } from '../dsl/field.ts';
import { LabelSelector } from '../meta/label-selector.ts';

export const NodeSelectorRequirement = struct(
  'io.k8s.api.core.v1.NodeSelectorRequirement',
  'One condition on a label or field of a node.',
  {
    key: str(1, 'Label key or field path.', { required: true, default: '' }),
    operator: str(2, 'In, NotIn, Exists, DoesNotExist, Gt or Lt.', { required: true, default: '' }),
    values: list(3, 'string', 'Values to compare with; as many as the operator wants.'),
  },
);
export type NodeSelectorRequirement = Infer<typeof NodeSelectorRequirement>;

export const NodeSelectorTerm = struct(
  'io.k8s.api.core.v1.NodeSelectorTerm',
  'Conditions that must all hold; an empty term matches no node.',
  {
    matchExpressions: list(1, NodeSelectorRequirement, 'Conditions on labels.'),
    matchFields: list(2, NodeSelectorRequirement, 'Conditions on fields; only metadata.name.'),
  },
  { atomic: true },
);
export type NodeSelectorTerm = Infer<typeof NodeSelectorTerm>;

export const NodeSelector = struct(
  'io.k8s.api.core.v1.NodeSelector',
  'Terms of which at least one must match.',
  {
    nodeSelectorTerms: list(1, NodeSelectorTerm, 'The terms.', { required: true, default: [] }),
  },
  { atomic: true },
);
export type NodeSelector = Infer<typeof NodeSelector>;

export const PreferredSchedulingTerm = struct('io.k8s.api.core.v1.PreferredSchedulingTerm', 'A term and what it is worth.', {
  weight: int32(1, 'Points for a node that matches, 1 to 100.', { required: true, default: 0 }),
  preference: message(2, NodeSelectorTerm, 'The term.', { required: true, default: {} }),
});
export type PreferredSchedulingTerm = Infer<typeof PreferredSchedulingTerm>;

export const NodeAffinity = struct('io.k8s.api.core.v1.NodeAffinity', 'Which nodes a pod must or should run on.', {
  requiredDuringSchedulingIgnoredDuringExecution: message(
    1,
    NodeSelector,
    'Nodes that do not match are out; later label changes do not matter.',
  ),
  preferredDuringSchedulingIgnoredDuringExecution: list(2, PreferredSchedulingTerm, 'Nodes that match are preferred, by weight.'),
});
export type NodeAffinity = Infer<typeof NodeAffinity>;

export const PodAffinityTerm = struct(
  'io.k8s.api.core.v1.PodAffinityTerm',
  'A set of pods, and the part of the cluster that counts as the same place.',
  {
    labelSelector: message(1, LabelSelector, 'Which pods; none when absent.'),
    namespaces: list(2, 'string', "Namespaces to look in; the pod's own when this and namespaceSelector are absent."),
    topologyKey: str(3, 'Node label whose equal values mean the same place.', { required: true }),
    namespaceSelector: message(4, LabelSelector, 'Namespaces to look in, by their labels; empty for all.'),
    matchLabelKeys: list(5, 'string', 'Keys whose values are taken from the incoming pod and must match.'),
    mismatchLabelKeys: list(6, 'string', 'Keys whose values are taken from the incoming pod and must differ.'),
  },
);
export type PodAffinityTerm = Infer<typeof PodAffinityTerm>;

export const WeightedPodAffinityTerm = struct('io.k8s.api.core.v1.WeightedPodAffinityTerm', 'A term and what it is worth.', {
  weight: int32(1, 'Points, 1 to 100.', { required: true, default: 0 }),
  podAffinityTerm: message(2, PodAffinityTerm, 'The term.', { required: true, default: {} }),
});
export type WeightedPodAffinityTerm = Infer<typeof WeightedPodAffinityTerm>;

export const PodAffinity = struct('io.k8s.api.core.v1.PodAffinity', 'Pods to be near to.', {
  requiredDuringSchedulingIgnoredDuringExecution: list(1, PodAffinityTerm, 'Places without such pods are out.'),
  preferredDuringSchedulingIgnoredDuringExecution: list(2, WeightedPodAffinityTerm, 'Places with such pods are preferred, by weight.'),
});
export type PodAffinity = Infer<typeof PodAffinity>;

export const PodAntiAffinity = struct('io.k8s.api.core.v1.PodAntiAffinity', 'Pods to keep away from.', {
  requiredDuringSchedulingIgnoredDuringExecution: list(1, PodAffinityTerm, 'Places with such pods are out.'),
  preferredDuringSchedulingIgnoredDuringExecution: list(2, WeightedPodAffinityTerm, 'Places with such pods are avoided, by weight.'),
});
export type PodAntiAffinity = Infer<typeof PodAntiAffinity>;

export const Affinity = struct('io.k8s.api.core.v1.Affinity', 'Where a pod must or should run.', {
  nodeAffinity: message(1, NodeAffinity, 'By labels of nodes.'),
  podAffinity: message(2, PodAffinity, 'Near to other pods.'),
  podAntiAffinity: message(3, PodAntiAffinity, 'Away from other pods.'),
});
export type Affinity = Infer<typeof Affinity>;
