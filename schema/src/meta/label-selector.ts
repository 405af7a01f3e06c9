/**
 * metav1.LabelSelector: which objects, by their labels. Parsing and matching live in ../selectors.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
 */
import { type Infer, list, map, str, struct } from '../dsl/field.ts';

export const LabelSelectorRequirement = struct(
  'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement',
  '@meta.LabelSelectorRequirement',
  {
    key: str(1, '@meta.LabelSelectorRequirement.key', { required: true }),
    operator: str(2, '@meta.LabelSelectorRequirement.operator', { required: true }),
    values: list(3, 'string', '@meta.LabelSelectorRequirement.values'),
  },
);
export type LabelSelectorRequirement = Infer<typeof LabelSelectorRequirement>;

export const FieldSelectorRequirement = struct(
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldSelectorRequirement',
  '@meta.FieldSelectorRequirement',
  {
    key: str(1, '@meta.FieldSelectorRequirement.key', { required: true, default: '' }),
    operator: str(2, '@meta.FieldSelectorRequirement.operator', { required: true, default: '' }),
    values: list(3, 'string', '@meta.FieldSelectorRequirement.values'),
  },
);
export type FieldSelectorRequirement = Infer<typeof FieldSelectorRequirement>;

export const LabelSelector = struct(
  'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector',
  '@meta.LabelSelector',
  {
    matchLabels: map(1, 'string', '@meta.LabelSelector.matchLabels'),
    matchExpressions: list(2, LabelSelectorRequirement, '@meta.LabelSelector.matchExpressions'),
  },
  { atomic: true },
);
export type LabelSelector = Infer<typeof LabelSelector>;
