/** Parts of the cluster, by labels of its nodes. */
import { type Infer, list, str, struct } from '../dsl/field.ts';

export const TopologySelectorLabelRequirement = struct('io.k8s.api.core.v1.TopologySelectorLabelRequirement', 'A label and its values.', {
  key: str(1, 'Label key.', { required: true, default: '' }),
  values: list(2, 'string', 'Values of which one must be there.', { required: true, default: [] }),
});
export type TopologySelectorLabelRequirement = Infer<typeof TopologySelectorLabelRequirement>;

export const TopologySelectorTerm = struct(
  'io.k8s.api.core.v1.TopologySelectorTerm',
  'Labels that must all fit.',
  {
    matchLabelExpressions: list(1, TopologySelectorLabelRequirement, 'The labels.'),
  },
  { atomic: true },
);
export type TopologySelectorTerm = Infer<typeof TopologySelectorTerm>;
